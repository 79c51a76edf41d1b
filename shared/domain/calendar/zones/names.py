"""Which time zone a name means.

A place, or the name that Windows gives to one; never an abbreviation or an offset.
"""

import re
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

from shared.domain.calendar.zones.abbreviations import OF_THE_HOST, PLACES_MEANT
from shared.domain.calendar.zones.windows import WINDOWS_ZONES

#: `UTC+02:00`, `GMT-5`, `+0200`: right for half a year at most where clocks change
_OFFSET = re.compile(r"(UTC|GMT|Z)?[+\-\u2212]\d{1,2}(:?\d{2})?", re.IGNORECASE)
#: IANA lists old names of places, such as Japan and NZ, beside abbreviations such as CET
_NO_PLACE = frozenset(PLACES_MEANT) | OF_THE_HOST
_LONGEST_SHOWN = 60


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name or a Windows name; ValueError says what to write instead.

    Read from the packaged tzdata (`tzdata_version`), never from the host's files.
    """
    found = find_zone(name)
    if found is None:
        raise ValueError(_what_is_wrong(name))
    return found


def find_zone(name: str) -> ZoneInfo | None:
    """As `zone`, and None for a name that means none."""
    iana = WINDOWS_ZONES.get(name, name)
    return _load(iana) if iana in iana_names() else None


def tzdata_version() -> str:
    """Which IANA release the packaged tzdata holds, such as `2026f`."""
    return str(tzdata.IANA_VERSION)


def is_fixed_offset(name: str) -> bool:
    """Whether the name is no place but an offset from UTC: clocks there never change.

    `UTC` itself is none.
    """
    return WINDOWS_ZONES.get(name, name).startswith("Etc/GMT")


@lru_cache(maxsize=1)
def iana_names() -> frozenset[str]:
    """The names that are accepted: all of the packaged tzdata but abbreviations."""
    listed = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    return frozenset(
        each for each in listed if each.upper() not in _NO_PLACE and not _OFFSET.fullmatch(each)
    )


@lru_cache(maxsize=1024)  # more than there are names, and only a name of the list comes here
def _load(iana: str) -> ZoneInfo:
    with files("tzdata.zoneinfo").joinpath(iana).open("rb") as file:
        return ZoneInfo.from_file(file, key=iana)


def _what_is_wrong(name: str) -> str:
    shown, upper = (
        repr(name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}..."),
        name.strip().upper(),
    )
    if upper in OF_THE_HOST:
        return f"time zone {shown} names no place: write one, such as Europe/Berlin"
    if upper in PLACES_MEANT:
        return (
            f"time zone {shown} is an abbreviation and names no place: write {PLACES_MEANT[upper]}"
        )
    if _OFFSET.fullmatch(name.strip()):
        return f"time zone {shown} is an offset, not a place: write one, such as Europe/Berlin"
    near = _near(name)
    meant = f" (is {near} meant?)" if near else ""
    return (
        f"unknown time zone {shown}{meant}: use an IANA name such as Europe/Berlin,"
        " or the name that Windows uses"
    )


def _near(name: str) -> str | None:
    """A name that is spelt almost like this one, or ends in it."""
    known = sorted(iana_names() | WINDOWS_ZONES.keys())
    wanted = name.strip().replace(" ", "_").casefold()
    same = [
        each
        for each in known
        if wanted and wanted in (each.casefold(), each.rpartition("/")[2].casefold())
    ]
    folded = {each.casefold(): each for each in known}
    close = get_close_matches(name.strip()[:64].casefold(), folded, n=1, cutoff=0.8)
    return next(iter([*same, *(folded[each] for each in close)]), None)
