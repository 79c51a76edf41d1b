"""A session as a value: its messages that wait, its state, who holds it and until when.

Decides nothing.
"""

from dataclasses import dataclass, field
from typing import Protocol

from sandbox.azure.servicebus.broker.agenda import Timer
from sandbox.azure.servicebus.broker.consumers import Consumer
from sandbox.azure.servicebus.broker.errors import BrokerError


class SessionConsumer(Consumer, Protocol):
    """A receiver that asked for a session."""

    def session_accepted(self, session: "Session") -> None:
        """The session that it asked for, or the next available one, is now locked for it."""

    def refuse(self, error: BrokerError) -> None:
        """It gets no session, or the one it has is lost."""


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """Times in seconds since 1970 (UTC)."""

    session_id: str
    ready: list[int] = field(
        default_factory=list
    )  # heap of sequence numbers; may name messages that are gone
    message_count: int = 0  # in any state
    owner: SessionConsumer | None = None
    locked_until: float = 0.0
    lock_timer: Timer | None = None
    state: bytes | None = None
    state_changed_at: float = 0.0

    def is_idle(self) -> bool:
        """There is nothing to store about it."""
        return self.owner is None and self.state is None and self.message_count == 0
