"""The last possible start of a machine before its phase closes."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.plan.last_start import LastStarts, last_start
from shared.domain.policy.policy import Policy, Timing
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

NIGHT = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),))
SATURDAY = Calendar(windows=(WeeklyWindow(days=(Weekday.SAT,), start=time(22), end=time(4)),))
INSTANT = timedelta(microseconds=1)
#: NOW is a Monday noon
MONDAY = NOW.replace(hour=0)


@pytest.mark.parametrize(
    ("calendar", "duration", "closes", "last"),
    [
        (Calendar(), HOUR, NOW + DAY, NOW + DAY - INSTANT),
        (NIGHT, HOUR, NOW + DAY, NOW + 13 * HOUR),
        (
            NIGHT,
            HOUR,
            NOW + 11 * HOUR,
            NOW + 11 * HOUR - INSTANT,
        ),  # in a window: the phase's end alone counts
        (NIGHT, 4 * HOUR, NOW + DAY, NOW + 10 * HOUR),  # it fits only exactly at the opening
        (NIGHT, HOUR, NOW + 10 * HOUR, None),  # the window opens as the phase closes
        (NIGHT, 5 * HOUR, NOW + DAY, None),
        (SATURDAY, HOUR, NOW + 5 * DAY, None),
        (SATURDAY, HOUR, NOW + 7 * DAY, MONDAY + 6 * DAY + 3 * HOUR),
        (SATURDAY, HOUR, NOW + 35 * DAY, MONDAY + 34 * DAY + 3 * HOUR),
    ],
)
def test_the_last_start_is_the_last_instant_that_fits_before_the_phase_closes(
    calendar: Calendar, duration: timedelta, closes: datetime, last: datetime | None
) -> None:
    assert last_start(any_policy(calendar, duration), NOW, closes) == last


def test_many_ends_are_answered_as_each_by_itself() -> None:
    """What is known from one end to the next changes no answer."""
    rules = any_policy(NIGHT, HOUR)
    ends = [NOW + n * 7 * HOUR for n in (30, 3, 12, 29, 1, 2, 11, 4, 3)]
    known = LastStarts(policy=rules, now=NOW)

    assert [known.before(end) for end in ends] == [last_start(rules, NOW, end) for end in ends]


windows = st.builds(
    WeeklyWindow,
    days=st.lists(st.sampled_from(list(Weekday)), min_size=1, unique=True).map(tuple),
    start=st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    end=st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
)
calendars = st.builds(
    Calendar,
    windows=st.lists(windows, max_size=3).map(tuple),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
)
durations = st.integers(1, 8).map(lambda n: n * 30 * MINUTE)


def any_policy(calendar: Calendar, duration: timedelta) -> Policy:
    """A policy of any calendar and duration, also of two that never fit.

    What is asked of it must hold there too.
    """
    rules = Policy(timing=Timing(expected_duration=duration))
    object.__setattr__(rules, "change_windows", calendar)
    return rules


@given(calendars, durations, st.integers(1, 9 * 48))
def test_no_later_start_fits_than_the_last_one(
    calendar: Calendar, duration: timedelta, half_hours: int
) -> None:
    """Against a search through every half hour, on which all these windows open and close."""
    closes = NOW + half_hours * 30 * MINUTE
    grid = [NOW + n * 30 * MINUTE for n in range(half_hours)]
    fitting = [each for each in grid if calendar.fits(each, duration)]

    found = last_start(any_policy(calendar, duration), NOW, closes)

    if found is None:
        assert fitting == []
    else:
        assert NOW <= found < closes
        assert calendar.fits(found, duration)
        assert not fitting or found >= fitting[-1]
