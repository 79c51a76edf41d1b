"""Says which beliefs a bundle confirms or refutes, and which files use them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files

import msgspec

from forestall_cli.contact.checks import results
from forestall_cli.contact.exchanges import Bundle
from forestall_cli.contact.results import Outcome, Result


class Belief(msgspec.Struct, frozen=True):
    """One entry of the register, as `python -m toolchain.unconfirmed` wrote it."""

    assumed: str
    if_wrong: str
    used_in: tuple[str, ...]


def register() -> Mapping[str, Belief]:
    """The register of this release, by id."""
    raw = files("forestall_cli.contact").joinpath("beliefs.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, Belief])


def compared(bundle: Bundle) -> str:
    """The report: refuted beliefs first, each with what follows and the places in the code."""
    found = results(bundle)
    counts = Counter(each.outcome for each in found)
    summary = (
        f"{len(bundle.exchanges)} responses: {counts[Outcome.CONFIRMED]} beliefs confirmed,"
        f" {counts[Outcome.REFUTED]} refuted, {counts[Outcome.NOT_SEEN]} not seen."
    )
    lines = [summary]
    for outcome in (Outcome.REFUTED, Outcome.CONFIRMED, Outcome.NOT_SEEN):
        lines += _section(outcome, [each for each in found if each.outcome is outcome])
    return "\n".join(lines)


def _section(outcome: Outcome, found: Sequence[Result]) -> list[str]:
    known = register()
    lines: list[str] = []
    for each in found:
        lines += ["", f"{outcome.value.upper()} {each.belief}: {each.why}."]
        if outcome is not Outcome.REFUTED:
            continue
        belief = known[each.belief]
        lines += [f"  assumed:  {belief.assumed}", f"  then:     {belief.if_wrong}"]
        lines += [f"  used in:  {place}" for place in belief.used_in]
    return lines
