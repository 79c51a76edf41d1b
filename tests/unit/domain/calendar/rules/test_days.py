"""On which days windows open: cases after reports of users, with their right values."""

from datetime import date, datetime, time

import pytest

from shared.domain.calendar.rules.dates import OnceWindow, RangeWindow
from shared.domain.calendar.rules.monthly import (
    FARTHEST,
    LAST,
    PATCH_TUESDAY,
    DayOfMonth,
    MonthlyWindow,
    NthWeekday,
)
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from tests.unit.domain.calendar.instants import BERLIN, HOUR, at, open_in, utc, windows

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday


def monthly(nth: int, weekday: Weekday, start: str, end: str, *, after: int = 0) -> MonthlyWindow:
    return MonthlyWindow(
        days=(NthWeekday(nth=nth, weekday=weekday),), after=after, start=at(start), end=at(end)
    )


def patch_tuesday(after: int) -> MonthlyWindow:
    return MonthlyWindow(days=(PATCH_TUESDAY,), after=after, start=at("20:00"), end=at("23:00"))


def test_c01_a_window_can_last_until_the_end_of_its_day() -> None:
    saturday = windows(WeeklyWindow(days=(SAT,), start=at("22:00"), end=at("00:00")))

    assert open_in(saturday, "2026-12-04", "2026-12-08") == [
        "2026-12-05 21:00Z to 2026-12-05 23:00Z"
    ]
    assert saturday.contains(utc("2026-12-05 22:59:59.999999"))
    assert not saturday.contains(utc("2026-12-05 23:00"))


def test_c03_a_day_without_hours_is_the_whole_day() -> None:
    saturday = windows(WeeklyWindow(days=(SAT,)))

    assert open_in(saturday, "2026-12-01", "2026-12-08") == [
        "2026-12-04 23:00Z to 2026-12-05 23:00Z"
    ]


def test_c07_the_part_after_midnight_belongs_to_the_day_before() -> None:
    last_sunday = windows(monthly(LAST, SUN, "22:00", "06:00"))

    assert open_in(last_sunday, "2027-01-15", "2027-03-05") == [
        "2027-01-31 21:00Z to 2027-02-01 05:00Z",
        "2027-02-28 21:00Z to 2027-03-01 05:00Z",
    ]


def test_c09_the_first_monday_is_the_first_day_that_is_one() -> None:
    first_monday = windows(monthly(1, MON, "20:00", "23:00"))
    days = [each[:10] for each in open_in(first_monday, "2027-01-01", "2028-01-01")]

    assert days == [
        *("2027-01-04", "2027-02-01", "2027-03-01", "2027-04-05", "2027-05-03", "2027-06-07"),
        *("2027-07-05", "2027-08-02", "2027-09-06", "2027-10-04", "2027-11-01", "2027-12-06"),
    ]


@pytest.mark.parametrize("weekday", list(Weekday))
@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, LAST])
def test_an_nth_weekday_is_found_by_counting(nth: int, weekday: Weekday) -> None:
    day = NthWeekday(nth=nth, weekday=weekday)
    for year in range(2024, 2033):
        for month in range(1, 13):
            those = [
                one
                for n in range(1, 32)
                if (one := _day(year, month, n)) and one.weekday() == weekday.number
            ]
            wanted = those[-1] if nth == LAST else those[nth - 1] if nth <= len(those) else None
            assert day.of(year, month) == wanted


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def test_c11_a_rare_day_is_found_and_one_that_never_comes_is_not() -> None:
    fifth_friday = windows(monthly(5, FRI, "20:00", "23:00"))
    never = windows(MonthlyWindow(days=(DayOfMonth(day=31),), start=at("20:00"), end=at("21:00")))

    assert fifth_friday.next_opening(utc("2027-01-30")) == utc("2027-04-30 18:00")
    assert never.next_opening(utc("2027-01-01"), 2 * HOUR) is None
    pages = never._open.worked_out
    assert never.next_opening(utc("2027-01-01"), 2 * HOUR) is None
    assert never._open.worked_out == pages <= 120, "a second search must work out nothing"


@pytest.mark.parametrize(
    ("after", "asked", "opens"),
    [
        (12, "2026-12-09", "2026-12-20 19:00"),
        (20, "2027-02-10", "2027-03-01 19:00"),  # it belongs to 9 February
        (0, "2026-12-08", "2026-12-08 19:00"),
        (-7, "2026-12-01", "2026-12-01 19:00"),
        (FARTHEST, "2026-12-30", "2027-01-05 19:00"),
        (-FARTHEST, "2026-12-30", "2027-01-12 19:00"),  # it belongs to 9 February
    ],
)
def test_c13_days_after_patch_tuesday_lead_into_the_next_month(
    after: int, asked: str, opens: str
) -> None:
    assert windows(patch_tuesday(after)).next_opening(utc(asked)) == utc(opens)


@pytest.mark.parametrize("after", [FARTHEST + 1, -FARTHEST - 1])
def test_c13_more_than_four_weeks_are_refused(after: int) -> None:
    with pytest.raises(ValueError, match="at most 28 days before or after"):
        patch_tuesday(after)


def test_c15_patch_tuesday_is_counted_on_the_local_calendar() -> None:
    auckland = windows(patch_tuesday(0), zone="Pacific/Auckland")

    assert auckland.next_opening(utc("2026-12-01")) == utc("2026-12-08 07:00")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-05 05:59:59.999999", False),
        ("2026-12-05 06:00", True),
        ("2026-12-05 07:29:59.999999", True),
        ("2026-12-05 07:30", False),
    ],
)
def test_c16_a_window_is_exact_to_the_microsecond(moment: str, is_open: bool) -> None:
    saturday = windows(WeeklyWindow(days=(SAT,), start=at("07:00"), end=at("08:30")))

    assert saturday.contains(utc(moment)) is is_open


def test_a_date_opens_once_and_its_night_is_the_next_day() -> None:
    once = windows(OnceWindow(dates=(date(2026, 12, 19),), start=at("22:00"), end=at("06:00")))

    assert open_in(once, "2026-01-01", "2030-01-01") == ["2026-12-19 21:00Z to 2026-12-20 05:00Z"]
    assert once.next_opening(utc("2026-12-21")) is None


def test_c71_dates_in_the_past_open_nothing_and_need_no_search() -> None:
    past = windows(OnceWindow(dates=(date(2026, 10, 1),), start=at("22:00"), end=at("23:00")))

    assert past.next_opening(utc("2026-11-30")) is None
    assert not past.contains(utc("2026-11-30"))
    assert past._open.worked_out <= 2


def test_a_range_lasts_from_one_local_time_to_another() -> None:
    close = windows(
        RangeWindow(start=datetime(2026, 12, 23, 18), end=datetime(2027, 1, 2, 6))  # noqa: DTZ001
    )

    assert open_in(close, "2026-12-01", "2027-02-01") == ["2026-12-23 17:00Z to 2027-01-02 05:00Z"]


def test_the_last_day_of_a_month_and_one_that_some_months_lack() -> None:
    last = windows(MonthlyWindow(days=(DayOfMonth(day=LAST),), start=at("20:00"), end=at("21:00")))
    day_31 = MonthlyWindow(days=(DayOfMonth(day=31),))

    assert [each[:10] for each in open_in(last, "2028-01-15", "2028-04-01")] == [
        *("2028-01-31", "2028-02-29", "2028-03-31")
    ]
    assert day_31.months_without() == 5
    assert MonthlyWindow(days=(DayOfMonth(day=LAST),)).months_without() == 0


@pytest.mark.parametrize(
    "refused",
    [
        lambda: OnceWindow(dates=()),
        lambda: MonthlyWindow(days=()),
        lambda: DayOfMonth(day=32),
        lambda: DayOfMonth(day=0),
        lambda: NthWeekday(nth=6, weekday=MON),
        lambda: NthWeekday(nth=0, weekday=MON),
        lambda: RangeWindow(start=datetime(2027, 1, 2), end=datetime(2027, 1, 2)),  # noqa: DTZ001
        lambda: OnceWindow(
            dates=(date(2027, 1, 1),), start=time(1, tzinfo=utc("2027-01-01").tzinfo)
        ),
    ],
)
def test_a_rule_that_names_no_time_is_refused(refused: object) -> None:
    assert callable(refused)
    with pytest.raises(ValueError, match=r"\w"):
        refused()


def test_berlin_is_the_default_of_these_tests() -> None:
    assert windows(WeeklyWindow(days=(MON,))).time_zone == BERLIN
