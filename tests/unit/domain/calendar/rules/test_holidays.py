"""Public holidays as blackouts, with their eves, and what is refused."""

from datetime import date

import pytest

from shared.domain.calendar.rules.holidays import public_holidays, subdivisions_left_out
from tests.unit.domain.calendar.instants import blackouts, closed_in, utc, windows

BERLIN_STATE = public_holidays("DE", "BE", 2026, 2029)
WITH_EVES = public_holidays("DE", "BE", 2026, 2029, eves=True)


def test_c65_a_holiday_that_is_observed_in_the_year_before() -> None:
    new_york = blackouts(public_holidays("US", None, 2026, 2028), zone="America/New_York")

    assert closed_in(new_york, "2027-12-20", "2028-01-05") == [
        "2027-12-24 05:00Z to 2027-12-26 05:00Z",
        "2027-12-31 05:00Z to 2028-01-02 05:00Z",
    ]


def test_c65_also_when_only_the_year_before_is_asked_for() -> None:
    only_2027 = blackouts(public_holidays("US", None, 2027, 2027), zone="America/New_York")

    # New Year's Day of 2028 is a Saturday, so its Friday is in 2027; after that nothing is known.
    assert closed_in(only_2027, "2027-12-27", "2029-01-01") == [
        "2027-12-31 05:00Z to 2029-01-01 00:00Z"
    ]


def test_c67_a_subdivision_adds_its_own_days() -> None:
    days = [each.day for each in BERLIN_STATE.holidays if each.day.year == 2027]
    national = [
        each.day
        for each in public_holidays("DE", None, 2027, 2027).holidays
        if each.day.year == 2027
    ]

    assert len(days) == 10
    assert date(2027, 3, 8) in days
    assert len(national) == 9
    assert "BE" in subdivisions_left_out("DE", None)
    assert subdivisions_left_out("DE", "BE") == ()


@pytest.mark.parametrize(
    ("country", "subdivision", "said"),
    [
        ("DE", "BER", "DE has no subdivision 'BER': write one of BB, BE, BW"),
        ("DE", "", "DE has no subdivision ''"),
        ("DE", "be", "DE has no subdivision 'be'"),
        ("XX", None, "no holidays are known for the country 'XX': write its ISO 3166 code"),
        ("de", None, "Did you mean DE"),
        ("Germany", None, "ISO 3166"),
        ("", None, "no holidays are known"),
    ],
)
def test_c67_a_wrong_name_is_refused_with_the_valid_ones(
    country: str, subdivision: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        public_holidays(country, subdivision, 2027, 2028)

    assert said in str(refused.value)


def test_c69_the_eve_of_each_holiday_is_the_whole_day_before() -> None:
    assert closed_in(blackouts(WITH_EVES), "2027-12-15", "2028-01-10") == [
        "2027-12-23 23:00Z to 2027-12-26 23:00Z",
        "2027-12-30 23:00Z to 2028-01-01 23:00Z",
    ]


def test_c69_the_eve_of_the_first_day_after_the_known_years_counts() -> None:
    assert date(2029, 12, 31) in WITH_EVES.days


def test_days_that_are_not_known_are_closed_as_a_blackout_and_open_nothing_as_a_window() -> None:
    closed = blackouts(BERLIN_STATE)
    opened = windows(BERLIN_STATE)

    assert not closed.contains(utc("2030-06-01"))
    assert not closed.contains(utc("2025-06-01"))
    assert closed.contains(utc("2027-06-01"))
    assert opened.next_opening(utc("2029-12-27")) is None
    assert opened.next_opening(utc("2029-12-20")) == utc("2029-12-24 23:00")


def test_years_without_any_are_refused() -> None:
    with pytest.raises(ValueError, match="are known from"):
        public_holidays("DE", None, 2300, 2310)
