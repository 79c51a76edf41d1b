"""Which time zone a name means.

A place, or the name that Windows gives to one; never an abbreviation or an offset.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

from shared.domain.calendar.zones.abbreviations import (
    OF_THE_HOST,
    PLACES_MEANT,
    WITHOUT_A_PLACE,
)
from shared.domain.calendar.zones.windows import WINDOWS_ZONES

#: `UTC+02:00`, `GMT-5`, `+0200`: right for half a year at most where clocks change
_OFFSET = re.compile(r"(UTC|GMT|Z)?[+\-\u2212]\d{1,2}(:?\d{2})?", re.IGNORECASE)
#: IANA lists old names of places, such as Japan and NZ, beside abbreviations such as CET
_NO_PLACE = frozenset(PLACES_MEANT) | OF_THE_HOST
_LONGEST_SHOWN = 60
_LONGEST_WRITTEN = 100
#: what Windows shows in lists before a name, such as `(UTC+01:00) Amsterdam, Berlin`
_SHOWN_OFFSET = re.compile(r"\((?:UTC|GMT)[^()]{0,8}\)\s{0,9}", re.IGNORECASE)
_OF_SUMMER = re.compile(r"\b(?:daylight|summer)\b", re.IGNORECASE)


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
    """A name that is spelt almost like this one, or ends in it, or that it describes."""
    written = name.strip()[:_LONGEST_WRITTEN]
    known = {each.casefold(): each for each in sorted(iana_names() | WINDOWS_ZONES.keys())}
    cities = {each.rpartition("/")[2]: known[each] for each in reversed(known)}
    old = WITHOUT_A_PLACE.get(written.upper())
    if old is not None:
        return old
    for each in _readings(written):
        wanted = each.casefold()
        city = wanted.replace(" ", "_")
        found = known.get(wanted) or known.get(city) or cities.get(city)
        if found is not None:
            return found
    close = get_close_matches(written.casefold(), known, n=1, cutoff=0.8)
    return known[close[0]] if close else None


def _readings(written: str) -> Iterator[str]:
    """What a name may mean.

    Itself, the standard time of a summer time, and each part of a line that Windows shows.
    """
    yield written
    bare = _SHOWN_OFFSET.sub("", written).partition("(")[0].strip()
    standard = _OF_SUMMER.sub("Standard", bare)
    yield standard
    yield standard.removesuffix(" Time").removesuffix(" Standard") + " Standard Time"
    for each in bare.split(","):
        yield each.strip()
