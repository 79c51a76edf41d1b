"""A clock that only a test moves, and receivers that only store.

For tests of the broker's core.
"""

import uuid
from dataclasses import dataclass, field

from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.message import Message
from sandbox.azure.servicebus.broker.session import Session
from sandbox.azure.servicebus.sections import Content

START = 1_800_000_000.0  # some day in 2027


class VirtualTime:
    """Advancing it runs everything that is due on the way, each thing at its own time."""

    def __init__(self) -> None:
        self._now = START
        self.agenda = TimerQueue(lambda: self._now)

    @property
    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        end = self._now + seconds
        while (due := self.agenda.next_due()) is not None and due <= end:
            self._now = max(self._now, due)
            self.agenda.run_due()
        self._now = end

    def let_things_happen(self) -> None:
        self.advance(0)


@dataclass(eq=False)
class Receiver:
    """Takes as many messages as it has credit for."""

    credit: int = 100
    deletes_on_receive: bool = False
    received: list[Message] = field(default_factory=list)
    tokens: list[uuid.UUID] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    refusals: list[BrokerError] = field(default_factory=list)

    def can_take(self) -> bool:
        return self.credit > 0

    def deliver(self, message: Message, token: uuid.UUID) -> None:
        self.credit -= 1
        self.received.append(message)
        self.tokens.append(token)

    def session_accepted(self, session: Session) -> None:
        self.sessions.append(session)

    def refuse(self, error: BrokerError) -> None:
        self.refusals.append(error)

    @property
    def ids(self) -> list[str]:
        return [message.content.message_id for message in self.received]


def content(message_id: str | None = None, **facts: object) -> Content:
    """A message of 100 bytes."""
    return Content(**({"message_id": message_id, "size": 100} | facts))  # type: ignore[arg-type]
