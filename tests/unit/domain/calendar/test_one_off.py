"""A window that is opened once, beside those of a calendar."""

from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.one_off import opened
from shared.domain.calendar.rules.dates import RangeWindow
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from tests.unit.domain.samples import HOUR, NOW

_FIRST = datetime(2026, 11, 23, 14)  # noqa: DTZ001 - a local time
NIGHTS = Calendar(
    windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),),
    time_zone="Europe/Berlin",
)
CLOSE = Blackout(
    name="close",
    rule=RangeWindow(start=_FIRST, end=_FIRST + 2 * HOUR),
)
CALENDARS = [
    NIGHTS,
    Calendar(windows=(), time_zone="UTC"),
    Calendar(windows=NIGHTS.windows, blackouts=(CLOSE,), time_zone="Asia/Kolkata"),
    Calendar(within=Calendar(windows=NIGHTS.windows, blackouts=(CLOSE,))),
    Calendar(blackouts=(CLOSE,), within=NIGHTS),
    Calendar(blackouts=(CLOSE,)),
    Calendar(),
]
#: what each of them closes in a blackout, in UTC
BLACKOUTS = [
    Calendar(),
    Calendar(),
    Calendar(blackouts=(CLOSE,), time_zone="Asia/Kolkata"),
    *([Calendar(blackouts=(CLOSE,))] * 3),
    Calendar(),
]
MINUTES = st.integers(-36 * 60, 36 * 60).map(lambda n: timedelta(minutes=n))


@given(st.integers(0, len(CALENDARS) - 1), MINUTES, st.integers(1, 240), MINUTES)
def test_it_opens_what_the_calendar_opens_and_the_window_outside_of_blackouts(
    which: int, start: timedelta, minutes: int, at: timedelta
) -> None:
    calendar, first = CALENDARS[which], NOW + start
    end = first + timedelta(minutes=minutes)

    found = opened(calendar, first, end)

    moment = NOW + at
    in_window = first <= moment < end and BLACKOUTS[which].contains(moment)
    assert found.contains(moment) == (calendar.contains(moment) or in_window)


def test_work_may_go_from_the_window_into_one_of_the_calendar() -> None:
    found = opened(NIGHTS, NOW.replace(hour=20), NOW.replace(hour=21))

    assert found.fits(NOW.replace(hour=20, minute=30), 2 * HOUR)
    assert found.next_opening(NOW, HOUR) == NOW.replace(hour=20)
    assert "outside the change windows" in (found.why_closed(NOW) or "")
