"""Windows and blackouts together: what is open, when it opens next, and how much work that is."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.calendar.calendar import HORIZON, Blackout, Calendar
from shared.domain.calendar.interval import EARLIEST, LATEST, Interval, joined, without
from shared.domain.calendar.open_intervals import PAGES
from shared.domain.calendar.rules.dates import OnceWindow, RangeWindow
from shared.domain.calendar.rules.rule import Rule
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from tests.unit.domain.calendar.instants import (
    BERLIN,
    DAY,
    HOUR,
    MINUTE,
    at,
    open_in,
    opening,
    shown,
    utc,
    windows,
)

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
WORKING_HOURS = (
    WeeklyWindow(days=(MON, TUE, WED, THU), start=at("09:00"), end=at("17:00")),
    WeeklyWindow(days=(FRI,), start=at("09:00"), end=at("14:00")),
)
YEAR_END = Blackout(
    rule=RangeWindow(start=datetime(2026, 12, 23, 18), end=datetime(2027, 1, 2, 6)),  # noqa: DTZ001
    name="year-end close",
)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-10 10:00", True),
        ("2026-12-24 10:00", False),
        ("2027-01-04 09:00", True),
        ("2026-12-11 12:59", True),
        ("2026-12-11 13:00", False),
    ],
)
def test_c78_one_window_that_is_open_suffices_and_a_blackout_beats_it(
    moment: str,
    is_open: bool,
) -> None:
    calendar = Calendar(windows=WORKING_HOURS, blackouts=(YEAR_END,), time_zone=BERLIN)

    assert calendar.contains(utc(moment)) is is_open


def test_why_it_is_closed() -> None:
    calendar = Calendar(windows=WORKING_HOURS, blackouts=(YEAR_END,), time_zone=BERLIN)

    assert calendar.why_closed(utc("2026-12-24 10:00")) == "in the blackout year-end close"
    assert calendar.why_closed(utc("2026-12-12 10:00")) == "outside the change windows"
    assert calendar.why_closed(utc("2026-12-10 10:00")) is None


def test_work_fits_before_a_blackout_or_after_it_and_never_across() -> None:
    noon = Blackout(
        rule=RangeWindow(
            start=datetime(2026, 12, 10, 12),  # noqa: DTZ001
            end=datetime(2026, 12, 10, 13),  # noqa: DTZ001
        ),
    )
    calendar = Calendar(windows=WORKING_HOURS, blackouts=(noon,), time_zone=BERLIN)

    assert open_in(calendar, "2026-12-10", "2026-12-11") == [
        "2026-12-10 08:00Z to 2026-12-10 11:00Z",
        "2026-12-10 12:00Z to 2026-12-10 16:00Z",
    ]
    assert calendar.fits(utc("2026-12-10 10:00"), HOUR)
    assert not calendar.fits(utc("2026-12-10 10:00"), HOUR + MINUTE)
    assert calendar.next_opening(utc("2026-12-10 07:00"), 4 * HOUR) == utc("2026-12-10 12:00")


def test_a_calendar_without_windows_is_open_except_in_blackouts() -> None:
    calendar = Calendar(blackouts=(YEAR_END,), time_zone=BERLIN)

    assert calendar.contains(utc("2026-12-01"))
    assert calendar.next_opening(utc("2026-12-24")) == utc("2027-01-02 05:00")
    assert calendar.next_opening(utc("2026-12-20"), 10 * DAY) == utc("2027-01-02 05:00")
    assert open_in(calendar, "2026-12-20", "2027-01-05") == [
        "2026-12-20 00:00Z to 2026-12-23 17:00Z",
        "2027-01-02 05:00Z to 2027-01-05 00:00Z",
    ]


def test_c70_an_empty_list_of_windows_is_never_open() -> None:
    never = windows()

    assert not never.contains(utc("2026-12-10 10:00"))
    assert never.next_opening(utc("2026-12-10 10:00")) is None
    assert open_in(never, "2026-01-01", "2036-01-01") == []
    assert never._open.worked_out <= 120


def test_a_blackout_of_ten_years_has_no_opening_after_it_within_the_horizon() -> None:
    years = RangeWindow(start=datetime(2026, 1, 1), end=datetime(2046, 1, 1))  # noqa: DTZ001
    closed = Calendar(blackouts=(Blackout(rule=years),))

    assert closed.next_opening(utc("2026-06-01")) is None
    assert closed.next_opening(utc("2046-01-01") - HORIZON) == utc("2046-01-01")


def test_a_calendar_that_is_nearly_always_open_is_not_followed_to_the_end_of_time() -> None:
    always = windows(WeeklyWindow(days=tuple(Weekday)))

    assert always.fits(utc("2026-12-10"), 100 * DAY)
    assert open_in(always, "2026-12-10", "2027-12-10") == ["2026-12-10 00:00Z to 2027-12-10 00:00Z"]
    assert always._open.worked_out <= 20


def test_what_is_cached_is_bounded() -> None:
    nights = windows(WeeklyWindow(days=(SAT,), start=at("22:00"), end=at("04:00")))
    for year in range(2000, 2040):
        assert nights.next_opening(utc(f"{year}-06-01")) is not None
        assert len(list(nights.openings(utc(f"{year}-01-01"), utc(f"{year}-12-31")))) > 50

    assert len(nights._open._pages) <= PAGES


def test_the_same_question_is_worked_out_once() -> None:
    nights = windows(WeeklyWindow(days=(SAT,), start=at("22:00"), end=at("04:00")))
    nights.next_opening(utc("2026-12-10"))
    before = nights._open.worked_out

    assert [nights.next_opening(utc("2026-12-10")) for _ in range(1000)].count(None) == 0
    assert nights._open.worked_out == before


@pytest.mark.parametrize(
    "moment", [EARLIEST, LATEST, EARLIEST + DAY, LATEST - DAY, datetime.max.replace(tzinfo=UTC)]
)
@pytest.mark.parametrize("zone", [BERLIN, "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_the_ends_of_time_are_no_error(moment: datetime, zone: str) -> None:
    calendar = Calendar(windows=(WeeklyWindow(days=(SAT,)),), blackouts=(YEAR_END,), time_zone=zone)

    assert calendar.contains(moment) in (True, False)
    calendar.next_opening(moment)
    assert all(each.end > each.start for each in calendar.openings(moment - 40 * DAY, moment))


def test_a_span_of_nothing_has_no_openings() -> None:
    calendar = windows(WeeklyWindow(days=(SAT,)))

    assert open_in(calendar, "2026-12-10", "2026-12-10") == []
    assert open_in(calendar, "2026-12-10", "2026-12-01") == []


# --- properties -----------------------------------------------------------------------------------

times = st.integers(0, 95).map(lambda n: at(f"{n // 4:02}:{n % 4 * 15:02}"))
dates = st.integers(0, 60).map(lambda n: date(2027, 3, 1) + timedelta(days=n))
local_times = st.integers(0, 60 * 96).map(
    lambda n: datetime(2027, 3, 1) + timedelta(minutes=15 * n)  # noqa: DTZ001
)
rules: st.SearchStrategy[Rule] = st.one_of(
    st.builds(
        WeeklyWindow,
        days=st.sets(st.sampled_from(list(Weekday)), min_size=1).map(lambda d: tuple(sorted(d))),
        start=times,
        end=times,
    ),
    st.builds(
        OnceWindow, dates=st.lists(dates, min_size=1, max_size=3).map(tuple), start=times, end=times
    ),
    st.tuples(local_times, st.integers(1, 400)).map(
        lambda each: RangeWindow(start=each[0], end=each[0] + timedelta(minutes=15 * each[1]))
    ),
)
calendars = st.builds(
    Calendar,
    windows=st.one_of(st.none(), st.lists(rules, max_size=3).map(tuple)),
    blackouts=st.lists(rules.map(lambda each: Blackout(rule=each)), max_size=2).map(tuple),
    time_zone=st.sampled_from([BERLIN, "America/Santiago", "Australia/Lord_Howe", "UTC"]),
)
moments = st.integers(0, 60 * 24 * 12).map(lambda n: utc("2027-03-01") + timedelta(minutes=5 * n))
lengths = st.integers(0, 60).map(lambda n: n * 15 * MINUTE)


@settings(max_examples=150, deadline=None)
@given(calendar=calendars, moment=moments, length=lengths)
def test_fits_next_opening_and_openings_agree(
    calendar: Calendar, moment: datetime, length: timedelta
) -> None:
    found = list(calendar.openings(moment, moment + 30 * DAY))
    first = next((max(each.start, moment) for each in found if each.length >= length), None)
    opens = calendar.next_opening(moment, length)

    assert all(one.end < two.start for one, two in itertools.pairwise(found))
    assert calendar.contains(moment) == any(each.start <= moment < each.end for each in found)
    if opens is None or opens >= moment + 30 * DAY - length:
        assert first is None or opens == first
    else:
        assert opens == first
        assert calendar.fits(opens, length)
        assert calendar.next_opening(opens, length) == opens
    assert calendar.fits(moment, length) == (opens == moment)
    assert (calendar.why_closed(moment) is None) == calendar.contains(moment)


@settings(max_examples=100, deadline=None)
@given(calendar=calendars, blackout=rules, moment=moments)
def test_one_more_blackout_never_opens_anything(
    calendar: Calendar, blackout: Rule, moment: datetime
) -> None:
    narrower = Calendar(
        windows=calendar.windows,
        blackouts=(*calendar.blackouts, Blackout(rule=blackout)),
        time_zone=calendar.time_zone,
    )
    before = list(calendar.openings(moment, moment + 20 * DAY))
    after = list(narrower.openings(moment, moment + 20 * DAY))

    assert list(without(after, before)) == []
    assert joined([*before, *after]) == before


@given(
    one=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), max_size=6),
    other=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), max_size=6),
)
def test_intervals_are_sets_of_instants(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    def intervals(pairs: list[tuple[int, int]]) -> list[Interval]:
        return [
            Interval(start=EARLIEST + a * HOUR, end=EARLIEST + (a + n) * HOUR) for a, n in pairs
        ]

    def hours(found: list[Interval]) -> set[int]:
        return {n for n in range(70) if any(e.start <= EARLIEST + n * HOUR < e.end for e in found)}

    left, right = joined(intervals(one)), joined(intervals(other))

    assert hours(left) == hours(intervals(one))
    assert hours(list(without(left, right))) == hours(left) - hours(right)


def test_the_forms_of_these_tests_agree() -> None:
    text = "2027-01-31 21:00Z to 2027-02-01 05:00Z"
    assert shown([opening(text)]) == [text]
