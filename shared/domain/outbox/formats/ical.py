"""A calendar as text of RFC 5545 and 7986, as strict readers want it.

All instants are in UTC, because readers do not agree on zones. There is no METHOD, no organizer and
no attendee: nobody is asked to accept an outage.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from shared.domain.outbox.calendar_feed import FeedEvent, FeedStatus

CONTENT_TYPE = "text/calendar; charset=utf-8"
_LONGEST_LINE = 75  # octets, without the line end
_LAG = "As of {at:%d %b %H:%M} UTC. Calendars lag by up to a day: messages are quicker."


def calendar_text(
    events: Iterable[FeedEvent], name: str, installation: str, *, alarms: bool = False
) -> bytes:
    """The whole feed. `alarms`: one an hour before each event that is not cancelled."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Forestall//Calendar//EN",
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in events:
        lines += _event(event, installation, alarms=alarms)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event(event: FeedEvent, installation: str, *, alarms: bool) -> Iterator[str]:
    is_cancelled = event.status is FeedStatus.CANCELLED
    takes_time = not is_cancelled and not event.is_deadline
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}@{installation}"
    yield f"DTSTAMP:{_utc(event.changed_at)}"
    yield f"LAST-MODIFIED:{_utc(event.changed_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART:{_utc(event.start)}"
    yield f"DTEND:{_utc(event.end)}"
    yield f"SUMMARY:{_escaped(event.title)}"
    text = event.text + "\n" + _LAG.format(at=event.changed_at)
    yield f"DESCRIPTION:{_escaped(text)}"
    yield f"STATUS:{event.status}"
    yield f"TRANSP:{'OPAQUE' if takes_time else 'TRANSPARENT'}"
    if alarms and not is_cancelled:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_escaped(event.title)}"
        yield "TRIGGER:-PT1H"
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """The text as a value: the backslash first. Control characters have no place in a calendar."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(each for each in lines if each in "\n\t" or each.isprintable())
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets. No letter is cut; the space of a continuation counts."""
    part, size = "", 0
    for sign in line:
        more = len(sign.encode(errors="replace"))
        if size + more > _LONGEST_LINE:
            yield part
            part, size = " ", 1
        part += sign
        size += more
    yield part
