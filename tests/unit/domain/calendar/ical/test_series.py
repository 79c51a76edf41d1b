"""Series of events: rules, exclusions and changed occurrences, after reports of users."""

import pytest

from tests.unit.domain.calendar.ical.files import event, read, shown, starts, why_unreadable

MASTER = event(
    "SEQUENCE:3 · DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H",
    "RRULE:FREQ=WEEKLY;COUNT=4",
)


def change(*lines: str, sequence: int = 1) -> str:
    return event(f"SEQUENCE:{sequence}", *lines)


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        # C41: the day of UNTIL counts whole
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;BYDAY=SU;UNTIL=20270131"
            ),
            ["01-03", "01-10", "01-17", "01-24", "01-31"],
        ),
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;UNTIL=20270131T010000Z"
            ),
            ["01-03", "01-10", "01-17", "01-24", "01-31"],
        ),
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;UNTIL=20270131T005959Z"
            ),
            ["01-03", "01-10", "01-17", "01-24"],
        ),
        # C51: COUNT counts before EXDATE
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;COUNT=5 · EXDATE;TZID=Europe/Berlin:20270110T020000"
            ),
            ["01-03", "01-17", "01-24", "01-31"],
        ),
        # C43: EXDATE in UTC, and in another zone
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;COUNT=5 · EXDATE:20270117T010000Z"
            ),
            ["01-03", "01-10", "01-24", "01-31"],
        ),
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;COUNT=5 · EXDATE;TZID=America/New_York:20270116T200000"
            ),
            ["01-03", "01-10", "01-24", "01-31"],
        ),
        # C52: COUNT is of occurrences, not of weeks
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270106T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;BYDAY=WE,TH,FR;COUNT=10"
            ),
            [
                *("01-06", "01-07", "01-08", "01-13", "01-14", "01-15"),
                *("01-20", "01-21", "01-22", "01-27"),
            ],
        ),
        # C53: a month without a 31st has none
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270131T020000 · DURATION:PT2H"
                " · RRULE:FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20271231"
            ),
            ["01-31", "03-31", "05-31", "07-31", "08-31", "10-31", "12-31"],
        ),
        # C54: and the usual remedies
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270130T020000 · DURATION:PT2H"
                " · RRULE:FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;COUNT=5"
            ),
            ["01-30", "02-28", "03-30", "04-30", "05-30"],
        ),
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270129T020000 · DURATION:PT2H"
                " · RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=6"
            ),
            ["01-29", "02-26", "03-31", "04-30", "05-31", "06-30"],
        ),
        # C58: which weeks are counted depends on WKST
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270105T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=5"
            ),
            ["01-05", "01-10", "01-19", "01-24", "02-02"],
        ),
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270105T020000 · DURATION:PT2H"
                " · RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=5;WKST=SU"
            ),
            ["01-05", "01-17", "01-19", "01-31", "02-02"],
        ),
        # added one by one
        (
            (
                "DTSTART;TZID=Europe/Berlin:20270103T020000 · DURATION:PT2H"
                " · RDATE;TZID=Europe/Berlin:20270106T020000,20270108T020000"
            ),
            ["01-03", "01-06", "01-08"],
        ),
    ],
)
def test_the_days_of_a_series(lines: str, days: list[str]) -> None:
    reading = read(event(lines))

    assert [each[:5] for each in starts(reading.opens)] == days
    assert reading.opens == reading.closes


def test_c12_the_29th_of_february_comes_every_four_years() -> None:
    lines = "DTSTART;TZID=Europe/Berlin:20240229T020000 · DURATION:PT2H · RRULE:FREQ=YEARLY"

    assert shown(read(event(lines)).opens)[:2] == [
        "2028-02-29 01:00Z to 2028-02-29 03:00Z",
        "2032-02-29 01:00Z to 2032-02-29 03:00Z",
    ]


def test_c45_a_moved_occurrence_replaces_the_old_one_in_any_zone_and_sequence() -> None:
    moved = change(
        "RECURRENCE-ID;TZID=America/New_York:20270109T200000",
        "DTSTART;TZID=Europe/Berlin:20270112T020000 · DTEND;TZID=Europe/Berlin:20270112T040000",
    )

    assert starts(read(MASTER, moved).opens) == [
        "01-03 01:00",
        "01-12 01:00",
        "01-17 01:00",
        "01-24 01:00",
    ]


def test_c46_an_occurrence_that_was_moved_far_is_found() -> None:
    master = event(
        "DTSTART;TZID=Europe/Berlin:20270307T020000 · DURATION:PT2H · RRULE:FREQ=WEEKLY;COUNT=4"
    )
    moved = change(
        "RECURRENCE-ID;TZID=Europe/Berlin:20270314T020000",
        "DTSTART;TZID=Europe/Berlin:20270112T020000 · DTEND;TZID=Europe/Berlin:20270112T040000",
    )

    assert shown(read(master, moved).opens)[0] == "2027-01-12 01:00Z to 2027-01-12 03:00Z"


@pytest.mark.parametrize("parts", [(MASTER,), ()])
def test_c46_a_change_of_an_occurrence_that_is_in_no_series_closes_and_opens_nothing(
    parts: tuple[str, ...],
) -> None:
    orphan = change(
        "SUMMARY:an orphan · RECURRENCE-ID;TZID=Europe/Berlin:20280109T020000",
        "DTSTART;TZID=Europe/Berlin:20270112T020000 · DURATION:PT2H",
    )
    reading = read(*parts, orphan)

    assert "2027-01-12 01:00Z to 2027-01-12 03:00Z" in shown(reading.closes)
    assert "2027-01-12 01:00Z to 2027-01-12 03:00Z" not in shown(reading.opens)
    assert "'an orphan' changes an occurrence that the file does not have" in reading.remarks[0]


def test_c47_a_change_of_this_and_all_later_ones() -> None:
    later = change(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270117T020000",
        "DTSTART;TZID=Europe/Berlin:20270117T040000 · DTEND;TZID=Europe/Berlin:20270117T060000",
    )

    assert starts(read(MASTER, later).opens) == [
        "01-03 01:00",
        "01-10 01:00",
        "01-17 03:00",
        "01-24 03:00",
    ]


def test_c47_a_range_that_is_not_known_makes_the_file_unreadable() -> None:
    earlier = change(
        "RECURRENCE-ID;RANGE=THISANDPRIOR;TZID=Europe/Berlin:20270117T020000",
        "DTSTART;TZID=Europe/Berlin:20270117T040000 · DURATION:PT2H",
    )

    assert "RANGE=THISANDPRIOR" in why_unreadable(MASTER, earlier)


def test_c48_what_is_cancelled_neither_opens_nor_closes() -> None:
    cancelled = change(
        "RECURRENCE-ID;TZID=Europe/Berlin:20270110T020000 · STATUS:CANCELLED",
        "DTSTART;TZID=Europe/Berlin:20270110T020000 · DURATION:PT2H",
    )
    single = event("DTSTART:20270201T020000Z · DURATION:PT2H · STATUS:CANCELLED", uid="2")
    reading = read(MASTER, cancelled, single)

    assert starts(reading.opens) == ["01-03 01:00", "01-17 01:00", "01-24 01:00"]
    assert reading.closes == reading.opens
    assert reading.cancelled == 2


def test_c48_a_file_that_is_a_cancellation_has_nothing() -> None:
    reading = read("METHOD:CANCEL", MASTER)

    assert reading.opens == reading.closes == ()


def test_c50_an_event_that_is_shown_as_free_closes_all_the_same() -> None:
    freeze = event("DTSTART;VALUE=DATE:20261224 · DTEND;VALUE=DATE:20261227 · TRANSP:TRANSPARENT")
    tentative = event("DTSTART:20270201T020000Z · DURATION:PT2H · STATUS:TENTATIVE", uid="2")
    reading = read(freeze, tentative)

    assert shown(reading.closes) == [
        "2026-12-23 23:00Z to 2026-12-26 23:00Z",
        "2027-02-01 02:00Z to 2027-02-01 04:00Z",
    ]
    assert shown(reading.opens) == ["2026-12-23 23:00Z to 2026-12-26 23:00Z"]
    assert (reading.events, reading.free, reading.tentative, reading.cancelled) == (2, 1, 1, 0)


def test_c52_a_start_that_the_rule_does_not_name_closes_and_opens_nothing() -> None:
    reading = read(
        event(
            "DTSTART;TZID=Europe/Berlin:20270106T020000 · DURATION:PT2H"
            " · RRULE:FREQ=WEEKLY;BYDAY=SU;COUNT=3"
        )
    )

    assert starts(reading.closes) == ["01-06 01:00", "01-10 01:00", "01-17 01:00", "01-24 01:00"]
    assert starts(reading.opens) == ["01-10 01:00", "01-17 01:00"]
    assert "a day that its rule does not name" in reading.remarks[0]


def test_c57_an_occurrence_in_an_hour_that_the_clock_skips() -> None:
    reading = read(
        event(
            "DTSTART;TZID=Europe/Berlin:20270321T023000 · DURATION:PT1H · RRULE:FREQ=WEEKLY;COUNT=3"
        )
    )

    assert starts(reading.opens) == ["03-21 01:30", "04-04 00:30"]
    assert shown(reading.closes)[1] == "2027-03-28 01:30Z to 2027-03-28 02:30Z"


def test_a_series_that_is_there_twice_opens_by_its_newer_copy_and_closes_by_both() -> None:
    older = event("SEQUENCE:1 · DTSTART:20270103T020000Z · DURATION:PT2H")
    newer = event("SEQUENCE:2 · DTSTART:20270104T020000Z · DURATION:PT2H")
    reading = read(newer, older)

    assert starts(reading.opens) == ["01-04 02:00"]
    assert starts(reading.closes) == ["01-03 02:00", "01-04 02:00"]
    assert "there twice under one UID" in reading.remarks[0]


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=2MO", "BYDAY with a number"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT"),
        ("FREQ=WEEKLY;WKST=XX", "WKST"),
        ("FREQ=WEEKLY;BYEASTER=1", "BYEASTER"),
        ("FREQ=WEEKLY;FREQ=DAILY", "there twice"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=WEEKLY;UNTIL=soon", "UNTIL"),
        ("RSCALE=HEBREW;FREQ=YEARLY", "RSCALE"),
    ],
)
def test_a_rule_that_is_not_understood_is_named_with_its_event(rule: str, part: str) -> None:
    reason = why_unreadable(
        event(f"SUMMARY:nightly · DTSTART:20270103T020000Z · DURATION:PT2H · RRULE:{rule}")
    )

    assert "its event 'nightly'" in reason
    assert part in reason
