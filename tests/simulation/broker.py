"""The queues' other side: messages that are late, doubled, lost, delivered again, and given up, as a queue may do it.

Deliveries are peek-locked. A lock is renewed as long as its process runs; where it died or stands still, the message comes
again. Service Bus loses no message that it accepted; this one does, so that recovery is shown to need none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from shared.adapters.memory import MemoryQueues
from shared.domain.messages import Message, Notification
from tests.simulation.log import Log
from tests.simulation.loop import VirtualLoop
from tests.simulation.processes import Process
from tests.simulation.weather import Weather

LOCK = 60.0
MAX_DELIVERIES = 5
#: between two looks for a process that has a hand free
_RETRY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message on its way. `dead`: why the queue gave it up; it lies among the dead letters then."""

    message: Message
    number: int
    deliveries: int = 0
    dead: str | None = None


class Broker:
    """Takes what was sent, and hands it to whoever `choose` finds through `deliver`."""

    def __init__(
        self,
        *,
        loop: VirtualLoop,
        start: datetime,
        queues: MemoryQueues,
        random: Random,
        log: Log,
        weather: Weather,
        choose: Callable[[], Process | None],
        deliver: Callable[[Process, Envelope], None],
    ) -> None:
        self.weather = weather
        self.on_the_way = 0
        self._loop = loop
        self._start = start
        self._queues = queues
        self._random = random
        self._log = log
        self._choose = choose
        self._deliver = deliver
        self._number = 0

    def collect(self) -> None:
        """Take over what was sent since the last time."""
        for queue in (self._queues.scans, self._queues.steps, self._queues.notifications):
            for queued in queue:
                at = (queued.at - self._start).total_seconds()
                self._send(Envelope(message=queued.message, number=self._number), at)
                self._number += 1
            queue.clear()

    def _send(self, envelope: Envelope, at: float) -> None:
        weather = self.weather
        # Nobody would ever ask again for a notification: that its accepted message arrives is Service Bus's promise.
        if not isinstance(envelope.message, Notification) and self._strikes(weather.lost):
            self._log.fault("queue", "message lost", envelope.message)
            return
        if self._strikes(weather.doubled):
            self._log.fault("queue", "message doubled", envelope.message)
            self._on_its_way(envelope, at + self._random.choice((0.0, 0.0, 5.0, 300.0)))
        if self._strikes(weather.late):
            late = self._random.choice((10.0, 120.0, 900.0))
            self._log.fault("queue", "message late", envelope.message, f"{late:g} s")
            at += late
        self._on_its_way(envelope, at + self._random.uniform(0.0, 0.5))

    def _on_its_way(self, envelope: Envelope, at: float) -> None:
        self.on_the_way += 1
        self._loop.at(at, lambda: self._hand_over(envelope))

    def _hand_over(self, envelope: Envelope) -> None:
        process = self._choose()
        if process is None:
            self._loop.at(self._loop.time() + _RETRY, lambda: self._hand_over(envelope))
            return
        self._deliver(process, envelope)

    def complete(self) -> None:
        """The reader has dealt with a message."""
        self.on_the_way -= 1

    def abandon(self, envelope: Envelope, why: str) -> None:
        """The reader failed: at once again, and given up after too many times. A dead letter never is."""
        self.on_the_way -= 1
        again = replace(envelope, deliveries=envelope.deliveries + 1)
        if envelope.dead is not None:
            self._on_its_way(again, self._loop.time() + LOCK)
        elif again.deliveries < MAX_DELIVERIES:
            self._on_its_way(again, self._loop.time())
        else:
            self._log.fault("queue", "message given up", envelope.message)
            self._on_its_way(replace(envelope, deliveries=0, dead=why), self._loop.time())

    def unlock(self, envelope: Envelope) -> None:
        """The reader died or stands still: the message comes again, perhaps while the first reader still works."""
        self._log.fault("queue", "message delivered again", envelope.message)
        self._on_its_way(replace(envelope, deliveries=envelope.deliveries + 1), self._loop.time())

    def _strikes(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance
