"""The calendar for readers: judged by icalendar, an independent parser."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from shared.domain.outbox.calendar_feed import (
    CalendarFeed,
    FeedAddress,
    FeedStatus,
    PlannedStart,
    address_of_token,
    hash_of,
    update,
)
from shared.domain.outbox.formats.ical import calendar_text
from tests.unit.domain.outbox.samples import HOSTILE
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW

ZONE = "Europe/Berlin"
CLOSES = NOW + 25 * DAY
NIGHT = datetime.fromisoformat("2026-12-06T00:00:00Z")  # 01:00 in Berlin


def a_start(name: str = "crm-db-2", **changes: Any) -> PlannedStart:
    return PlannedStart(
        **{
            "wave": NOW - DAY,
            "group": "crm",
            "name": name,
            "start": NIGHT,
            "end": NIGHT + HOUR,
            "deadline": CLOSES,
            "is_fixed": True,
            **changes,
        }
    )


def updated(feed: CalendarFeed, *starts: PlannedStart, now: datetime = NOW) -> CalendarFeed:
    return update(feed, starts, now, ZONE, "")


def parsed(feed: CalendarFeed, *, alarms: bool = False) -> list[Any]:
    text = calendar_text(feed.events.values(), "Forestall", "prod", alarms=alarms)
    return list(Calendar.from_ical(text).walk("VEVENT"))


def work(feed: CalendarFeed) -> Any:
    (event,) = [each for each in feed.events.values() if not each.is_deadline]
    return event


def test_an_event_is_in_utc_and_names_the_local_hours() -> None:
    feed = updated(CalendarFeed(), a_start(), a_start("crm-db-3"))
    one, deadline = parsed(feed)
    assert one["DTSTART"].to_ical() == b"20261206T000000Z"
    assert one["DTEND"].to_ical() == b"20261206T010000Z"
    assert str(one["SUMMARY"]) == "crm: 2 machines may go down"
    assert "Sun 6 Dec 01:00 Europe/Berlin" in str(one["DESCRIPTION"])
    assert one["STATUS"] == "CONFIRMED"
    assert deadline["DTEND"].dt == CLOSES
    assert deadline["TRANSP"] == "TRANSPARENT"


def test_the_same_plan_gives_the_same_bytes() -> None:
    feed = updated(CalendarFeed(), a_start())
    assert updated(feed, a_start(), now=NOW + HOUR) == feed


def test_a_plan_that_moves_within_the_day_keeps_its_event_and_raises_its_number() -> None:
    feed = updated(CalendarFeed(), a_start())
    moved = a_start(start=NIGHT + HOUR, end=NIGHT + 2 * HOUR)
    after = updated(feed, moved, now=NOW + HOUR)
    assert set(after.events) == set(feed.events)
    one = work(after)
    assert (one.sequence, one.changed_at) == (1, NOW + HOUR)
    minutes = a_start(start=NIGHT + 61 * MINUTE, end=NIGHT + 2 * HOUR - MINUTE)
    assert updated(after, minutes, now=NOW + 2 * HOUR) == after


def test_a_start_that_others_may_move_is_tentative() -> None:
    assert work(updated(CalendarFeed(), a_start(is_fixed=False))).status is FeedStatus.TENTATIVE


def test_a_wave_that_goes_away_is_cancelled_and_later_left_out() -> None:
    feed = updated(CalendarFeed(), a_start())
    gone = updated(feed, now=NOW + HOUR)
    assert {each.status for each in gone.events.values()} == {FeedStatus.CANCELLED}
    for event in parsed(gone, alarms=True):
        assert event["STATUS"] == "CANCELLED"
        assert str(event["SUMMARY"]).startswith("Cancelled: ")
        assert int(event["SEQUENCE"]) == 1
        assert event["TRANSP"] == "TRANSPARENT"
        assert event.walk("VALARM") == []
    assert updated(gone, now=NOW + 2 * HOUR) == gone
    assert updated(gone, now=CLOSES + 31 * DAY).events == {}
    back = updated(gone, a_start(), now=NOW + 3 * HOUR)
    assert (work(back).status, work(back).sequence) == (FeedStatus.CONFIRMED, 2)


def test_work_that_has_begun_keeps_its_beginning_and_is_never_cancelled() -> None:
    feed = updated(
        CalendarFeed(), a_start(), a_start("b", start=NIGHT + HOUR, end=NIGHT + 2 * HOUR)
    )
    during = NIGHT + HOUR
    after = updated(feed, a_start("b", start=during, end=NIGHT + 2 * HOUR), now=during)
    assert work(after) == work(feed)
    done = updated(after, now=NIGHT + 3 * HOUR)
    assert work(done).status is FeedStatus.CONFIRMED


def test_alarms_are_for_those_who_ask() -> None:
    feed = updated(CalendarFeed(), a_start())
    assert not any(each.walk("VALARM") for each in parsed(feed))
    assert all(len(each.walk("VALARM")) == 1 for each in parsed(feed, alarms=True))


def test_a_calendar_without_events_is_one() -> None:
    text = calendar_text((), "Forestall", "prod")
    assert Calendar.from_ical(text)["VERSION"] == "2.0"
    assert b"METHOD" not in text
    assert b"TZID" not in text


@given(st.text(max_size=300) | st.sampled_from(HOSTILE))
def test_any_text_is_folded_by_octets_and_read_back(title: str) -> None:
    event = replace(work(updated(CalendarFeed(), a_start())), title=title)
    text = calendar_text([event], "n", "prod")
    for line in text.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert b"\n" not in text.replace(b"\r\n", b"")
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    lines = title.replace("\r\n", "\n").replace("\r", "\n")
    assert str(found["SUMMARY"]) == "".join(e for e in lines if e in "\n\t" or e.isprintable())


def test_the_cut_is_never_in_a_letter() -> None:
    event = replace(work(updated(CalendarFeed(), a_start())), title="x" * 66 + "Ü crm")
    text = calendar_text([event], "n", "prod")
    assert ("SUMMARY:" + "x" * 66 + "\r\n Ü crm").encode() in text


@pytest.mark.parametrize(("token", "is_known"), [("right", True), ("wrong", False), ("", False)])
def test_a_token_opens_its_address_alone(
    token: str,
    is_known: bool,
) -> None:
    address = FeedAddress(
        name="crm", token_hash=hash_of("right"), group="crm", by="ada", at=NOW + timedelta(0)
    )
    found = address_of_token(CalendarFeed(addresses=(address,)), token)
    assert (found is not None) is is_known
