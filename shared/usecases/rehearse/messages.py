"""The messages of a rehearsal: sent through each queue, and put on record where they arrive.

Each queue gets two. One is handled. No handler takes the other, so that its queue gives it up and
forwards it, as it does with a message that kills its handler.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.delivery import Delivery
from shared.domain.messages import Queue
from shared.domain.rehearsal import subject_of
from shared.errors import QueueUnavailable
from shared.usecases.app import App
from shared.usecases.rehearse.start import RehearsalRefused, refusal

#: what gives messages up; `dead-letters` gets them
QUEUES = (Queue.SCANS, Queue.REDEPLOYS, Queue.NOTIFICATIONS)
_ARRIVED, _GIVEN_UP = "rehearsal.arrived", "rehearsal.dead_lettered"


class MeantToFail(Exception):
    """A message of a rehearsal that its queue is to give up. The host logs it at each delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """When the messages of each queue arrived. A queue that is missing: not yet."""

    handled: Mapping[str, datetime]
    given_up: Mapping[str, datetime]


async def send(app: App, rehearsal: str, *, by: str) -> Mapping[str, str] | RehearsalRefused:
    """Send both messages of each queue: what failed, by the queue's name; empty where none did."""
    if (refused := await refusal(app, rehearsal)) is not None:
        return refused
    found = {queue.value: await _sent(app, rehearsal, queue) for queue in QUEUES}
    failed = ", ".join(sorted(name for name, failure in found.items() if failure))
    await app.record(subject_of(rehearsal), "rehearsal.messages_sent", by=by, failed=failed or None)
    return found


async def arrive(app: App, delivery: Delivery) -> None:
    """Put the arrival of a message on record. Twice is no fault: the first one counts."""
    is_dead = delivery.queue is Queue.DEAD_LETTERS
    through = delivery.source if is_dead else delivery.queue
    await app.record(
        subject_of(delivery.rehearsal),
        "rehearsal.dead_lettered" if is_dead else "rehearsal.arrived",
        queue=None if through is None else through.value,
        reason=delivery.reason or None,
    )


async def arrivals(app: App, rehearsal: str) -> Arrivals | RehearsalRefused:
    """What has arrived by now."""
    if (refused := await refusal(app, rehearsal)) is not None:
        return refused
    handled, given_up = dict[str, datetime](), dict[str, datetime]()
    for line in await app.audit_trail.of(subject_of(rehearsal)):
        queue = line.detail.get("queue", "")
        if line.event == _ARRIVED:
            handled.setdefault(queue, line.at)
        elif line.event == _GIVEN_UP:
            given_up.setdefault(queue, line.at)
    return Arrivals(handled=handled, given_up=given_up)


async def _sent(app: App, rehearsal: str, queue: Queue) -> str:
    body = f'{{"rehearsal":"{rehearsal}"}}'
    message = Delivery(queue=queue, body=body, rehearsal=rehearsal)
    to_give_up = Delivery(queue=queue, body=body, rehearsal=rehearsal, must_fail=True)
    try:
        await app.queues.send_copy(message)
        await app.queues.send_copy(to_give_up)
    except QueueUnavailable as outage:
        return str(outage)
    return ""
