"""What a copy of a message carries beside its body, as properties of the message. Pure.

{"attempt": 3, "failingSince": "2026-11-23T16:05:00+00:00", "source": "scans",
"DeadLetterReason": "MaxDeliveryCountExceeded"}
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from shared.domain.delivery import LONGEST_REASON, Delivery
from shared.domain.messages import JobStep, Notification, Queue, ScanRequest
from shared.domain.rehearsal import is_rehearsal_id

_ATTEMPT, _FAILING_SINCE, _SOURCE = "attempt", "failingSince", "source"
#: of a message of a rehearsal: which one, and whether its queue is to give it up
_REHEARSAL, _MUST_FAIL = "rehearsal", "mustFail"
#: every message carries it, also one that is no copy
GENERATION = "generation"
#: as Service Bus names it in a message that it gave up itself
_REASON = "DeadLetterReason"
#: subjects of the messages that the app sends
_SUBJECTS = {
    ScanRequest.__name__.lower(): Queue.SCANS,
    JobStep.__name__.lower(): Queue.REDEPLOYS,
    Notification.__name__.lower(): Queue.NOTIFICATIONS,
}
_GIVEN_UP = "given up by the queue"


def properties_of(copy: Delivery) -> dict[str, str | int]:
    """The properties that `delivery_of` reads."""
    found: dict[str, str | int] = {_ATTEMPT: copy.attempt}
    if copy.failing_since is not None:
        found[_FAILING_SINCE] = copy.failing_since.isoformat()
    if copy.source is not None:
        found[_SOURCE] = copy.source.value
    if copy.reason:
        found[_REASON] = copy.reason
    if copy.rehearsal:
        found[_REHEARSAL] = copy.rehearsal
        if copy.must_fail:
            found[_MUST_FAIL] = 1
    return found


def delivery_of(
    queue: Queue,
    body: bytes,
    properties: Mapping[str, object] | None,
    *,
    dead_letter_source: str | None = None,
    subject: str | None = None,
) -> Delivery:
    """A message as it was received. Properties that make no sense are ignored.

    `dead_letter_source`: the queue that Service Bus forwarded a dead letter from. Without it the
    `subject` tells the queue.
    """
    given = properties or {}
    is_dead = queue is Queue.DEAD_LETTERS
    reason = str(given.get(_REASON) or _GIVEN_UP)[:LONGEST_REASON]
    rehearsal = str(given.get(_REHEARSAL) or "")
    is_rehearsal = is_rehearsal_id(rehearsal)
    return Delivery(
        queue=queue,
        body=body.decode("utf-8", errors="replace"),
        attempt=_attempt(given.get(_ATTEMPT)),
        failing_since=_instant(given.get(_FAILING_SINCE)),
        source=_source(given.get(_SOURCE), dead_letter_source, subject) if is_dead else None,
        reason=reason if is_dead else "",
        generation=str(given.get(GENERATION) or ""),
        rehearsal=rehearsal if is_rehearsal else "",
        must_fail=is_rehearsal and not is_dead and str(given.get(_MUST_FAIL)) == "1",
    )


def _attempt(value: object) -> int:
    # The host hands numbers on as they are, or as texts.
    with suppress(ValueError):
        return max(1, int(str(value)))
    return 1


def _instant(value: object) -> datetime | None:
    with suppress(ValueError):
        instant = datetime.fromisoformat(str(value))
        return instant if instant.tzinfo is not None else None
    return None


def _source(*names: object) -> Queue | None:
    """The queue of the first name that is one, in any case; None if none is."""
    queues = {queue.value: queue for queue in Queue} | _SUBJECTS
    found = (queues.get(str(name).lower()) for name in names)
    return next((queue for queue in found if queue not in (None, Queue.DEAD_LETTERS)), None)
