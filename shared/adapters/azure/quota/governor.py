"""Waits until a request may be sent: a token from each bucket that it uses.

Tokens are borrowed in blocks from rows that all processes share. What Azure's headers and refusals
say corrects the rows. It sends no request of its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.quota.level import BLOCK_LASTS, Allowance, Level, full, lend, paused
from shared.errors import QuotaUsedUp
from shared.ports import Clock, Quotas, Version

#: a longer wait is the caller's: it stores where it stands, and comes again
LONGEST_WAIT = timedelta(seconds=10)

#: writes of one row that another process was faster at, before the caller waits a little
_CONFLICTS = 5


@dataclass(slots=True)
class _Block:
    """Tokens of one bucket that this process holds."""

    tokens: int = 0
    void_at: datetime | None = None
    #: how many the last block had, and how many of it were used
    size: int = 0
    used: int = 0


class QuotaGovernor:
    """One for all requests of a process.

    Without `quotas` the buckets are those of this process alone, as in a test.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        quotas: Quotas | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._quotas = quotas
        self._longest_wait = min(longest_wait, LONGEST_WAIT)
        self._sleep = sleep
        self._blocks: defaultdict[str, _Block] = defaultdict(_Block)
        self._local: dict[str, Level] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: defaultdict[str, int] = defaultdict(int)

    async def take(self, buckets: tuple[Allowance, ...]) -> None:
        """Wait for a token of each bucket.

        Raises QuotaUsedUp, with the time to wait, where that would take longer than ten
        seconds, or than `longest_wait`. Then no token of that bucket was taken. Tokens of other
        buckets that were taken before stay taken: the safe side.
        """
        for allowance in buckets:
            self._waiting[allowance.key] += 1
            try:
                await self._take_one(allowance)
            finally:
                self._waiting[allowance.key] -= 1

    async def pause(self, buckets: tuple[Allowance, ...], wait: timedelta) -> None:
        """Let nobody take from these buckets for a time, in any process."""
        until = self._clock.now() + wait
        for allowance in buckets:
            self._blocks[allowance.key] = _Block()
            await self._change(allowance, lambda level: paused(level, until))

    async def _take_one(self, allowance: Allowance) -> None:
        waited = timedelta(0)
        while True:
            async with self._turns[allowance.key]:
                wait = await self._token_or_wait(allowance)
            if wait is None:
                return
            if waited + wait > self._longest_wait:
                raise QuotaUsedUp(
                    f"the app's share of Azure's quota {allowance.key} is used up",
                    retry_after=wait,
                )
            waited += wait
            await self._sleep(wait.total_seconds())

    async def _token_or_wait(self, allowance: Allowance) -> timedelta | None:
        """None where a token was taken."""
        block = self._blocks[allowance.key]
        if block.void_at is not None and self._clock.now() >= block.void_at:
            block.tokens = 0
        if block.tokens == 0:
            wait = await self._borrow(allowance, block)
            if wait is not None:
                return wait
        block.tokens -= 1
        block.used += 1
        return None

    async def _borrow(self, allowance: Allowance, block: _Block) -> timedelta | None:
        """Fill an empty block; None, or how long until there is something to borrow."""
        wanted = 1
        if self._has_row(allowance):
            grown = min(2 * block.used, allowance.largest_block)
            wanted = max(self._waiting[allowance.key], grown, allowance.first_block)
        for _ in range(_CONFLICTS):
            now = self._clock.now()
            level, version = await self._load(allowance, now)
            lent = lend(level, allowance, wanted, now)
            if lent.tokens == 0:
                return max(lent.wait, timedelta(milliseconds=20))
            if await self._store(allowance, lent.level, version):
                block.tokens = block.size = lent.tokens
                block.used = 0
                block.void_at = now + BLOCK_LASTS
                return None
        await self._clock.pause(0.2)
        return timedelta(0)

    async def _change(self, allowance: Allowance, change: Callable[[Level], Level]) -> None:
        for _ in range(_CONFLICTS):
            level, version = await self._load(allowance, self._clock.now())
            if await self._store(allowance, change(level), version):
                return

    def _has_row(self, allowance: Allowance) -> bool:
        """Whether other processes use the bucket, too."""
        return self._quotas is not None and allowance.is_shared

    async def _load(self, allowance: Allowance, now: datetime) -> tuple[Level, Version]:
        if self._quotas is None or not self._has_row(allowance):
            level = self._local.get(allowance.key) or full(allowance, now)
            return level, Version("")
        stored = await self._quotas.load(allowance.key)
        if stored is None:
            return full(allowance, now), Version("")
        return stored.value, stored.version

    async def _store(self, allowance: Allowance, level: Level, version: Version) -> bool:
        if self._quotas is None or not self._has_row(allowance):
            self._local[allowance.key] = level
            return True
        return await self._quotas.store(level, version) is not None
