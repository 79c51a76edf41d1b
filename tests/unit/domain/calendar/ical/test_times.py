"""Times, zones and lengths in calendar files.

Cases that users of similar tools reported, each with its right value.
"""

import pytest

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

CUSTOM_ZONE = "\r\n".join(
    [
        *("BEGIN:VTIMEZONE", "TZID:Customized Time Zone"),
        *("BEGIN:STANDARD", "DTSTART:16011028T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        *("TZOFFSETFROM:+0400", "TZOFFSETTO:+0330", "END:STANDARD"),
        *("BEGIN:DAYLIGHT", "DTSTART:16010325T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
        *("TZOFFSETFROM:+0330", "TZOFFSETTO:+0400", "END:DAYLIGHT", "END:VTIMEZONE"),
    ]
)
IN_CUSTOM_ZONE = event("DTSTART;TZID=Customized Time Zone:20270710T220000 · DURATION:PT4H")


@pytest.mark.parametrize(
    ("tzid", "opens"),
    [
        ("W. Europe Standard Time", "2027-07-10 20:00Z"),  # C33
        ('"W. Europe Standard Time"', "2027-07-10 20:00Z"),
        ("Europe/Berlin", "2027-07-10 20:00Z"),
        ("America/New_York", "2027-07-11 02:00Z"),
        ("Eastern Standard Time", "2027-07-11 02:00Z"),
        ("India Standard Time", "2027-07-10 16:30Z"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "2027-07-10 20:00Z"),
        ("/freeassociation.sourceforge.net/America/Argentina/Salta", "2027-07-11 01:00Z"),
    ],
)
def test_a_tzid_names_a_place_or_is_a_name_of_windows(tzid: str, opens: str) -> None:
    reading = read(event(f"DTSTART;TZID={tzid}:20270710T220000 · DURATION:PT4H"))

    assert shown(reading.opens)[0].startswith(opens)
    assert reading.opens == reading.closes


def test_c33_the_whole_window_of_a_windows_zone() -> None:
    reading = read(event("DTSTART;TZID=W. Europe Standard Time:20270710T220000 · DURATION:PT4H"))

    assert shown(reading.opens) == ["2027-07-10 20:00Z to 2027-07-11 00:00Z"]


def test_c35_a_zone_that_only_the_file_defines() -> None:
    assert shown(read(CUSTOM_ZONE, IN_CUSTOM_ZONE).opens) == [
        "2027-07-10 18:00Z to 2027-07-10 22:00Z"
    ]


@pytest.mark.parametrize(
    ("start", "opens"),
    [
        ("20270110T220000", "2027-01-10 18:30Z"),  # winter
        ("20270328T015959", "2027-03-27 22:29Z"),  # just before the change
        ("20270328T030000", "2027-03-27 23:00Z"),  # just after it
        (
            "20271031T023000",
            "2027-10-30 22:30Z",
        ),  # shown twice, as 03:00 +0400 becomes 02:30 +0330: the first
        ("20271031T030000", "2027-10-30 23:30Z"),
        ("20360710T220000", "2036-07-10 18:00Z"),  # nine years on
    ],
)
def test_a_zone_of_the_file_changes_its_clocks_as_it_says(start: str, opens: str) -> None:
    reading = read(CUSTOM_ZONE, event(f"DTSTART;TZID=Customized Time Zone:{start} · DURATION:PT4H"))

    assert shown(reading.opens)[0].startswith(opens)


def test_c35_without_its_definition_the_file_is_unreadable_even_after_one_that_had_it() -> None:
    read(CUSTOM_ZONE, IN_CUSTOM_ZONE)

    assert "'Customized Time Zone' is no place, and the file does not define it" in why_unreadable(
        IN_CUSTOM_ZONE
    )


@pytest.mark.parametrize(
    "tzid", ["EST", "CET", "GMT+2", "localtime", "Berlin", "tzone://Microsoft/Custom"]
)
def test_a_tzid_that_means_no_place_is_never_read_as_utc(tzid: str) -> None:
    assert repr(tzid) in why_unreadable(
        event(f'DTSTART;TZID="{tzid}":20270710T220000 · DURATION:PT4H')
    )


def test_a_definition_with_a_location_means_that_place() -> None:
    """Offsets in exported files are often out of date; those of a place are kept up."""
    definition = CUSTOM_ZONE.replace(
        "BEGIN:STANDARD", "X-LIC-LOCATION:Europe/Berlin\r\nBEGIN:STANDARD", 1
    )

    assert shown(read(definition, IN_CUSTOM_ZONE).opens) == [
        "2027-07-10 20:00Z to 2027-07-11 00:00Z"
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("TZOFFSETTO:+0330", "TZOFFSETTO:3:30", "offsets such as +0100"),
        ("TZOFFSETTO:+0330", "TZOFFSETTO:+9900", "less than a day"),
        ("DTSTART:16011028T030000", "DTSTART:1601", "no local time"),
        ("BYDAY=-1SU;BYMONTH=10", "BYDAY=XX", "BYDAY"),
        ("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "FREQ=SECONDLY", "too often"),
    ],
)
def test_a_definition_that_is_not_understood_is_named(old: str, new: str, fault: str) -> None:
    reason = why_unreadable(CUSTOM_ZONE.replace(old, new, 1), IN_CUSTOM_ZONE)

    assert "its definition of the time zone 'Customized Time Zone' is not understood" in reason
    assert fault in reason


def test_a_zone_of_one_offset_and_one_of_two_eras() -> None:
    fixed = CUSTOM_ZONE[: CUSTOM_ZONE.index("BEGIN:DAYLIGHT")].replace(
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n", ""
    )
    until = CUSTOM_ZONE.replace("BYMONTH=10", "BYMONTH=10;UNTIL=20261024T230000Z").replace(
        "BYMONTH=3", "BYMONTH=3;UNTIL=20260327T223000Z"
    )

    assert shown(read(f"{fixed}END:VTIMEZONE", IN_CUSTOM_ZONE).opens)[0].startswith(
        "2027-07-10 18:30Z"
    )
    # Its last change was that of October 2026: in July 2027 it is still winter.
    assert shown(read(until, IN_CUSTOM_ZONE).opens)[0].startswith("2027-07-10 18:30Z")


def test_c37_times_without_a_zone_are_those_of_the_policy_or_of_the_files_header() -> None:
    local = event("DTSTART:20270110T220000 · DURATION:PT4H")
    plain, with_header = read(local), read("X-WR-TIMEZONE:America/New_York", local)

    assert shown(plain.opens) == ["2027-01-10 21:00Z to 2027-01-11 01:00Z"]
    assert plain.remarks == (
        "times without a zone are read in Europe/Berlin, the zone of the policy",
    )
    assert shown(with_header.opens) == ["2027-01-11 03:00Z to 2027-01-11 07:00Z"]
    assert with_header.remarks == (
        "times without a zone are read in America/New_York, the file's X-WR-TIMEZONE",
    )


def test_what_is_assumed_is_said_only_where_it_is_needed() -> None:
    assert read(event("DTSTART:20270110T220000Z · DURATION:PT4H")).remarks == ()
    assert "'Mars/Olympus' is no place" in why_unreadable(
        "X-WR-TIMEZONE:Mars/Olympus", event("DTSTART:20270110T220000 · DURATION:PT4H")
    )


@pytest.mark.parametrize(
    ("lines", "opens"),
    [
        # C39: the end is excluded, the day is local, and the end may be absent
        (
            "DTSTART;VALUE=DATE:20261224 · DTEND;VALUE=DATE:20261227",
            "2026-12-23 23:00Z to 2026-12-26 23:00Z",
        ),
        ("DTSTART;VALUE=DATE:20261224", "2026-12-23 23:00Z to 2026-12-24 23:00Z"),
        ("DTSTART;VALUE=DATE:20261224 · DURATION:P2D", "2026-12-23 23:00Z to 2026-12-25 23:00Z"),
        # the day on which clocks go forward has 23 hours, the one on which they go back 25
        ("DTSTART;VALUE=DATE:20270328", "2027-03-27 23:00Z to 2027-03-28 22:00Z"),
        ("DTSTART;VALUE=DATE:20271031", "2027-10-30 22:00Z to 2027-10-31 23:00Z"),
        # C55: days are local, hours are real
        (
            "DTSTART;TZID=Europe/Berlin:20270327T120000 · DURATION:P1D",
            "2027-03-27 11:00Z to 2027-03-28 10:00Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20270327T120000 · DURATION:PT24H",
            "2027-03-27 11:00Z to 2027-03-28 11:00Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20270327T120000 · DURATION:P1DT2H",
            "2027-03-27 11:00Z to 2027-03-28 12:00Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20270327T120000 · DURATION:P1W",
            "2027-03-27 11:00Z to 2027-04-03 10:00Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20271030T120000 · DURATION:P1D",
            "2027-10-30 10:00Z to 2027-10-31 11:00Z",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20271030T120000 · DURATION:PT24H",
            "2027-10-30 10:00Z to 2027-10-31 10:00Z",
        ),
        # an end in another zone
        (
            "DTSTART:20270110T210000Z · DTEND;TZID=America/New_York:20270110T180000",
            "2027-01-10 21:00Z to 2027-01-10 23:00Z",
        ),
        (
            "DTSTART:20270110T220000Z · DTEND;TZID=Europe/Berlin:20270110T235959",
            "2027-01-10 22:00Z to 2027-01-10 22:59Z",
        ),
    ],
)
def test_days_are_local_and_hours_are_real(lines: str, opens: str) -> None:
    reading = read(event(lines))

    assert shown(reading.opens) == [opens]
    assert shown(reading.closes) == [opens]


@pytest.mark.parametrize(
    ("lines", "opens", "closes"),
    [
        # DTSTART in an hour that the clock skips: read with the offset before the change
        (
            "DTSTART;TZID=Europe/Berlin:20270328T023000 · DURATION:PT1H",
            ["01:30 02:30"],
            ["01:30 02:30"],
        ),
        # DTEND in it: a window ends at the change, a blackout as late as any reading says
        (
            "DTSTART;TZID=Europe/Berlin:20270328T010000 · DTEND;TZID=Europe/Berlin:20270328T023000",
            ["00:00 01:00"],
            ["00:00 01:30"],
        ),
        # both, in this order on the clock: nothing of a window, all of a blackout
        (
            "DTSTART;TZID=Europe/Berlin:20270328T023000 · DTEND;TZID=Europe/Berlin:20270328T024500",
            [],
            ["01:00 01:45"],
        ),
        # an end that is shown twice: the first showing, and the last
        (
            "DTSTART;TZID=Europe/Berlin:20271031T010000 · DTEND;TZID=Europe/Berlin:20271031T023000",
            ["23:00 00:30"],
            ["23:00 01:30"],
        ),
        # a start that is shown twice: the first showing
        (
            "DTSTART;TZID=Europe/Berlin:20271031T023000 · DURATION:PT2H",
            ["00:30 02:30"],
            ["00:30 02:30"],
        ),
    ],
)
def test_when_clocks_change_doubt_opens_nothing_and_closes_all(
    lines: str, opens: list[str], closes: list[str]
) -> None:
    reading = read(event(lines))

    assert [f"{each.start:%H:%M} {each.end:%H:%M}" for each in reading.opens] == opens
    assert [f"{each.start:%H:%M} {each.end:%H:%M}" for each in reading.closes] == closes


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("SUMMARY:x", "'x': DTSTART is missing"),
        ("DTSTART:20270230T220000Z", "no date or time"),
        ("DTSTART:2027-01-10T22:00:00Z", "no date or time"),
        ("DTSTART:", "no date or time"),
        ("DTSTART:20270110T220000Z,20270111T220000Z", "no date or time"),
        ("DTSTART:20270110T250000Z", "no date or time"),
        ("DTSTART:20270110T220000Z · DTEND:20270110T210000Z", "DTEND lies before DTSTART"),
        ("DTSTART:20270110T220000Z · DTEND;VALUE=DATE:20270112", "both be days"),
        ("DTSTART:20270110T220000Z · DURATION:P", "no duration"),
        ("DTSTART:20270110T220000Z · DURATION:-PT1H", "no duration"),
        ("DTSTART:20270110T220000Z · DURATION:P1M", "no duration"),
        (
            "DTSTART:20270110T220000Z · DURATION:PT1H · RRULE:FREQ=FORTNIGHTLY",
            "FREQ must be one of",
        ),
        ("DTSTART:99991230T220000Z · DURATION:P9999W", "after the year 9999"),
    ],
)
def test_an_event_that_is_not_understood_makes_the_file_unreadable_and_is_named(
    lines: str, fault: str
) -> None:
    reason = why_unreadable(
        event("DTSTART:20270101T000000Z · DURATION:PT1H", uid="2"), event(lines)
    )

    assert fault in reason
    assert "its event " in reason


def test_an_event_without_length_opens_and_closes_nothing_and_people_are_told() -> None:
    reading = read(event("SUMMARY:a reminder · DTSTART:20270110T220000Z"))

    assert reading.opens == reading.closes == ()
    assert reading.remarks == ("'a reminder' has no length: it opens and closes nothing",)


def test_a_day_that_ends_where_it_starts_closes_and_opens_nothing() -> None:
    reading = read(event("DTSTART;VALUE=DATE:20261224 · DTEND;VALUE=DATE:20261224"))

    assert reading.opens == ()
    assert shown(reading.closes) == ["2026-12-23 23:00Z to 2026-12-24 23:00Z"]


def test_a_leap_second_is_the_second_before_it() -> None:
    reading = read_calendar(
        calendar(event("DTSTART:20270630T235960Z · DURATION:PT1H")), BERLIN, NOW
    )

    assert isinstance(reading, Reading)
    assert not isinstance(reading, UnreadableCalendar)
    assert f"{reading.opens[0].start:%H:%M:%S}" == "23:59:59"
