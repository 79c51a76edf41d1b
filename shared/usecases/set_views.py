"""The views of the machines of a set: read together, and kept for seconds.

One scale set allows ten listings a minute, to everybody. An availability set has no listing, so a
check reads up to 199 machines. So the checks of jobs that start together share what was read. What
was read before a redeploy of this process began in the set is not used after it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.concurrency import map_concurrently
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListedMachine, ScaleSet
from shared.domain.machine.machine import MachineId
from shared.ports import Azure, Clock

#: sets of which something is kept; what is too old goes first
_MOST = 200
#: nothing is used that was read longer ago, also where a job waited for it
_LONGEST = timedelta(seconds=30)
_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A whole listing; `began` is before its first request, so nothing in it is older."""

    began: datetime
    machines: tuple[ListedMachine, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """The view of one machine; `began` is before its request."""

    began: datetime
    seen: Observation


class SetViews:
    """Of this process alone. A view that is older than allowed is never returned."""

    def __init__(self) -> None:
        self._reads: dict[str, _Read] = {}
        self._views: dict[str, dict[MachineId, _View]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(
        self,
        azure: Azure,
        clock: Clock,
        scale_set: ScaleSet,
        kept: timedelta,
        moved_at: datetime | None = None,
    ) -> tuple[ListedMachine, ...]:
        """Every machine of the set, read no longer ago than `kept`; raises as the listing does.

        What was read before `moved_at`, the last known move in the set, is not used.
        """
        async with self._turns[scale_set.id]:
            read = self._reads.get(scale_set.id)
            is_before_move = read is not None and moved_at is not None and read.began <= moved_at
            if read is None or is_before_move or not _is_fresh(clock.now() - read.began, kept):
                read = await _list(azure, clock, scale_set)
                self._keep(scale_set.id, read, clock.now() - kept)
            return read.machines

    async def of_members(
        self,
        azure: Azure,
        clock: Clock,
        home: str,
        members: Sequence[MachineId],
        *,
        kept: timedelta,
        moved_at: datetime | None = None,
    ) -> list[Observation | NotFound]:
        """What each of these machines of a set shows; raises as `observe` does.

        A view counts if it was read no longer than `kept` before this call, or during it, and after
        `moved_at`, the last known move in the set. So jobs that wait for the reads of another one
        use them. No view is older than 30 seconds. A machine that was not found is read again.
        """
        oldest = clock.now() - kept
        found: dict[MachineId, Observation | NotFound] = {}
        async with self._turns[home]:
            # What is read into it after a redeploy began is not kept: `drop` takes it away.
            views = self._views_of(home, clock.now())
            for machine in members if kept else ():
                view = views.get(machine)
                if view is not None and _counts(view.began, oldest, clock.now(), moved_at):
                    found[machine] = view.seen
            left = [each for each in members if each not in found]
            # Each job lacks its predecessor's own machine. No other job waits for that one read.
            if len(left) > 1:
                found |= await _observe_all(azure, clock, left, views)
                left = []
        found |= await _observe_all(azure, clock, left, views)
        return [found[each] for each in members]

    def drop(self, home: str) -> None:
        """Something is about to change in the set: what was read of it is old."""
        self._reads.pop(home, None)
        self._views.pop(home, None)

    def _views_of(self, home: str, now: datetime) -> dict[MachineId, _View]:
        if home not in self._views and len(self._views) >= _MOST:
            self._views = {
                name: views
                for name, views in self._views.items()
                if any(now - each.began <= _LONGEST for each in views.values())
            }
        return self._views.setdefault(home, {})

    def _keep(self, scale_set: str, read: _Read, oldest: datetime) -> None:
        if len(self._reads) >= _MOST:
            self._reads = {name: each for name, each in self._reads.items() if each.began > oldest}
        self._reads[scale_set] = read


def _is_fresh(age: timedelta, kept: timedelta) -> bool:
    """A clock that was set back says nothing of an age; zero keeps nothing."""
    return timedelta(0) <= age <= kept and kept > timedelta(0)


def _counts(began: datetime, oldest: datetime, now: datetime, moved_at: datetime | None) -> bool:
    """A clock that was set back says nothing of an age."""
    is_young = timedelta(0) <= now - began <= _LONGEST
    return is_young and began >= oldest and (moved_at is None or began > moved_at)


async def _observe_all(
    azure: Azure, clock: Clock, members: Sequence[MachineId], views: dict[MachineId, _View]
) -> dict[MachineId, Observation | NotFound]:
    """Read them; what was read stays in `views` where one of the others raises."""

    async def observe(machine: MachineId) -> Observation | NotFound:
        began = clock.now()
        seen = await azure.observe(machine)
        if isinstance(seen, Observation):
            views[machine] = _View(began, seen)
        return seen

    found = await map_concurrently(observe, members, _AT_ONCE)
    return dict(zip(members, found, strict=True))


async def _list(azure: Azure, clock: Clock, scale_set: ScaleSet) -> _Read:
    began = clock.now()
    found: list[ListedMachine] = []
    link: str | None = None
    links: set[str | None] = set()
    while link not in links:
        links.add(link)
        page = await azure.list_instances(scale_set, link)
        found += page.elements
        link = page.next_link
        if link is None:
            break
    return _Read(began=began, machines=tuple(found))
