"""The views of whole scale sets, as one listing showed them: read together, and kept for seconds.

One set allows ten listings a minute, to everybody. So the checks of jobs that start together share
a listing. What was read before a redeploy of this process began in the set is not used after it.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.machine.listing import ListedMachine, ScaleSet
from shared.ports import Azure, Clock

#: listings that are kept; the ones that are too old go first
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A whole listing; `began` is before its first request, so nothing in it is older."""

    began: datetime
    machines: tuple[ListedMachine, ...]


class SetViews:
    """Of this process alone. A view that is older than allowed is never returned."""

    def __init__(self) -> None:
        self._reads: dict[str, _Read] = {}
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

    def drop(self, scale_set: str) -> None:
        """Something is about to change in the set: what was read of it is old."""
        self._reads.pop(scale_set, None)

    def _keep(self, scale_set: str, read: _Read, oldest: datetime) -> None:
        if len(self._reads) >= _MOST:
            self._reads = {name: each for name, each in self._reads.items() if each.began > oldest}
        self._reads[scale_set] = read


def _is_fresh(age: timedelta, kept: timedelta) -> bool:
    """A clock that was set back says nothing of an age; zero keeps nothing."""
    return timedelta(0) <= age <= kept and kept > timedelta(0)


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
