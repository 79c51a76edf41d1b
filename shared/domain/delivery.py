"""A delivered message that was not handled: when it is tried again, and when it is given up. Pure.

Service Bus delivers a message again immediately, so ten deliveries are used up within seconds. A
handler therefore sends a copy that is due later, and completes the message.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Self

from shared.domain.messages import Queue
from shared.domain.utc import require_aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message as a handler gets it. A copy has the body, and counts on."""

    queue: Queue
    body: str
    #: 1 for the message itself, 2 for its first copy
    attempt: int = 1
    #: when the first attempt failed; None before that
    failing_since: datetime | None = None
    #: for a dead letter: the queue that gave the message up, and why
    source: Queue | None = None
    reason: str = ""
    #: the point of the stored state that its sender knew of (`generation.Point`); empty: unknown
    generation: str = ""
    #: of a message of a rehearsal: which one; its body asks for nothing
    rehearsal: str = ""
    #: a message of a rehearsal that no handler takes, so that its queue gives it up
    must_fail: bool = False

    def __post_init__(self) -> None:
        require_aware(failing_since=self.failing_since)

    def copy(self, now: datetime) -> Self:
        """The next attempt."""
        since = self.failing_since or now
        return replace(self, attempt=self.attempt + 1, failing_since=since)

    def as_dead_letter(self, reason: str) -> "Delivery":
        """The message as the queue of dead letters gets it."""
        return Delivery(
            queue=Queue.DEAD_LETTERS,
            body=self.body,
            source=self.queue,
            reason=reason[:LONGEST_REASON],
        )


#: a longer one could not travel in a property
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How a kind of fault is waited out: `first` wait, doubled up to `longest`."""

    first: timedelta
    longest: timedelta
    #: attempts in total; None: no limit of that kind
    attempts: int | None = None


class Fault(Enum):
    """Why a message was not handled."""

    OUTAGE = Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=10))
    #: a message of a newer release: an instance of that release may take the copy
    NEWER = Backoff(first=timedelta(minutes=5), longest=timedelta(minutes=5))
    #: no release wrote the message, so waiting does not help
    UNREADABLE = Backoff(first=timedelta(0), longest=timedelta(0), attempts=1)
    #: a bug of the app, which may come from a state that passes
    BUG = Backoff(first=timedelta(seconds=30), longest=timedelta(minutes=5), attempts=5)


#: how long copies are sent during an outage. The next tick asks for a scan again, and recovery for
#: a step: copies beside those would only multiply. Nothing sends a notification or a dead letter
#: again.
_GIVEN_UP_AFTER: dict[Queue, timedelta | None] = {
    Queue.SCANS: timedelta(hours=1),
    Queue.REDEPLOYS: timedelta(minutes=5),
    Queue.NOTIFICATIONS: None,
    Queue.DEAD_LETTERS: None,
}
#: for a message of a newer release, in each queue
_NEWER_GIVEN_UP_AFTER = timedelta(days=1)
#: part of a wait by which two copies of one outage differ at most
_JITTER = 0.2


def next_attempt(
    delivery: Delivery, fault: Fault, now: datetime, retry_after: timedelta | None = None
) -> datetime | None:
    """When a copy of the message is due; None if the message is given up.

    `retry_after`: the wait that an outage asked for. The jitter comes from the message itself.
    """
    backoff: Backoff = fault.value
    if backoff.attempts is not None and delivery.attempt >= backoff.attempts:
        return None
    since = delivery.failing_since or now
    limit = _limit(delivery.queue, fault)
    if limit is not None and now - since >= limit:
        return None
    doubled: timedelta = backoff.first * 2 ** min(delivery.attempt - 1, 20)
    wait = min(doubled, backoff.longest) * (1 - _JITTER * _fraction(delivery))
    return now + max(wait, retry_after or wait)


def _limit(queue: Queue, fault: Fault) -> timedelta | None:
    match fault:
        case Fault.OUTAGE:
            return _GIVEN_UP_AFTER[queue]
        case Fault.NEWER:
            return _NEWER_GIVEN_UP_AFTER
        case _:
            return None


def _fraction(delivery: Delivery) -> float:
    """Between 0 and 1; the same for the same attempt of the same message."""
    digest = hashlib.sha256(f"{delivery.attempt}|{delivery.body}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
