"""Windows and blackouts on days when clocks change: reported cases, each with its right value."""

from datetime import date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.local_clock import shown as shown_locally
from shared.domain.calendar.rules.dates import OnceWindow, RangeWindow
from shared.domain.calendar.rules.rule import exists
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.calendar.zones.names import tzdata_version, zone
from tests.unit.domain.calendar.instants import BERLIN, HOUR, MINUTE, at, open_in, utc, windows

SUN = Weekday.SUN
EVERY_DAY = tuple(Weekday)


def sundays(start: str, end: str, place: str = BERLIN) -> Calendar:
    return windows(WeeklyWindow(days=(SUN,), start=at(start), end=at(end)), zone=place)


@pytest.mark.parametrize(
    ("start", "end", "opens"),
    [
        ("02:00", "03:00", []),
        ("02:00", "02:59", []),
        ("02:15", "02:45", []),
        ("02:30", "03:15", ["2027-03-28 01:00Z to 2027-03-28 01:15Z"]),
        ("01:00", "02:30", ["2027-03-28 00:00Z to 2027-03-28 01:00Z"]),
    ],
)
def test_c17_a_time_that_the_clock_skips_is_the_moment_of_the_change(
    start: str, end: str, opens: list[str]
) -> None:
    assert open_in(sundays(start, end), "2027-03-27", "2027-03-29") == opens
    assert open_in(sundays(start, end), "2027-03-29", "2027-04-05")


#: minutes of a day; the nights of clock changes are asked below
minutes = st.integers(0, 24 * 60 - 1).map(lambda n: f"{n // 60:02}:{n % 60:02}")
CHANGES = [
    (BERLIN, "2027-03-28"),
    (BERLIN, "2027-10-31"),
    ("Australia/Lord_Howe", "2027-04-04"),
    ("Australia/Lord_Howe", "2027-10-03"),
    ("Antarctica/Troll", "2027-03-28"),
    ("Antarctica/Troll", "2027-10-31"),
    ("America/Santiago", "2027-09-05"),
    ("Africa/Cairo", "2028-04-28"),
    ("Asia/Beirut", "2027-03-28"),
    ("America/Nuuk", "2027-03-28"),
    ("Europe/Dublin", "2027-10-31"),
]


@settings(max_examples=200, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    times=st.lists(minutes, min_size=4, max_size=4).map(sorted),
)
@example(change=(BERLIN, "2027-03-28"), times=["02:00", "02:10", "02:50", "03:00"])
def test_c17_what_is_narrower_on_the_clock_is_narrower_in_instants(
    change: tuple[str, str], times: list[str]
) -> None:
    place, day = change
    outer_start, start, end, outer_end = times
    if start == end or outer_start == outer_end:
        return
    narrow = windows(WeeklyWindow(days=EVERY_DAY, start=at(start), end=at(end)), zone=place)
    wide = windows(
        WeeklyWindow(days=EVERY_DAY, start=at(outer_start), end=at(outer_end)), zone=place
    )
    for each in narrow.openings(utc(day) - 24 * HOUR, utc(day) + 48 * HOUR):
        assert each.end > each.start
        assert wide.fits(each.start, each.length)


def test_c19_a_day_without_a_midnight_is_not_lost() -> None:
    santiago = sundays("00:00", "04:00", "America/Santiago")

    assert open_in(santiago, "2027-09-04 12:00", "2027-09-13") == [
        "2027-09-05 04:00Z to 2027-09-05 07:00Z",
        "2027-09-12 03:00Z to 2027-09-12 07:00Z",
    ]
    assert santiago.next_opening(utc("2027-09-05 07:00")) == utc("2027-09-12 03:00")


def test_c21_a_blackout_ends_at_the_last_showing_of_its_end() -> None:
    night = RangeWindow(
        start=datetime(2027, 10, 30, 22),  # noqa: DTZ001
        end=datetime(2027, 10, 31, 2, 30),  # noqa: DTZ001
    )
    open_but_for_it = Calendar(
        windows=(WeeklyWindow(days=EVERY_DAY),),
        blackouts=(Blackout(rule=night, name="night"),),
        time_zone=BERLIN,
    )

    assert open_in(open_but_for_it, "2027-10-30 12:00", "2027-10-31 12:00") == [
        "2027-10-30 12:00Z to 2027-10-30 20:00Z",
        "2027-10-31 01:30Z to 2027-10-31 12:00Z",
    ]
    assert open_but_for_it.why_closed(utc("2027-10-31 01:00")) == "in the blackout night"
    assert open_but_for_it.why_closed(utc("2027-10-31 01:30")) is None


@pytest.mark.parametrize(
    ("asked", "opens", "half_past_two", "half_past_three"),
    [
        ("2027-03-28", "2027-03-28 00:00Z to 2027-03-28 02:00Z", False, False),
        ("2027-10-30 22:00", "2027-10-30 23:00Z to 2027-10-31 03:00Z", True, True),
        ("2027-06-05 12:00", "2027-06-05 23:00Z to 2027-06-06 02:00Z", True, False),
    ],
)
def test_c23_lengths_are_real_time(
    asked: str,
    opens: str,
    half_past_two: bool,
    half_past_three: bool,
) -> None:
    early = sundays("01:00", "04:00")
    (found,) = early.openings(utc(asked), utc(asked) + 24 * HOUR)

    assert open_in(early, asked, str(found.end)[:16]) == [opens]
    assert early.fits(found.start, 150 * MINUTE) is half_past_two
    assert early.fits(found.start, 210 * MINUTE) is half_past_three


@pytest.mark.parametrize(
    ("place", "start", "end", "spring", "autumn"),
    [
        # C24: a change of two hours
        (
            "Antarctica/Troll",
            "00:00",
            "04:00",
            "2027-03-28 00:00Z to 2027-03-28 02:00Z",
            "2027-10-30 22:00Z to 2027-10-31 04:00Z",
        ),
        # C25: winter is "daylight saving" of minus one hour
        (
            "Europe/Dublin",
            "00:30",
            "03:00",
            "2027-03-28 00:30Z to 2027-03-28 02:00Z",
            "2027-10-30 23:30Z to 2027-10-31 03:00Z",
        ),
    ],
)
def test_c24_c25_other_changes_of_clocks(
    place: str, start: str, end: str, spring: str, autumn: str
) -> None:
    hours = sundays(start, end, place)

    assert open_in(hours, "2027-03-27 12:00", "2027-03-28 12:00") == [spring]
    assert open_in(hours, "2027-10-30 12:00", "2027-10-31 12:00") == [autumn]


def test_c26_the_packaged_zone_data_is_the_one_of_these_tables() -> None:
    casablanca = windows(
        WeeklyWindow(days=(SUN,), start=at("02:00"), end=at("03:00")), zone="Africa/Casablanca"
    )

    assert tzdata_version() == "2026f", (
        "compare every golden table of this folder with the new data"
    )
    assert casablanca.next_opening(utc("2027-01-09 12:00")) == utc("2027-01-10 02:00")
    assert casablanca.next_opening(utc("2027-02-20 12:00")) == utc("2027-02-21 02:00")


@pytest.mark.parametrize(
    ("place", "day", "before", "after"),
    [
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30 09:59:59", "2011-12-30 10:00"),
        ("Pacific/Kiritimati", date(1994, 12, 31), "1994-12-31 09:59:59", "1994-12-31 10:00"),
        ("Pacific/Kwajalein", date(1993, 8, 21), "1993-08-21 11:59:59", "1993-08-21 12:00"),
    ],
)
def test_c29_c30_a_day_that_a_place_skipped_opens_nothing(
    place: str, day: date, before: str, after: str
) -> None:
    here = zone(place)
    once = windows(OnceWindow(dates=(day,), start=at("22:00"), end=at("23:00")), zone=place)
    daily = windows(WeeklyWindow(days=EVERY_DAY, start=at("22:00"), end=at("23:00")), zone=place)
    around = [f"{day.year}-{day.month:02}-{day.day - 2:02}", f"{day.year + 1}-01-03"]

    assert not exists(day, here)
    assert utc(before).astimezone(here).date().day == day.day - 1
    assert utc(after).astimezone(here).date() > day
    assert once.next_opening(utc(f"{day.year}-01-01")) is None
    opened = [each.start.astimezone(here).date() for each in daily.openings(*map(utc, around))]
    assert day not in opened
    assert len(opened) == len(set(opened))
    assert {day.day - 1} <= {each.day for each in opened}


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2027-10-31 00:30", "2027-10-31 02:30 CEST"),
        ("2027-10-31 01:30", "2027-10-31 02:30 CET"),
    ],
)
def test_c93_the_hour_that_is_shown_twice_has_two_texts(moment: str, text: str) -> None:
    assert shown_locally(utc(moment), zone(BERLIN)) == text


def test_c93_a_zone_without_letters_shows_its_offset() -> None:
    assert shown_locally(utc("2027-01-01"), zone("America/Sao_Paulo")) == (
        "2026-12-31 21:00 UTC-03:00"
    )
