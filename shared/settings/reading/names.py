"""Names of settings that nothing reads.

A misspelt name would otherwise leave its default in force, and nobody would see it.
"""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

_OURS = "FORESTALL_"
#: with a letter too few or too many behind it
_SIMILAR_PREFIX = "FOREST"
#: how much of the part behind FORESTALL_ is alike: `POLCIY` is 0.83 of `POLICY`; no two real names
#: come above 0.75
_MIN_SIMILARITY = 0.8


def misspelt(env: Mapping[str, str], names: Collection[str]) -> Iterator[str]:
    """One problem for each unknown name that is similar to the name of a missing setting."""
    missing = [each for each in sorted(names) if not env.get(each, "").strip()]
    for name in _unread(env, names):
        meant = _nearest(name, missing)
        if meant is not None:
            yield (
                f"{name}: there is no such setting. Did you mean {meant}? "
                "Capital and small letters differ."
            )


def unknown(env: Mapping[str, str], names: Collection[str]) -> tuple[str, ...]:
    """The names that begin with FORESTALL_ and that nothing reads.

    Of another version, or misspelt beyond recognition.
    """
    return tuple(each for each in _unread(env, names) if each.upper().startswith(_OURS))


def _unread(env: Mapping[str, str], names: Collection[str]) -> list[str]:
    return sorted(each for each in env if each not in names)


def _nearest(name: str, missing: Collection[str]) -> str | None:
    """The same name in other letters' case.

    Of our own names also one that is written nearly alike.
    """
    written = name.upper()
    alike = [each for each in missing if each.upper() == written]
    if alike or not written.startswith(_SIMILAR_PREFIX):
        return alike[0] if alike else None
    ours = {each.removeprefix(_OURS): each for each in missing if each.startswith(_OURS)}
    # The part that all our names have in common would make each one nearly any other.
    rest = written.removeprefix(_OURS) if written.startswith(_OURS) else written.partition("_")[2]
    near = get_close_matches(rest, ours, n=1, cutoff=_MIN_SIMILARITY)
    return ours[near[0]] if near else None
