"""Weekly windows: nights, weeks, and the two days a year when clocks change.

Clock changes used here (IANA):

* Berlin 2026-03-29 02:00 to 03:00 and 2026-10-25 03:00 back to 02:00
* New York 2026-03-08 and 2026-11-01 at 02:00
* Lord Howe by half an hour, 2026-04-05 02:00 back to 01:30 and 2026-10-04 02:00 to 02:30
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from tests.unit.domain.samples import DAY, HOUR, MINUTE

#: work that takes no time fits wherever a window is open
NOTHING = timedelta(0)

BERLIN, NY, LH = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
EVERY_DAY = tuple(Weekday)


def window(days: tuple[Weekday, ...], start: str, end: str) -> WeeklyWindow:
    return WeeklyWindow(days=days, start=time.fromisoformat(start), end=time.fromisoformat(end))


def calendar(*windows: WeeklyWindow, zone: str = "UTC") -> Calendar:
    return Calendar(windows=windows, time_zone=zone)


def local(text: str, zone: str = "UTC", *, fold: int = 0) -> datetime:
    """`2026-03-28 22:00` on the clocks of a zone, as the instant in UTC that it is."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


NIGHT = calendar(window((SAT,), "22:00", "04:00"), zone=BERLIN)
WEEKEND = calendar(
    window((FRI,), "20:00", "00:00"),
    window((SAT, SUN), "00:00", "00:00"),
    window((MON,), "00:00", "05:00"),
    zone=NY,
)
EARLY = calendar(window((SUN,), "01:00", "04:00"), zone=BERLIN)
EARLY_NY = calendar(window((SUN,), "01:00", "04:00"), zone=NY)
EARLY_LH = calendar(window((SUN,), "01:00", "04:00"), zone=LH)


@pytest.mark.parametrize(
    ("hours", "moment", "is_open"),
    [
        (NIGHT, local("2026-06-06 21:59", BERLIN), False),  # a Saturday
        (NIGHT, local("2026-06-06 22:00", BERLIN), True),
        (
            NIGHT,
            local("2026-06-07 03:59", BERLIN),
            True,
        ),  # the second half is on a day that is not listed
        (NIGHT, local("2026-06-07 04:00", BERLIN), False),
        (NIGHT, local("2026-06-06 03:00", BERLIN), False),  # Friday's night is not open
        (NIGHT, local("2026-06-06 20:30", "UTC"), True),  # 22:30 in Berlin
        (WEEKEND, local("2026-06-05 19:59", NY), False),  # a Friday
        (WEEKEND, local("2026-06-05 20:00", NY), True),
        (WEEKEND, local("2026-06-06 00:00", NY), True),
        (WEEKEND, local("2026-06-07 23:59", NY), True),
        (WEEKEND, local("2026-06-08 04:59", NY), True),  # over the end of the week
        (WEEKEND, local("2026-06-08 05:00", NY), False),
        (calendar(), local("2026-06-08 05:00"), False),  # an empty list opens nothing
        (Calendar(), local("2026-06-08 05:00"), True),  # no rule forbids it
    ],
)
def test_a_moment_lies_in_a_window_or_not(hours: Calendar, moment: datetime, is_open: bool) -> None:
    assert hours.fits(moment, NOTHING) is is_open


@pytest.mark.parametrize(
    ("hours", "opens", "closes", "lasts"),
    [
        # an ordinary Sunday, the day the clocks go forward, and the day they go back
        (EARLY, local("2026-03-22 01:00", BERLIN), local("2026-03-22 04:00", BERLIN), 3 * HOUR),
        (EARLY, local("2026-03-29 01:00", BERLIN), local("2026-03-29 04:00", BERLIN), 2 * HOUR),
        (EARLY, local("2026-10-25 01:00", BERLIN), local("2026-10-25 04:00", BERLIN), 4 * HOUR),
        (EARLY_NY, local("2026-03-08 01:00", NY), local("2026-03-08 04:00", NY), 2 * HOUR),
        (EARLY_NY, local("2026-11-01 01:00", NY), local("2026-11-01 04:00", NY), 4 * HOUR),
        (EARLY_LH, local("2026-10-04 01:00", LH), local("2026-10-04 04:00", LH), 2.5 * HOUR),
        (EARLY_LH, local("2026-04-05 01:00", LH), local("2026-04-05 04:00", LH), 3.5 * HOUR),
        # the night before
        (NIGHT, local("2026-03-28 22:00", BERLIN), local("2026-03-29 04:00", BERLIN), 5 * HOUR),
        (NIGHT, local("2026-10-24 22:00", BERLIN), local("2026-10-25 04:00", BERLIN), 7 * HOUR),
        # a start and an end that the clock skips: the change; and shown twice: the first time
        (
            calendar(window((SUN,), "02:30", "05:00"), zone=BERLIN),
            local("2026-03-29 03:00", BERLIN),
            local("2026-03-29 05:00", BERLIN),
            2 * HOUR,
        ),
        (
            calendar(window((SUN,), "00:00", "02:30"), zone=BERLIN),
            local("2026-03-29 00:00", BERLIN),
            local("2026-03-29 03:00", BERLIN),
            2 * HOUR,
        ),
        (
            calendar(window((SUN,), "02:30", "05:00"), zone=BERLIN),
            local("2026-10-25 02:30", BERLIN, fold=0),
            local("2026-10-25 05:00", BERLIN),
            3.5 * HOUR,
        ),
        (
            calendar(window((SUN,), "00:00", "02:30"), zone=BERLIN),
            local("2026-10-25 00:00", BERLIN),
            local("2026-10-25 02:30", BERLIN, fold=0),
            2.5 * HOUR,
        ),
    ],
)
def test_a_window_keeps_its_local_times_when_clocks_change(
    hours: Calendar, opens: datetime, closes: datetime, lasts: timedelta
) -> None:
    assert hours.next_opening(opens - 12 * HOUR) == opens
    assert closes - opens == lasts
    assert hours.fits(opens, lasts)
    assert not hours.fits(opens, lasts + timedelta(microseconds=1))
    assert not hours.fits(closes, NOTHING)


@pytest.mark.parametrize(
    ("hours", "now", "duration", "opening"),
    [
        # Friday noon, Saturday's night
        (NIGHT, local("2026-06-05 12:00", BERLIN), 30 * MINUTE, local("2026-06-06 22:00", BERLIN)),
        # inside, and long enough: now
        (NIGHT, local("2026-06-07 03:30", BERLIN), 30 * MINUTE, local("2026-06-07 03:30", BERLIN)),
        # inside, but too late: next week
        (NIGHT, local("2026-06-07 03:31", BERLIN), 30 * MINUTE, local("2026-06-13 22:00", BERLIN)),
        # joined windows count as one: three days and more
        (WEEKEND, local("2026-06-03 12:00", NY), 57 * HOUR, local("2026-06-05 20:00", NY)),
        (WEEKEND, local("2026-06-03 12:00", NY), 57 * HOUR + MINUTE, local("2026-10-30 20:00", NY)),
        (WEEKEND, local("2026-06-03 12:00", NY), 58 * HOUR + MINUTE, None),
        # never long enough
        (NIGHT, local("2026-06-05 12:00", BERLIN), 7 * HOUR + MINUTE, None),
        # long enough only in the night when the clocks go back
        (
            NIGHT,
            local("2026-06-05 12:00", BERLIN),
            6 * HOUR + MINUTE,
            local("2026-10-24 22:00", BERLIN),
        ),
        # the hour that the clock skips this Sunday is there again a week later
        (
            calendar(window((SUN,), "02:00", "03:00"), zone=BERLIN),
            local("2026-03-23 12:00", BERLIN),
            30 * MINUTE,
            local("2026-04-05 02:00", BERLIN),
        ),
        # and a window that the clock makes too short this Sunday is long enough a week later
        (EARLY, local("2026-03-23 12:00", BERLIN), 2.5 * HOUR, local("2026-04-05 01:00", BERLIN)),
        # longer than ever but on the day the clocks go back
        (EARLY, local("2026-10-20 12:00", BERLIN), 4 * HOUR, local("2026-10-25 01:00", BERLIN)),
        (calendar(), local("2026-06-05 12:00"), NOTHING, None),
        (Calendar(), local("2026-06-05 12:00"), 30 * DAY, local("2026-06-05 12:00")),
    ],
)
def test_the_next_opening(
    hours: Calendar, now: datetime, duration: timedelta, opening: datetime | None
) -> None:
    assert hours.next_opening(now, duration) == opening


def test_windows_of_all_days_are_never_closed_wherever_clocks_change_at_midnight() -> None:
    """Beirut changes its clocks at midnight, just where the windows touch."""
    always = calendar(window(EVERY_DAY, "00:00", "00:00"), zone="Asia/Beirut")

    for change in (local("2026-03-29 00:00", "UTC"), local("2026-10-25 00:00", "UTC")):
        assert all(always.fits(change + n * 15 * MINUTE, DAY) for n in range(-24, 24))


@pytest.mark.parametrize("zone", ["Europe/Belin", "", "../etc/passwd", "Europe", "CEST+25", "a\0b"])
def test_an_unknown_time_zone_is_refused_with_a_hint(zone: str) -> None:
    with pytest.raises(ValueError, match="use an IANA name such as Europe/Berlin"):
        Calendar(time_zone=zone)


def test_a_window_without_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        window((), "01:00", "02:00")


@pytest.mark.parametrize("end", ["start", "end"])
def test_a_window_with_an_offset_is_refused(end: str) -> None:
    times = {"start": time(1), "end": time(2), end: time(1, tzinfo=UTC)}
    with pytest.raises(ValueError, match="local to the calendar's time zone"):
        WeeklyWindow(days=(MON,), **times)


def test_days_count_from_monday_as_dates_do() -> None:
    assert [day.number for day in Weekday] == list(range(7))
    assert MON.number == local("2026-06-08 00:00").weekday()


# --- properties -----------------------------------------------------------------------------------

hours_of_day = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
windows = st.builds(
    WeeklyWindow,
    days=st.sets(st.sampled_from(list(Weekday)), min_size=1).map(lambda days: tuple(sorted(days))),
    start=hours_of_day,
    end=hours_of_day,
)
calendars = st.builds(
    Calendar,
    windows=st.lists(windows, min_size=1, max_size=3).map(tuple),
    time_zone=st.sampled_from([BERLIN, NY, LH, "UTC", "Asia/Kathmandu"]),
)
#: near one of the changes of clocks above, or anywhere in the year
moments = st.builds(
    lambda day, minutes: day + minutes * MINUTE,
    st.sampled_from(
        [
            local(f"2026-{day} 00:00")
            for day in ("03-08", "03-29", "04-05", "06-10", "10-04", "10-25")
        ]
    ),
    st.integers(-3 * 24 * 60, 3 * 24 * 60),
)
durations = st.integers(0, 8 * 4).map(lambda n: n * 15 * MINUTE)


@settings(max_examples=150, deadline=None)
@given(hours=calendars, moment=moments, duration=durations)
def test_what_fits_starts_inside_and_stays_inside(
    hours: Calendar, moment: datetime, duration: timedelta
) -> None:
    if hours.fits(moment, duration):
        assert hours.fits(moment, NOTHING)
        assert all(hours.fits(moment, duration * n / 4) for n in range(4))
        assert all(hours.fits(moment + duration * n / 4, NOTHING) for n in range(4))
    else:
        assert not hours.fits(moment, NOTHING) or not hours.fits(moment, duration + HOUR)


@settings(max_examples=50, deadline=None)
@given(hours=calendars, moment=moments, duration=durations)
@example(hours=EARLY, moment=local("2026-03-23 12:00"), duration=2.5 * HOUR)
def test_the_next_opening_is_the_first_moment_that_fits(
    hours: Calendar, moment: datetime, duration: timedelta
) -> None:
    opening = hours.next_opening(moment, duration)

    step = 15 * MINUTE  # every window here starts on a quarter of an hour, in every zone here
    first = moment + (-moment.timestamp() % step.total_seconds()) * timedelta(seconds=1)
    end = opening if opening is not None else moment + 9 * DAY
    scanned = [first + n * step for n in range(int((end - first) / step) + 1)]
    assert not any(hours.fits(each, duration) for each in scanned if each < end)
    if opening is not None:
        assert opening >= moment
        assert hours.fits(opening, duration)


@settings(max_examples=100, deadline=None)
@given(hours=calendars, moment=moments)
def test_open_means_that_some_window_says_so_on_the_local_clock(
    hours: Calendar, moment: datetime
) -> None:
    """Told again in the plainest way, on a day without a change of clocks."""
    zone = ZoneInfo(hours.time_zone)
    here = moment.astimezone(zone)
    if (here - DAY).utcoffset() != (here + DAY).utcoffset():
        return

    def says_so(each: WeeklyWindow) -> bool:
        today, yesterday = here.weekday(), (here - DAY).weekday()
        days = {day.number for day in each.days}
        if each.start < each.end:
            return today in days and each.start <= here.time() < each.end
        return (today in days and here.time() >= each.start) or (
            yesterday in days and here.time() < each.end
        )

    assert hours.fits(moment, NOTHING) == any(
        isinstance(each, WeeklyWindow) and says_so(each) for each in hours.windows or ()
    )
