"""Waits until a request may be sent: a token from each bucket that it uses.

Tokens are borrowed in blocks from rows that all processes share. What Azure's headers and refusals
say corrects the rows. It sends no request of its own.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.quota.level import (
    BLOCK_LASTS,
    Allowance,
    Level,
    ReadPurpose,
    full,
    lend,
    paused,
)
from shared.errors import QuotaUsedUp
from shared.ports import Clock, Quotas, Version
from shared.ports.reads import Reads, present_reads

#: a longer wait is the caller's: it stores where it stands, and comes again
LONGEST_WAIT = timedelta(seconds=10)

type _Part = tuple[str, ReadPurpose]
"""The key of a bucket, and the purpose that the part is for."""

#: writes of one row that another process was faster at, before the caller waits a little
_CONFLICTS = 5


@dataclass(slots=True)
class _Block:
    """Tokens of one bucket that this process holds for one purpose."""

    tokens: int = 0
    void_at: datetime | None = None
    #: how many of the last loan were used
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
        self._blocks: defaultdict[_Part, _Block] = defaultdict(_Block)
        self._local: dict[str, Level] = {}
        self._paused: dict[str, datetime] = {}
        self._turns: defaultdict[_Part, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: Counter[_Part] = Counter()

    async def take(self, buckets: tuple[Allowance, ...]) -> None:
        """Wait for a token of each bucket, from the part for what the present reads are for.

        A token that was reserved for them is used first.

        Raises QuotaUsedUp, with the time to wait, where that would take longer than ten
        seconds, or than `longest_wait`. Then no token of that bucket was taken. Tokens of other
        buckets that were taken before stay taken: the safe side.
        """
        reads = present_reads()
        for allowance in buckets:
            if not self._use_reserved(allowance, reads):
                await self._take(allowance, 1, reads.purpose)

    async def reserve(self, requests: Iterable[tuple[Allowance, ...]]) -> None:
        """Wait for the tokens of several requests together, and keep them for the present reads.

        All of a bucket or none: who got one token of two, time and again, would never be done.
        Raises QuotaUsedUp as `take` does, and then nothing stays taken.
        """
        reads = present_reads()
        allowances: dict[str, Allowance] = {}
        needed: Counter[str] = Counter()
        for allowance in (each for request in requests for each in request):
            allowances[allowance.key] = allowance
            needed[allowance.key] += 1
        taken: Counter[str] = Counter()
        try:
            for key, allowance in allowances.items():
                tokens = min(needed[key], allowance.most_at_once)
                await self._take(allowance, tokens, reads.purpose)
                taken[key] = tokens
        except BaseException:
            for key, tokens in taken.items():
                self._blocks[key, reads.purpose].tokens += tokens
            raise
        reads.reserved += taken

    async def pause(self, buckets: tuple[Allowance, ...], wait: timedelta) -> None:
        """Let nobody take from these buckets for a time, in any process."""
        until = self._clock.now() + wait
        for allowance in buckets:
            for purpose in ReadPurpose:
                self._blocks[allowance.key, purpose] = _Block()
            self._paused[allowance.key] = until
            await self._change(allowance, lambda level: paused(level, until))

    def _use_reserved(self, allowance: Allowance, reads: Reads) -> bool:
        """Whether a token was there. Those of a bucket that Azure has paused since are void."""
        until = self._paused.get(allowance.key)
        if until is not None and self._clock.now() < until:
            del reads.reserved[allowance.key]
        if reads.reserved[allowance.key] <= 0:
            return False
        reads.reserved[allowance.key] -= 1
        return True

    async def _take(self, allowance: Allowance, tokens: int, purpose: ReadPurpose) -> None:
        part = allowance.key, purpose
        self._waiting[part] += tokens
        try:
            await self._wait_for(allowance, tokens, purpose)
        finally:
            self._waiting[part] -= tokens

    async def _wait_for(self, allowance: Allowance, tokens: int, purpose: ReadPurpose) -> None:
        waited = timedelta(0)
        while True:
            async with self._turns[allowance.key, purpose]:
                wait = await self._tokens_or_wait(allowance, tokens, purpose)
            if wait is None:
                return
            if waited + wait > self._longest_wait:
                raise QuotaUsedUp(
                    f"the app's share of Azure's request limit {allowance.key} is used up",
                    retry_after=wait,
                )
            waited += wait
            await self._sleep(wait.total_seconds())

    async def _tokens_or_wait(
        self, allowance: Allowance, tokens: int, purpose: ReadPurpose
    ) -> timedelta | None:
        """None where the tokens were taken."""
        block = self._blocks[allowance.key, purpose]
        if block.void_at is not None and self._clock.now() >= block.void_at:
            block.tokens = 0
        if block.tokens < tokens:
            wait = await self._borrow(allowance, block, tokens, purpose)
            if wait is not None:
                return wait
        block.tokens -= tokens
        block.used += tokens
        return None

    async def _borrow(
        self, allowance: Allowance, block: _Block, tokens: int, purpose: ReadPurpose
    ) -> timedelta | None:
        """Fill a block that has too few; None, or how long until there is enough to borrow."""
        missing = wanted = tokens - block.tokens
        if self._has_row(allowance):
            grown = min(2 * block.used, allowance.largest_block)
            waiting = self._waiting[allowance.key, purpose]
            wanted = max(missing, waiting, grown, allowance.first_block)
        for _ in range(_CONFLICTS):
            now = self._clock.now()
            level, version = await self._load(allowance, now)
            lent = lend(level, allowance, wanted, now, purpose=purpose, least=missing)
            if lent.tokens == 0:
                return max(lent.wait, timedelta(milliseconds=20))
            if await self._store(allowance, lent.level, version):
                block.tokens += lent.tokens
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
