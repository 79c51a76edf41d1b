"""NCRONTAB schedules."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.azure.functions_host.triggers.ncrontab import (
    FIELDS,
    Schedule,
    ScheduleError,
    is_frequent,
    next_fire,
    parse,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("0 */5 * * * *", "2026-01-01T00:03:10", "2026-01-01T00:05:00"),
        ("0 */5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("*/10 * * * * *", "2026-01-01T23:59:59", "2026-01-02T00:00:00"),
        ("0 30 9 * * 1-5", "2026-01-02T10:00:00", "2026-01-05T09:30:00"),
        ("0 30 9 * * Mon-Fri", "2026-01-02T10:00:00", "2026-01-05T09:30:00"),
        ("0 0 0 * january sunday", "2026-01-05T00:00:00", "2026-01-11T00:00:00"),
        ("0 0 0 1,15 * *", "2026-01-01T00:00:00", "2026-01-15T00:00:00"),
        ("15 10-20/5 * * * *", "2026-01-01T00:15:15", "2026-01-01T00:20:15"),
        ("0 0 12 31 * *", "2026-02-01T00:00:00", "2026-03-31T12:00:00"),
        ("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("30 59 23 31 12 *", "2026-12-31T23:59:30", "2027-12-31T23:59:30"),
        ("5 0 0 * * 0", "2026-01-04T00:00:04.999999", "2026-01-04T00:00:05"),
    ],
)
def test_the_next_fire_is_the_first_match_after_a_time(
    expression: str, after: str, expected: str
) -> None:
    assert next_fire(parse(expression), at(after)) == at(expected)


def test_five_fields_fire_at_second_zero() -> None:
    assert parse("*/5 * * * *") == parse("0 */5 * * * *")


def test_day_and_day_of_week_must_both_match() -> None:
    """Debian's cron (and the library cronsim) would fire on either."""
    assert next_fire(parse("0 0 0 13 * 5"), at("2026-01-01T00:00:00")) == at("2026-02-13T00:00:00")


def test_a_reversed_range_is_turned_round_as_the_host_does() -> None:
    assert parse("0 0 17-9 * * *") == parse("0 0 9-17 * * *")


def test_a_step_of_zero_counts_as_one() -> None:
    assert parse("0 10/0 * * * *") == parse("0 10-59 * * * *")


def test_a_value_with_a_step_goes_on_to_the_end_of_the_field() -> None:
    assert parse("0 50/5 * * * *").minutes == {50, 55}


def test_a_shortened_name_is_its_first_match() -> None:
    schedule = parse("0 0 0 * j t")
    assert schedule.months == {1}
    assert schedule.weekdays == {2}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("* * * * * * *", "7 fields"),
        ("00:05:00", "time span"),
        ("60 * * * * *", "second 60 is not in 0..59"),
        ("0 0 0 0 * *", "day 0 is not in 1..31"),
        ("0 0 0 * 13 *", "month 13"),
        ("0 0 0 * * 7", "day of week 7 is not in 0..6"),
        ("0 0 0 L * *", "'L' is no day"),
        ("0 0 0 * * 5#2", "'5#2' is no number"),
        ("0 0 0 * * foo", "'foo' is no day of week"),
        ("0 1,,2 * * * *", "'' is no minute"),
        ("0 */x * * * *", "'x' is no number"),
        ("0 5- * * * *", "'' is no minute"),
        ("0 -5 * * * *", "'' is no minute"),
        ("@daily", "1 fields"),
        ("0 0 0 30 2 *", "never fires"),
        ("0 0 0 31 4,6,9,11 *", "never fires"),
    ],
)
def test_what_is_no_schedule_says_why(expression: str, reason: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse(expression)
    assert reason in str(caught.value)


def test_another_time_zone_does_not_change_when_it_fires() -> None:
    tokyo = timezone(timedelta(hours=9))
    schedule = parse("0 30 9 * * *")
    assert next_fire(schedule, at("2026-01-01T09:00:00").astimezone(tokyo)) == at(
        "2026-01-01T09:30:00"
    )


@pytest.mark.parametrize(
    ("expression", "frequent"),
    [
        ("*/10 * * * * *", True),
        ("0 * * * * *", False),
        ("0,30 * * * * *", True),
        ("0 0 0 * * *", False),
    ],
)
def test_a_schedule_of_less_than_a_minute_is_frequent(expression: str, frequent: bool) -> None:
    assert is_frequent(parse(expression), at("2026-01-01T00:00:01")) is frequent


def values(low: int, high: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(low, high), min_size=1, max_size=4)


schedules = st.builds(
    Schedule,
    seconds=values(0, 59),
    minutes=values(0, 59),
    hours=values(0, 23),
    days=values(1, 28),
    months=values(1, 12),
    weekdays=st.frozensets(st.integers(0, 6), min_size=2),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda m: m.replace(tzinfo=UTC)
)


def written(schedule: Schedule) -> str:
    fields = (schedule.seconds, schedule.minutes, schedule.hours, schedule.days, schedule.months)
    return " ".join(",".join(map(str, sorted(field))) for field in (*fields, schedule.weekdays))


@given(schedules)
def test_a_written_schedule_is_read_back(schedule: Schedule) -> None:
    assert parse(written(schedule)) == schedule


@given(schedules, moments)
@settings(deadline=None)
def test_the_next_fire_matches_and_is_later(schedule: Schedule, moment: datetime) -> None:
    found = next_fire(schedule, moment)
    assert found > moment
    assert schedule.matches(found)


@given(schedules, moments)
@settings(deadline=None)
def test_nothing_matches_before_the_next_fire(schedule: Schedule, moment: datetime) -> None:
    """An hour of seconds before it is tried one by one.

    Days in between are covered by the next test.
    """
    found = next_fire(schedule, moment)
    start = max(moment.replace(microsecond=0) + timedelta(seconds=1), found - timedelta(hours=1))
    between = (start + timedelta(seconds=n) for n in range(int((found - start).total_seconds())))
    assert not any(schedule.matches(second) for second in between)


@given(schedules, moments, moments)
@settings(deadline=None)
def test_a_later_start_never_fires_earlier(
    schedule: Schedule, one: datetime, other: datetime
) -> None:
    assert next_fire(schedule, min(one, other)) <= next_fire(schedule, max(one, other))


@given(schedules, moments)
@settings(deadline=None)
def test_starting_just_before_the_next_fire_finds_it_again(
    schedule: Schedule, moment: datetime
) -> None:
    found = next_fire(schedule, moment)
    assert next_fire(schedule, found - timedelta(microseconds=1)) == found


@given(st.text(alphabet="0123456789*/-,# LWabcjsMON:", max_size=30))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        schedule = parse(text)
    except ScheduleError:
        return
    sets = (
        schedule.seconds,
        schedule.minutes,
        schedule.hours,
        schedule.days,
        schedule.months,
        schedule.weekdays,
    )
    for field, found in zip(FIELDS, sets, strict=True):
        assert found <= set(range(field.low, field.high + 1))
