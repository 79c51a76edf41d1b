"""The semaphores as this process wrote them last.

Good for one compare-and-swap without a read, and for nothing else.

Table Storage refuses a store with an old version, so an outdated cache never causes a change. It
only costs requests, so a scope that somebody else writes too is read first until a read finds our
own version again.
"""

from collections import OrderedDict

from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope
from shared.ports import Stored, Version

#: values that are kept; a value is a few hundred bytes, and the one used longest ago goes first
_MOST = 1000
#: tries without a read, one after the other: each is so quick that a process that has to read first
#: is always too late, so after these the process reads, and sees the others
_MOST_IN_A_ROW = 4


class LastWritten:
    """What one process wrote last, by scope; lost with the process, and missed by nobody."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._written: OrderedDict[Scope, Stored[Semaphore]] = OrderedDict()
        self._shared: set[Scope] = set()
        self._tries: dict[Scope, int] = {}

    def of(self, scope: Scope, *, is_busy: bool = False) -> Stored[Semaphore] | None:
        """The value to try without a read.

        None where nothing is known, or where others write too. `is_busy`: several tasks of this
        process want to change it, so that other processes may want to as well.
        """
        if scope in self._shared:
            return None
        if is_busy:
            self._tries[scope] = self._tries.get(scope, 0) + 1
        if self._tries.get(scope, 0) > _MOST_IN_A_ROW:
            del self._tries[scope]
            return None
        return self._written.get(scope)

    def hint(self, scope: Scope) -> Semaphore | None:
        """What this process wrote last, however old: only to guess whether a lock is busy."""
        stored = self._written.get(scope)
        return None if stored is None else stored.value

    def expect_none(self, scope: Scope) -> None:
        """Nothing is stored yet, as far as this process knows: the next store tries to insert.

        Another process may have stored it. Then its store is refused, and a read follows.
        """
        if scope not in self._written:
            self.wrote(Stored(value=Semaphore(scope=scope), version=Version("")))

    def is_shared(self, scope: Scope) -> bool:
        """Whether another process wrote since this one did, as far as the last read shows."""
        return scope in self._shared

    def wrote(self, stored: Stored[Semaphore]) -> None:
        """A value was just stored."""
        self._written[stored.value.scope] = stored
        self._written.move_to_end(stored.value.scope)
        if len(self._written) > self._most:
            oldest, _ = self._written.popitem(last=False)
            self._shared.discard(oldest)
            self._tries.pop(oldest, None)

    def read(self, stored: Stored[Semaphore]) -> None:
        """A value was just read.

        Whether somebody else wrote since we did decides whether ours is tried next time.
        """
        ours = self._written.get(stored.value.scope)
        if ours is not None and ours.version == stored.version:
            self._shared.discard(stored.value.scope)
        elif ours is not None:
            self._shared.add(stored.value.scope)
