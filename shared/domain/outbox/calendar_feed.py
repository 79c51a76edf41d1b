"""The calendar that people subscribe to: one stored value with its events and addresses. Pure.

An event is the work of one group and wave on one day, in the zone of the policy. Its UID has no
hour, so a plan that moves within the day keeps its event. A change that a reader can see
raises SEQUENCE. The plan moves by minutes all the time, so times are kept in quarters of an hour.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.domain.calendar.zones.names import zone as zone_of
from shared.domain.outbox.local_time import local_time
from shared.domain.outbox.message import MOST_NAMES
from shared.domain.outbox.news import digest
from shared.domain.utc import in_utc, require_aware

#: of the whole feed: they fit into its row
MOST_EVENTS, MOST_ADDRESSES = 300, 100
_QUARTER = timedelta(minutes=15)
#: how long an event stays that is over or cancelled
_KEPT = timedelta(days=30)
_DEADLINE = timedelta(hours=1)
NO_GROUP = "no group"


class FeedStatus(StrEnum):
    """As RFC 5545 names it."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStart:
    """One machine of the plan, as far as a calendar shows it."""

    wave: datetime
    group: str
    name: str
    start: datetime
    end: datetime
    deadline: datetime | None
    is_fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One event. `changed_at`: when a reader would last have seen something else."""

    uid: str
    group: str
    title: str
    text: str
    start: datetime
    end: datetime
    status: FeedStatus
    #: a deadline takes no time of anybody
    is_deadline: bool = False
    sequence: int = 0
    changed_at: datetime

    def __post_init__(self) -> None:
        require_aware(start=self.start, end=self.end, changed_at=self.changed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddress:
    """A secret address: the hash of its token, what it shows, and who made it."""

    name: str
    token_hash: str
    #: empty: all groups
    group: str
    by: str
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFeed:
    """All events by UID, and all addresses."""

    events: Mapping[str, FeedEvent] = field(default_factory=dict)
    addresses: tuple[FeedAddress, ...] = ()


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def address_of_token(feed: CalendarFeed, token: str) -> FeedAddress | None:
    """The address with this token. Every one is compared, each in constant time."""
    given = hash_of(token)
    found = [each for each in feed.addresses if hmac.compare_digest(each.token_hash, given)]
    return found[0] if found else None


def update(
    feed: CalendarFeed, starts: Iterable[PlannedStart], now: datetime, zone: str, link: str
) -> CalendarFeed:
    """The feed after a new plan. The same plan changes nothing."""
    planned = _planned(starts, now, zone, link)
    events: dict[str, FeedEvent] = {}
    for uid, event in planned.items():
        events[uid] = _changed(feed.events.get(uid), event, now)
    for uid, event in feed.events.items():
        if uid not in events:
            events[uid] = _ended(event, now)
    kept = [each for each in events.values() if now - max(each.end, each.changed_at) < _KEPT]
    kept.sort(key=lambda each: (each.start, each.uid))
    return replace(feed, events={each.uid: each for each in kept[-MOST_EVENTS:]})


def _planned(
    starts: Iterable[PlannedStart], now: datetime, zone: str, link: str
) -> dict[str, FeedEvent]:
    days: dict[tuple[str, str, str], list[PlannedStart]] = {}
    deadlines: dict[tuple[str, str], datetime] = {}
    for each in starts:
        wave = in_utc(each.wave).date().isoformat()
        day = each.start.astimezone(zone_of(zone)).date().isoformat()
        days.setdefault((wave, each.group, day), []).append(each)
        if each.deadline is not None:
            known = deadlines.get((wave, each.group), each.deadline)
            deadlines[wave, each.group] = min(known, each.deadline)
    found = [_day_event(key, those, now, zone, link) for key, those in days.items()]
    found += [_deadline_event(key, end, now, zone) for key, end in deadlines.items()]
    return {each.uid: each for each in found}


def _day_event(
    key: tuple[str, str, str],
    starts: Sequence[PlannedStart],
    now: datetime,
    zone: str,
    link: str,
) -> FeedEvent:
    wave, group, day = key
    ordered = sorted(starts, key=lambda each: (each.start, each.name))
    names = [each.name for each in ordered[:MOST_NAMES]]
    more = len(ordered) - len(names)
    first = _down(ordered[0].start)
    last = _up(max(each.end for each in ordered))
    local = f"{local_time(first, zone)} to {local_time(last, zone)}"
    listed = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
    count = f"{len(ordered)} machine{'' if len(ordered) == 1 else 's'}"
    return FeedEvent(
        uid=_uid(wave, group, day),
        group=group,
        title=f"{group or NO_GROUP}: {count} may go down",
        text=f"{local}\n{listed}\nThis is a forecast.{f' {link}' if link else ''}",
        start=first,
        end=max(last, first + _QUARTER),
        status=FeedStatus.CONFIRMED
        if all(each.is_fixed for each in ordered)
        else FeedStatus.TENTATIVE,
        changed_at=now,
    )


def _deadline_event(key: tuple[str, str], end: datetime, now: datetime, zone: str) -> FeedEvent:
    wave, group = key
    return FeedEvent(
        uid=_uid(wave, group, "deadline"),
        group=group,
        title=f"{group or NO_GROUP}: Azure's self-service phase closes",
        text=f"{local_time(end, zone)}\nAzure restarts what was not moved by then when it likes.",
        start=end - _DEADLINE,
        end=end,
        status=FeedStatus.CONFIRMED,
        is_deadline=True,
        changed_at=now,
    )


def _changed(before: FeedEvent | None, event: FeedEvent, now: datetime) -> FeedEvent:
    """The event with the history of its former state.

    Work that has begun keeps its beginning and its names: machines that are done leave the plan.
    """
    if before is None:
        return event
    if before.start <= now and before.status is not FeedStatus.CANCELLED and not event.is_deadline:
        event = replace(
            event,
            start=before.start,
            end=max(before.end, event.end),
            title=before.title,
            text=before.text,
            status=before.status,
        )
    same = replace(event, sequence=before.sequence, changed_at=before.changed_at)
    if same == before:
        return before
    return replace(event, sequence=before.sequence + 1, changed_at=now)


def _ended(event: FeedEvent, now: datetime) -> FeedEvent:
    """An event that is not planned any more: past, or cancelled."""
    if event.status is FeedStatus.CANCELLED or event.start <= now:
        return event
    return replace(
        event,
        status=FeedStatus.CANCELLED,
        title=f"Cancelled: {event.title}",
        sequence=event.sequence + 1,
        changed_at=now,
    )


def _uid(wave: str, group: str, occasion: str) -> str:
    return digest("calendar", wave, group, occasion)


def _down(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) // 900 * 900
    return datetime.fromtimestamp(seconds, tz=UTC)


def _up(moment: datetime) -> datetime:
    seconds = -(int(-moment.timestamp()) // 900 * 900)
    return datetime.fromtimestamp(seconds, tz=UTC)
