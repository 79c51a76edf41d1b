"""Names of time zones: places, names of Windows, and what is no place."""

import os
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.zones.names import find_zone, iana_names, is_fixed_offset, zone
from shared.domain.calendar.zones.windows import WINDOWS_ZONES
from tests.unit.domain.calendar.instants import utc

JULY = datetime(2027, 7, 10, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("Europe/Berlin", 22),
        ("W. Europe Standard Time", 22),
        ("Romance Standard Time", 22),
        ("Eastern Standard Time", 16),
        ("US/Pacific", 13),
        ("Japan", 5),
        ("UTC", 20),
        ("Etc/UTC", 20),
        ("America/Argentina/Salta", 17),
    ],
)
def test_a_place_or_a_name_of_windows_is_a_zone(name: str, hour: int) -> None:
    assert JULY.astimezone(zone(name)).hour == hour


def test_every_name_of_windows_means_a_place_that_is_packaged() -> None:
    assert len(WINDOWS_ZONES) == 142
    assert all(find_zone(each) is not None for each in WINDOWS_ZONES)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        # C31
        ("UTC+02:00", "is an offset, not a place"),
        ("GMT+2", "is an offset, not a place"),
        ("+0200", "is an offset, not a place"),
        ("-5", "is an offset, not a place"),
        # abbreviations name no place, though the host's files have some of them
        ("EST", "write America/New_York, or America/Panama"),
        ("CET", "write Europe/Berlin"),
        ("CST6CDT", "write America/Chicago"),
        ("GMT", "write UTC, or Europe/London"),
        ("cest", "write Europe/Berlin"),
        ("localtime", "names no place"),
        ("system", "names no place"),
        # typing errors
        ("Europe/Belin", "is Europe/Berlin meant?"),
        ("Berlin", "is Europe/Berlin meant?"),
        ("europe/berlin", "is Europe/Berlin meant?"),
        ("New York", "is America/New_York meant?"),
        ("W Europe Standard Time", "is W. Europe Standard Time meant?"),
        ("", "unknown time zone ''"),
        ("../../etc/passwd", "unknown time zone"),
        ("x" * 1000, "unknown time zone"),
    ],
)
def test_a_name_that_is_no_place_is_refused_with_what_to_write(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        Calendar(time_zone=name)

    assert said in str(refused.value)
    assert len(str(refused.value)) < 250


def test_c31_the_sign_of_a_fixed_offset_is_the_other_way_round() -> None:
    local = datetime(2027, 1, 10, 22, tzinfo=zone("Etc/GMT+2"))
    assert local.astimezone(UTC) == utc("2027-01-11 00:00")
    assert is_fixed_offset("Etc/GMT+2")
    assert is_fixed_offset("UTC-02")
    assert not is_fixed_offset("UTC")
    assert not is_fixed_offset("Europe/Berlin")


def test_the_files_of_the_host_are_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TZPATH` of this process would be read by `ZoneInfo(name)`; ours is read from the package."""
    assert zone("Europe/Berlin") is not ZoneInfo("Europe/Berlin")
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("a file of the host was opened"))
    assert zone("Pacific/Chatham").key == "Pacific/Chatham"


def test_all_names_that_are_accepted_can_be_loaded() -> None:
    assert len(iana_names()) > 500
    for name in iana_names():
        assert zone(name).utcoffset(JULY.replace(tzinfo=None)) is not None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("W. Europe Daylight Time", "W. Europe Standard Time"),
        ("w. europe standard time", "W. Europe Standard Time"),
        ("W Europe Standard Time", "W. Europe Standard Time"),
        ("Pacific Time (US & Canada)", "Pacific Standard Time"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "Eastern Standard Time"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC+09:00) Osaka, Sapporo, Tokyo", "Asia/Tokyo"),
        ("Kamchatka Standard Time", "Asia/Kamchatka"),
        ("Mid-Atlantic Standard Time", "Atlantic/South_Georgia"),
        ("Coordinated Universal Time", "UTC"),
        ("Europe\\Berlin", "Europe/Berlin"),
        ("posix/Europe/Berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("tokyo", "Asia/Tokyo"),
    ],
)
def test_what_other_programs_show_leads_to_a_name(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"is {meant} meant?")):
        zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "ET",
        "CT",
        "MT",
        "PT",
        "AoE",
        "GMT0",
        "MEZ",
        "MESZ",
        "IST",
        "UCT",
        "Zulu",
        "est",
        "HST",
        "EST5EDT",
    ],
)
def test_an_abbreviation_is_refused_with_the_place_meant(name: str) -> None:
    with pytest.raises(ValueError, match="is an abbreviation and names no place: write "):
        zone(name)


@pytest.mark.parametrize(
    "name",
    ["local", "SYSTEM", "posixrules", "Factory", "../etc/passwd", "/etc/localtime", "tzlocal()",
     "zone.tab", "tzdata.zi", "Europe", "", "None", "SystemV/EST5", ":UTC", "UTC+1", "+01:00"],
)  # fmt: skip
def test_what_depends_on_the_host_or_names_no_place_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        zone(name)
