"""The semaphores as this process last wrote or read them: good for a compare-and-swap, and for nothing else.

A process that wrote a value last needs no read to change it: what it remembers is changed, and stored against the remembered
version, which Table Storage refuses if anybody wrote in between. So a memory that is stale can never be acted upon. It costs,
though: the refused request, the question whether it was refused to ourselves, and the read after all, four requests where two
would have done. That pays where at least two in three memories prove to be good, as with one process, and not with many that write
the same scopes by turns; so each kind of scope is remembered as long as that is how it goes.
"""

from collections import OrderedDict, defaultdict

from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope, kind_of
from shared.ports import Stored

#: values that are kept; a value is a few hundred bytes, and the one used longest ago goes first
_MOST = 1000
#: a good memory saves one request of two, a bad one costs two more
_PAYS = 2 / 3
#: how much the latest finding weighs against all before it
_WEIGHT = 0.1


class Recollection:
    """What one process remembers; lost with it, and missed by nobody."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Scope, Stored[Semaphore]] = OrderedDict()
        #: by kind of scope, such as `avset` or `cap`: the share of memories that proved to be good lately
        self._good: dict[str, float] = defaultdict(lambda: 1.0)

    def of(self, scope: Scope) -> Stored[Semaphore] | None:
        """The value as last known, where it pays to try it."""
        return self._kept.get(scope) if self._good[kind_of(scope)] >= _PAYS else None

    def read(self, stored: Stored[Semaphore]) -> None:
        """A value was just read: it shows whether our memory of it would have been good."""
        known = self._kept.get(stored.value.scope)
        if known is not None:
            self._find(stored.value.scope, good=known.version == stored.version)
        self._keep(stored)

    def wrote(self, stored: Stored[Semaphore]) -> None:
        """A value was just stored, and holds until somebody else stores another."""
        self._keep(stored)

    def refused(self, scope: Scope) -> None:
        """A store against the remembered version was refused: forget it."""
        self._find(scope, good=False)
        self._kept.pop(scope, None)

    def confirmed(self, scope: Scope) -> None:
        """A store against the remembered version was taken."""
        self._find(scope, good=True)

    def _find(self, scope: Scope, *, good: bool) -> None:
        kind = kind_of(scope)
        self._good[kind] += _WEIGHT * (float(good) - self._good[kind])

    def _keep(self, stored: Stored[Semaphore]) -> None:
        self._kept[stored.value.scope] = stored
        self._kept.move_to_end(stored.value.scope)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
