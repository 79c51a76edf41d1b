"""The queues' other side.

Messages that are late, doubled, lost, delivered again, and given up, as a queue may do it.

Deliveries are peek-locked. A lock is renewed as long as its process runs; if it died or is stopped,
the message comes again. Service Bus loses no message that it accepted; this one does, so that
recovery is shown to need none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from shared.adapters.memory import MemoryQueues, Queued
from shared.domain.delivery import Delivery
from shared.domain.messages import Cause, Queue, QueueMessage, ScanRequest, UnreadableMessage
from tests.simulation.fault_rates import FaultRates
from tests.simulation.log import SimulationLog
from tests.simulation.loop import VirtualLoop
from tests.simulation.processes import Process

LOCK_SECONDS = 60.0
MAX_DELIVERIES = 5
#: between two looks for a process that can take another message
_RETRY_SECONDS = 1.0
#: nobody would ever ask again for these: that an accepted message arrives is Service Bus's promise
_NEVER_LOST = (Queue.NOTIFICATIONS, Queue.DEAD_LETTERS)
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message on its way.

    `dead`: why the queue gave it up; it is then a dead letter.
    """

    delivery: Delivery
    number: int
    deliveries: int = 0

    @property
    def message(self) -> QueueMessage | str:
        """What the message says, or its body where this release cannot read it."""
        try:
            return Queued(delivery=self.delivery, at=_ANY_TIME).message
        except (UnreadableMessage, KeyError):
            return self.delivery.body


def is_tick(message: QueueMessage | str) -> bool:
    """Whether it is a tick of the second clock, also one that a newer release wrote."""
    if isinstance(message, str):
        return '"cause": "tick"' in message or '"cause":"tick"' in message
    return isinstance(message, ScanRequest) and message.cause is Cause.TICK


class Broker:
    """Takes what was sent, and passes it through `deliver` to the process that `choose` finds."""

    def __init__(
        self,
        *,
        loop: VirtualLoop,
        start: datetime,
        queues: MemoryQueues,
        random: Random,
        log: SimulationLog,
        fault_rates: FaultRates,
        choose: Callable[[], Process | None],
        deliver: Callable[[Process, QueuedMessage], None],
    ) -> None:
        self.fault_rates = fault_rates
        #: messages, without ticks: one of those is always on its way
        self.on_the_way = 0
        self.ticks = 0
        self._loop = loop
        self._start = start
        self._queues = queues
        self._random = random
        self._log = log
        self._choose = choose
        self._deliver = deliver
        self._number = 0
        #: messages with a lower number were purged
        self._purged = 0

    def collect(self) -> None:
        """Take over what was sent since the last time."""
        for queue in self._queues.all:
            for queued in queue:
                at = (queued.at - self._start).total_seconds()
                self._send(QueuedMessage(delivery=queued.delivery, number=self._number), at)
                self._number += 1
            queue.clear()

    def _send(self, queued: QueuedMessage, at: float) -> None:
        fault_rates = self.fault_rates
        # Nobody would ever ask again for a notification: that its accepted message arrives is
        # Service Bus's promise.
        if queued.delivery.queue not in _NEVER_LOST and self._occurs(fault_rates.lost):
            self._log.fault("queue", "message lost", queued.message)
            return
        if self._occurs(fault_rates.doubled):
            self._log.fault("queue", "message doubled", queued.message)
            self._arrive(queued, at + self._random.choice((0.0, 0.0, 5.0, 300.0)))
        if self._occurs(fault_rates.late):
            late = self._random.choice((10.0, 120.0, 900.0))
            self._log.fault("queue", "message late", queued.message, f"{late:g} s")
            at += late
        self._arrive(queued, at + self._random.uniform(0.0, 0.5))

    def _arrive(self, queued: QueuedMessage, at: float) -> None:
        self._count(queued, 1)
        self._loop.at(at, lambda: self._dispatch(queued))

    def _dispatch(self, queued: QueuedMessage) -> None:
        if queued.number < self._purged:
            self._count(queued, -1)
            return
        process = self._choose()
        if process is None:
            self._loop.at(self._loop.time() + _RETRY_SECONDS, lambda: self._dispatch(queued))
            return
        self._deliver(process, queued)

    def purge(self) -> None:
        """Everything in the queues is lost, also scheduled messages. Deliveries continue."""
        self.collect()
        self._purged = self._number

    def complete(self, queued: QueuedMessage) -> None:
        """The reader has dealt with a message."""
        self._count(queued, -1)

    def _count(self, queued: QueuedMessage, change: int) -> None:
        if is_tick(queued.message):
            self.ticks += change
        else:
            self.on_the_way += change

    def abandon(self, queued: QueuedMessage, reason: str) -> None:
        """The reader failed, and could not even send a copy: immediately again.

        Given up after too many times. A dead letter is never given up.
        """
        self._count(queued, -1)
        again = replace(queued, deliveries=queued.deliveries + 1)
        if queued.delivery.queue is Queue.DEAD_LETTERS:
            self._arrive(again, self._loop.time() + LOCK_SECONDS)
        elif again.deliveries < MAX_DELIVERIES:
            self._arrive(again, self._loop.time())
        else:
            self._log.fault("queue", "message given up", queued.message)
            dead = queued.delivery.as_dead_letter(reason)
            self._arrive(replace(queued, delivery=dead, deliveries=0), self._loop.time())

    def unlock(self, queued: QueuedMessage) -> None:
        """The reader died or is stopped.

        The message comes again, perhaps while the first reader still works.
        """
        self._log.fault("queue", "message delivered again", queued.message)
        self._arrive(replace(queued, deliveries=queued.deliveries + 1), self._loop.time())

    def _occurs(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance
