"""Turns at a semaphore inside this process: one task at a time stores it, for all that wait.

Many tasks that compare and swap the same row refuse each other's stores. So the task whose turn it
is applies the changes of all tasks that wait, one after the other, and stores the result once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope

type Operation = Callable[[Semaphore], Semaphore]
"""A change of a semaphore. It may run several times, each time on a newer value."""


@dataclass(slots=True, eq=False)
class QueuedChange:
    """The change that one task waits for."""

    operation: Operation
    #: the semaphore right after this change, once it is stored
    result: Semaphore | None = None
    #: why it was not stored: no answer of the store, or a fault of `operation`
    failure: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether there is a result or a failure."""
        return self.result is not None or self.failure is not None

    def outcome(self) -> Semaphore:
        """The result; raises the failure."""
        if self.result is not None:
            return self.result
        raise self.failure or AssertionError("the change was neither stored nor refused")


@dataclass(slots=True, eq=False, weakref_slot=True)
class Turn:
    """The turn at one semaphore."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: list[QueuedChange] = field(default_factory=list)


class Turns:
    """The turns of one process, by scope. One that nobody uses is dropped."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[Scope, Turn] = WeakValueDictionary()

    def of(self, scope: Scope) -> Turn:
        """The turn at a semaphore. Keep the reference as long as it is used."""
        turn = self._turns.get(scope)
        if turn is None:
            turn = self._turns[scope] = Turn()
        return turn
