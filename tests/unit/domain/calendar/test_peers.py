"""Windows of similar tools, written as ours: where both mean the same, and where we differ.

The facts are from the documentation or source of each tool; the differences are in
docs/calendars.md.
"""

from datetime import date, timedelta

import pytest

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.rules.dates import OnceWindow
from shared.domain.calendar.rules.monthly import PATCH_TUESDAY, MonthlyWindow
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from tests.unit.domain.calendar.instants import BERLIN, HOUR, at, open_in, utc, windows

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday


def test_zincati_several_weekly_windows_are_one_calendar_and_touching_ones_are_joined() -> None:
    """A start and a length in minutes there; two entries make one weekly calendar, as here."""
    calendar = windows(
        WeeklyWindow(days=(SAT,), start=at("23:30"), end=at("00:00")),
        WeeklyWindow(days=(SUN,), start=at("00:00"), end=at("01:00")),
        zone="UTC",
    )

    assert open_in(calendar, "2026-12-04", "2026-12-08") == [
        "2026-12-05 23:30Z to 2026-12-06 01:00Z"
    ]


def test_zincati_a_window_in_local_time_gets_longer_or_shorter_and_in_utc_it_does_not() -> None:
    rule = WeeklyWindow(days=(SUN,), start=at("01:00"), end=at("04:00"))
    spring = (utc("2027-03-27 12:00"), utc("2027-03-28 12:00"))
    (local,) = windows(rule).openings(*spring)
    (fixed,) = windows(rule, zone="UTC").openings(*spring)

    assert (local.length, fixed.length) == (2 * HOUR, 3 * HOUR)


def test_locksmith_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    """`REBOOT_WINDOW_START=Thu 23:00` with a length of 1 h 30 min."""
    thursday = windows(WeeklyWindow(days=(THU,), start=at("23:00"), end=at("00:30")), zone="UTC")

    assert open_in(thursday, "2026-12-02", "2026-12-09") == [
        "2026-12-03 23:00Z to 2026-12-04 00:30Z"
    ]


def test_kured_the_first_instant_of_a_window_is_outside_there_and_inside_here() -> None:
    """It asks whether the time is after the start and before the end."""
    night = windows(WeeklyWindow(days=(SAT,), start=at("07:00"), end=at("08:30")))

    assert night.contains(utc("2026-12-05 06:00"))
    assert not night.contains(utc("2026-12-05 07:30"))


def test_systems_manager_a_cutoff_is_the_expected_duration_here() -> None:
    """It starts at 15:00 for three hours with a cutoff of one: the last start is at 17:00."""
    afternoon = windows(WeeklyWindow(days=(SAT,), start=at("15:00"), end=at("18:00")), zone="UTC")

    assert afternoon.fits(utc("2026-12-05 17:00"), HOUR)
    assert not afternoon.fits(utc("2026-12-05 17:00") + timedelta.resolution, HOUR)


def test_systems_manager_and_update_manager_days_after_patch_tuesday() -> None:
    """Both allow up to six days; here it is four weeks, also before it."""
    after_six = MonthlyWindow(days=(PATCH_TUESDAY,), after=6, start=at("20:00"), end=at("23:00"))

    assert windows(after_six).next_opening(utc("2026-12-09")) == utc("2026-12-14 19:00")


def test_aks_dates_that_are_not_allowed_beat_the_schedule() -> None:
    calendar = Calendar(
        windows=(WeeklyWindow(days=tuple(Weekday), start=at("01:00"), end=at("05:00")),),
        blackouts=(Blackout(rule=OnceWindow(dates=(date(2026, 12, 24), date(2026, 12, 25)))),),
        time_zone=BERLIN,
    )

    assert open_in(calendar, "2026-12-23 12:00", "2026-12-26 12:00") == [
        "2026-12-26 00:00Z to 2026-12-26 04:00Z"
    ]


def test_aks_a_fixed_offset_is_refused_here_because_it_is_wrong_for_half_the_year() -> None:
    with pytest.raises(ValueError, match="is an offset, not a place"):
        Calendar(time_zone="+01:00")


def test_karpenter_a_schedule_in_utc_moves_by_an_hour_on_the_local_clock() -> None:
    nightly = WeeklyWindow(days=tuple(Weekday), start=at("01:00"), end=at("02:00"))
    here = windows(nightly)

    assert here.next_opening(utc("2027-01-10 12:00")) == utc("2027-01-11 00:00")
    assert here.next_opening(utc("2027-07-10 12:00")) == utc("2027-07-10 23:00")


def test_cloud_custodian_an_ambiguous_abbreviation_is_refused_with_the_places_meant() -> None:
    """It maps `et` or `pt` to a place; IST, CST and BST stand for several."""
    with pytest.raises(ValueError, match="America/Chicago or Asia/Shanghai"):
        Calendar(time_zone="CST")
