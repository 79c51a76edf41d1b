"""Rules against another reader of calendar files, and the count that bounds them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from dateutil.rrule import rrule
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from shared.domain.calendar.ical.limits import TooMuch
from shared.domain.calendar.ical.reading import Reading, read_calendar
from shared.domain.calendar.ical.recurrence import Work, read_recurrence
from shared.domain.calendar.zones.names import zone
from tests.unit.domain.calendar.ical.files import BERLIN, NOW, calendar, event

START = datetime(2026, 12, 1, 12)  # noqa: DTZ001 - local times
UTC_ZONE = zone("UTC")


@pytest.mark.parametrize(
    "frequency", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
)
def test_a_rule_that_names_no_day_ends_after_as_many_periods_as_there_are(frequency: str) -> None:
    """The interval is counted by `dateutil` itself; a new version of it may not do so."""
    rule = read_recurrence(f"FREQ={frequency};BYMONTH=2;BYMONTHDAY=30")
    work = Work(steps=10**7)
    last = START + timedelta(days=2)

    assert list(rule.times(START, START, last, UTC_ZONE, work)) == []
    assert work.steps < 10**7


@pytest.mark.parametrize(
    ("text", "days"),
    [("FREQ=SECONDLY", 1), ("FREQ=MINUTELY", 30), ("FREQ=DAILY;INTERVAL=2", 3_000)],
)
def test_more_steps_than_are_left_are_refused_before_the_first(text: str, days: int) -> None:
    rule = read_recurrence(text)

    with pytest.raises(TooMuch, match="too often"):
        list(rule.times(START, START, START + timedelta(days=days), UTC_ZONE, Work(steps=1_000)))


def joined(parts: Sequence[str]) -> str:
    return ";".join(each for each in parts if each)


days = st.lists(
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3, unique=True
).map(",".join)
intervals = st.sampled_from(["", "INTERVAL=2", "INTERVAL=3"])
ends = st.sampled_from(["", "COUNT=7", "UNTIL=20270315T110000Z", "UNTIL=20270301"])
rules = st.one_of(
    st.tuples(st.just("FREQ=DAILY"), intervals, ends),
    st.tuples(
        st.just("FREQ=WEEKLY"),
        intervals,
        ends,
        days.map("BYDAY={}".format),
        st.sampled_from(["", "WKST=SU"]),
    ),
    st.tuples(
        st.just("FREQ=MONTHLY"),
        intervals,
        ends,
        st.sampled_from(
            ["BYMONTHDAY=31", "BYMONTHDAY=-1", "BYDAY=2TU", "BYDAY=-1SU", "BYDAY=MO,FR;BYSETPOS=2"]
        ),
    ),
    st.tuples(
        st.just("FREQ=YEARLY"),
        ends,
        st.sampled_from(["BYMONTH=1,3;BYMONTHDAY=5", "BYYEARDAY=40,-300", "BYWEEKNO=3;BYDAY=TU"]),
    ),
).map(joined)


@settings(max_examples=150, deadline=None)
@given(rule=rules, first=st.integers(0, 40))
def test_a_rule_means_what_dateutil_says(rule: str, first: int) -> None:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - beside its only use

    start = START + timedelta(days=first)
    last = START + timedelta(days=400)
    # It wants UNTIL in the form of its start, which has no zone here.
    plain = rule.replace("T110000Z", "T110000").replace("UNTIL=20270301", "UNTIL=20270301T235959")
    expected = rrulestr(plain, dtstart=start)
    assert isinstance(expected, rrule)

    found = read_recurrence(rule).times(start, start, last, UTC_ZONE, Work(steps=10**6))

    assert list(found) == list(expected.between(start, last, inc=True))


@settings(max_examples=60, deadline=None)
@given(rule=rules, first=st.integers(0, 28), exclude=st.booleans())
def test_a_file_means_what_another_reader_says(rule: str, first: int, exclude: bool) -> None:
    """In UTC, so that no clock changes and no reading differs; starts that a rule names only."""
    start = datetime(2026, 12, 1, 11) + timedelta(days=first)  # noqa: DTZ001
    if not read_recurrence(rule).names(start, start, UTC_ZONE) or "UNTIL=20270301" in rule:
        return
    lines = f"DTSTART:{start:%Y%m%dT%H%M%S}Z · DURATION:PT1H · RRULE:{rule}"
    if exclude:
        lines += f" · EXDATE:{start:%Y%m%dT%H%M%S}Z"
    file = calendar(event(lines))
    reading = read_calendar(file, BERLIN, NOW)
    assert isinstance(reading, Reading)
    until = NOW + timedelta(days=300)

    other = recurring_ical_events.of(Calendar.from_ical(file)).between(NOW, until)

    ours = [each.start for each in reading.opens if each.start < until]
    assert ours == sorted(each["DTSTART"].dt.astimezone(UTC) for each in other)
