"""Whole calendar files: what is no calendar, what is too large, and lines in every form."""

import pytest

from shared.domain.calendar.ical.limits import (
    AHEAD,
    LONGEST_LINE,
    MOST_BYTES,
    MOST_EVENTS,
    MOST_OCCURRENCES,
)
from shared.domain.calendar.ical.reading import Reading, UnreadableCalendar, read_calendar
from tests.unit.domain.calendar.ical.files import (
    BERLIN,
    NOW,
    calendar,
    event,
    read,
    shown,
    why_unreadable,
)


def reason(file: bytes) -> str:
    reading = read_calendar(file, BERLIN, NOW)
    assert isinstance(reading, UnreadableCalendar), reading
    return reading.reason


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<!DOCTYPE html><title>Sign in to your account</title>", "no calendar: it starts with"),
        (b"", "no calendar"),
        (b"\x00\xff\xfe", "no calendar"),
        (b'{"error": "expired"}', "no calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "no calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cut off: END:VCALENDAR is missing"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR", "without its BEGIN"),
        (calendar() + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "outside of a VCALENDAR"),
        (b"BEGIN:VCALENDAR\r\n" * 5, "nested more than 4 deep"),
    ],
)
def test_c60_what_is_no_whole_calendar_is_unreadable(file: bytes, said: str) -> None:
    assert said in reason(file)


def test_a_calendar_without_events_is_read_and_has_nothing() -> None:
    reading = read()

    assert (reading.opens, reading.closes, reading.events) == ((), (), 0)
    assert reading.covers.end > NOW + AHEAD


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,10,20,30,40,50",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
    ],
)
def test_c62_a_rule_that_repeats_too_often_is_unreadable_and_named(rule: str) -> None:
    said = why_unreadable(
        event(f"SUMMARY:the bomb · DTSTART:20270101T000000Z · DURATION:PT1S · RRULE:{rule}")
    )

    assert "'the bomb'" in said
    assert "too often" in said or "occurrences" in said or "times a day" in said


def test_c62_a_very_large_count_is_fine_and_so_is_a_rule_that_names_no_day() -> None:
    daily = read(
        event("DTSTART:20270101T000000Z · DURATION:PT1S · RRULE:FREQ=DAILY;COUNT=1000000000")
    )
    never = read(
        event(
            "DTSTART:20270101T000000Z · DURATION:PT1S · RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
        )
    )

    assert len(daily.opens) > 3_000
    assert (len(never.closes), never.opens) == (1, ()), "only the day of its start, and in doubt"


def test_many_events_far_ahead_are_worked_out_for_a_year_only() -> None:
    often = "DTSTART:20270101T000000Z · DURATION:PT1S · RRULE:FREQ=HOURLY"
    reading = read(event(often))

    assert reading.covers.end == NOW + AHEAD
    assert 1_000 < len(reading.opens) <= MOST_OCCURRENCES


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (calendar("X-PADDING:" + "x" * MOST_BYTES), "bytes"),
        (calendar(*(event(uid=str(n)) for n in range(MOST_EVENTS + 1))), "events"),
        (calendar(event(f"DTSTART:2027{'0' * LONGEST_LINE}")), "characters"),
    ],
)
def test_a_file_beyond_a_limit_is_unreadable_and_never_read_in_part(file: bytes, said: str) -> None:
    assert said in reason(file)


FOLDED = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Abschlu\xc3\r\n \x9f\r\n"
    b"DTSTART;TZID=W. Europe Stand\r\n ard Time:20270110T220000\r\nDURATION:PT4H\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.parametrize(
    "file",
    [
        FOLDED,
        FOLDED.replace(b"\r\n", b"\n"),
        FOLDED.replace(b"\r\n ", b"\r\n\t"),
        b"\xef\xbb\xbf" + FOLDED,
        FOLDED.replace(b"BEGIN:VEVENT", b"begin:vevent").replace(b"DTSTART", b"dtstart"),
    ],
)
def test_c64_long_lines_are_joined_before_their_bytes_are_read(file: bytes) -> None:
    reading = read_calendar(file, BERLIN, NOW)

    assert isinstance(reading, Reading)
    assert shown(reading.opens) == ["2027-01-10 21:00Z to 2027-01-11 01:00Z"]


def test_c64_a_name_is_not_torn() -> None:
    assert "'Abschluß'" in reason(FOLDED.replace(b"DTSTART;TZID", b"NODTSTART;TZID"))


def test_what_is_not_read_may_be_odd() -> None:
    """Descriptions of people hold anything; they neither open nor close."""
    reading = read(
        event(
            "DTSTART:20270110T220000Z · DURATION:PT1H",
            "DESCRIPTION:" + "x" * (2 * LONGEST_LINE),
            "X-ODD;=;;:",
            "no colon at all",
        )
    )

    assert len(reading.opens) == 1
