"""The newer release as a process of it sees the ports, and what it makes of a message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

from shared.adapters.memory import MemoryJobs, MemoryQueues, MemoryScans, MemorySemaphores
from shared.domain.delivery import Delivery
from shared.ports import Clock
from shared.usecases.app import App
from tests.simulation.releases.judged_cells import JudgedCells
from tests.simulation.releases.unknown_parts import Novelty, as_next, read_by_next


class TwoReleases:
    """The tables of a run in which the app is upgraded, and the newer release's way to them."""

    def __init__(self, random: Random) -> None:
        #: most of the difference that one release may bring is more fields
        self.novelty = random.choice((Novelty.FIELDS, Novelty.FIELDS, *Novelty))
        self._jobs, self._archive = JudgedCells(self.novelty), JudgedCells(self.novelty)
        self._semaphores, self._scans = JudgedCells(self.novelty), JudgedCells(self.novelty)
        self.jobs = MemoryJobs(self._jobs)
        self.jobs._archive = self._archive
        self.semaphores = MemorySemaphores(self._semaphores)
        self.scans = MemoryScans(self._scans)

    def app_of_next(self, app: App, clock: Clock, stamp: Callable[[], str]) -> App:
        """The app of the newer release, over the same tables and queues."""
        queues = app.queues
        assert isinstance(queues, MemoryQueues)
        jobs: Any = _NextStore(self.jobs, self._jobs, self._archive)
        semaphores: Any = _NextStore(self.semaphores, self._semaphores)
        scans: Any = _NextStore(self.scans, self._scans)
        return replace(
            app,
            jobs=jobs,
            semaphores=semaphores,
            scans=scans,
            queues=_NextQueues(clock=clock, of=queues, stamp=stamp, novelty=self.novelty),
        )

    @property
    def may_end_with_this(self) -> bool:
        """Whether the older release can read all that the newer one left."""
        return self.novelty is Novelty.FIELDS


def delivered_to_next(delivery: Delivery) -> Delivery:
    """A message of either release as the newer one reads it."""
    return replace(delivery, body=read_by_next(delivery.body))


class _NextStore:
    """A store whose calls are made by the newer release."""

    def __init__(self, store: object, *cells: JudgedCells) -> None:
        self._store = store
        self._tables = cells

    def __getattr__(self, verb: str) -> Any:
        method = getattr(self._store, verb)

        async def call(*args: Any, **named: Any) -> Any:
            first, *others = self._tables
            with first.as_next(), (others[0] if others else first).as_next():
                return await method(*args, **named)

        return call


class _NextQueues(MemoryQueues):
    """The same queues. What the newer release sends has what the older one does not know."""

    def __init__(
        self, *, clock: Clock, of: MemoryQueues, stamp: Callable[[], str], novelty: Novelty
    ) -> None:
        super().__init__(clock=clock, of=of, stamp=stamp)
        self._novelty = novelty

    def _put(self, delivery: Delivery, at: datetime | None) -> None:
        super()._put(replace(delivery, body=as_next(delivery.body, self._novelty)), at)
