"""Which copy of a calendar file counts: unreadable, too old, and suddenly empty."""

from datetime import timedelta

import pytest

from shared.domain.calendar.calendar import Blackout, Calendar
from shared.domain.calendar.file_copies import (
    CONFIRMED_AFTER,
    KEPT,
    CalendarCopy,
    confirm,
    receive,
    rule_of,
)
from shared.domain.calendar.ical.reading import Reading, UnreadableCalendar, read_calendar
from tests.unit.domain.calendar.ical.files import BERLIN, NOW, calendar, event
from tests.unit.domain.calendar.instants import DAY, HOUR, windows

FREEZE = event("DTSTART;VALUE=DATE:20261224 · DTEND;VALUE=DATE:20270103")
IN_THE_FREEZE = NOW + timedelta(days=27)
BROKEN = UnreadableCalendar(reason="it is no calendar")


def read(*parts: str, after: timedelta = timedelta(0)) -> Reading:
    reading = read_calendar(calendar(*parts), BERLIN, NOW + after)
    assert isinstance(reading, Reading)
    return reading


FORTY = [
    event(f"DTSTART:202701{n % 28 + 1:02}T{n // 28:02}0000Z · DURATION:PT30M", uid=str(n))
    for n in range(39)
]
COPY = receive(CalendarCopy(), read(FREEZE, *FORTY), NOW).copy


def is_closed(copy: CalendarCopy, after: timedelta = timedelta(0)) -> bool:
    rule = rule_of(copy, NOW + after)
    closed_by_it = Calendar(blackouts=(Blackout(rule=rule),))
    return not closed_by_it.contains(IN_THE_FREEZE)


def test_a_file_that_was_read_counts() -> None:
    assert is_closed(COPY)
    assert not Calendar(blackouts=(Blackout(rule=rule_of(COPY, NOW)),)).why_closed(NOW)


def test_a_file_that_was_never_read_closes_everything_and_opens_nothing() -> None:
    failed = receive(CalendarCopy(), BROKEN, NOW)

    assert failed.tell == (
        "the calendar cannot be read: it is no calendar; it was never read, so nothing is open",
    )
    rule = rule_of(failed.copy, NOW)
    assert not Calendar(blackouts=(Blackout(rule=rule),)).contains(NOW)
    assert not windows(rule).contains(NOW)
    assert windows(rule).next_opening(NOW) is None


def test_the_last_good_copy_counts_for_seven_days_and_is_told_of_once() -> None:
    first = receive(COPY, BROKEN, NOW + HOUR)
    second = receive(first.copy, BROKEN, NOW + 2 * HOUR)
    other = receive(second.copy, UnreadableCalendar(reason="it is cut off"), NOW + 3 * HOUR)

    assert "the copy of 2026-12-01 00:00Z counts for 7 days" in first.tell[0]
    assert second.tell == ()
    assert "it is cut off" in other.tell[0]
    assert other.copy.failing_since == NOW + HOUR
    kept = rule_of(other.copy, NOW + KEPT)
    too_old = rule_of(other.copy, NOW + KEPT + timedelta.resolution)
    assert kept.reading == COPY.reading
    assert too_old.reading is None


def test_a_file_that_can_be_read_again_counts_at_once() -> None:
    failed = receive(COPY, BROKEN, NOW + HOUR).copy
    again = receive(failed, read(FREEZE, *FORTY, after=2 * HOUR), NOW + 2 * HOUR)

    assert again.tell == ()
    assert again.copy.failing_since is None
    assert again.copy.read_at == NOW + 2 * HOUR


@pytest.mark.parametrize("left", [[], FORTY[:3]])
def test_c60_a_file_that_lost_its_freeze_does_not_open_it_before_a_day_has_passed(
    left: list[str],
) -> None:
    emptied = receive(COPY, read(*left, after=HOUR), NOW + HOUR)

    assert f"40 events before, {len(left) or 'none'} now" in emptied.tell[0]
    assert is_closed(emptied.copy, HOUR)
    later = receive(emptied.copy, read(*left, after=2 * HOUR), NOW + 2 * HOUR)
    assert later.tell == ()
    assert is_closed(later.copy, 2 * HOUR)
    end = NOW + HOUR + CONFIRMED_AFTER
    accepted = receive(later.copy, read(*left, after=DAY), end)
    assert accepted.tell[0].startswith("the calendar counts as it is now")
    assert not is_closed(accepted.copy, DAY + HOUR)


def test_c60_an_operator_may_confirm_it_earlier() -> None:
    emptied = receive(COPY, read(after=HOUR), NOW + HOUR).copy

    assert not is_closed(confirm(emptied), HOUR)
    assert confirm(COPY) == COPY


def test_c60_events_that_come_back_end_the_doubt() -> None:
    emptied = receive(COPY, read(after=HOUR), NOW + HOUR).copy
    back = receive(emptied, read(FREEZE, *FORTY, after=2 * HOUR), NOW + 2 * HOUR)

    assert back.copy.doubtful is None
    assert is_closed(back.copy, 2 * HOUR)


def test_while_it_is_in_doubt_only_what_both_copies_open_is_open() -> None:
    more = event("DTSTART:20270210T010000Z · DURATION:PT1H", uid="more")
    doubtful = receive(COPY, read(more, FORTY[0], after=HOUR), NOW + HOUR).copy
    rule = rule_of(doubtful, NOW + HOUR)
    assert rule.reading is not None

    assert [f"{each.start:%m-%d %H:%M}" for each in rule.reading.opens] == ["01-01 00:00"]
    assert any(f"{each.start:%m-%d}" == "02-10" for each in rule.reading.closes)


def test_events_that_are_over_are_no_loss() -> None:
    """A year later the freeze is history; an empty calendar is nothing to wonder at."""
    later = timedelta(days=365)

    assert receive(COPY, read(after=later), NOW + later).tell == ()
