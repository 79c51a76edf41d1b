"""When this process lists all open jobs again: recovery needs those that sleep only now and then.

A list of all costs one request for each 1,000 jobs. So the next one comes after as many runs of
recovery as it has such pages, and within an hour. Where a line may become empty, the next run
makes one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.lock.semaphore import MAX_WAITERS, Semaphore
from shared.domain.machine.placement import Scope

#: a line with fewer jobs is filled again, if more wait for its lock than it stores
_SHORT = MAX_WAITERS // 2
_LONGEST = timedelta(hours=1)


@dataclass(slots=True)
class WholeLists:
    """Of this process alone."""

    #: jobs of one answer of the store
    page: int = 1_000
    _at: datetime | None = None
    _pages: int = 1
    #: how many jobs waited for each lock at that time
    _sleepers: Mapping[Scope, int] = field(default_factory=dict)

    def is_due(self, now: datetime, period: timedelta, semaphores: Iterable[Semaphore]) -> bool:
        """Whether all open jobs are to be listed. `period`: of recovery."""
        if self._at is None or self._pages == 1:
            return True
        # A timer comes a moment early or late.
        if now - self._at >= min(_LONGEST, period * self._pages) - period / 2:
            return True
        lines = {each.scope: len(each.waiters) for each in semaphores}
        short = (scope for scope, length in lines.items() if 0 < length < _SHORT)
        if any(scope not in self._sleepers for scope in short):
            return True
        return any(
            count > MAX_WAITERS and lines.get(scope, 0) < _SHORT
            for scope, count in self._sleepers.items()
        )

    def listed(self, now: datetime, jobs: Iterable[Job]) -> None:
        """All open jobs were listed."""
        found = list(jobs)
        self._at = now
        self._pages = max(1, -(-len(found) // self.page))
        self._sleepers = Counter(each.waits_for for each in found if each.waits_for is not None)
