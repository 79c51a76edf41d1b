"""Token buckets that several processes share.

Each borrows a block of tokens, and uses it or loses it. Pure.

A row holds what is left of a bucket. A process that borrows writes the row once for the requests of
some seconds, so the row is no bottleneck. A block that is not used up in time is void.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, floor

from shared.domain.utc import require_aware

#: a borrowed block is void after this
BLOCK_LASTS = timedelta(seconds=10)

#: the requests that one block is for, at most
BLOCK_SECONDS = 5.0

#: of a full bucket, lent at first
_FIRST_SHARE = 0.1

#: the requests that a block is for where the bucket is nearly empty
_SMALL_BLOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What of one of Azure's buckets the app may use."""

    #: names the bucket, and with it the row
    key: str
    #: tokens of a full bucket
    capacity: float
    #: tokens a second
    refill: float
    #: whether other processes use it, too; a bucket of one machine is kept in the process alone
    is_shared: bool = True

    @property
    def largest_block(self) -> int:
        """Tokens of one loan, at most."""
        return max(1, floor(min(self.capacity, self.refill * BLOCK_SECONDS)))

    @property
    def first_block(self) -> int:
        """Tokens of a first loan: a small scan needs one loan, and few tokens become void."""
        return max(1, min(self.largest_block, floor(self.capacity * _FIRST_SHARE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is left of a bucket at an instant."""

    key: str
    tokens: float
    at: datetime
    #: Azure refused, or its headers show that others need the rest: nothing is lent until then
    paused_until: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(at=self.at, paused_until=self.paused_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """The level after a loan, how many tokens were lent, and when there is one if none was."""

    level: Level
    tokens: int
    wait: timedelta = timedelta(0)


def full(allowance: Allowance, now: datetime) -> Level:
    """A bucket that nobody has used."""
    return Level(key=allowance.key, tokens=allowance.capacity, at=now)


def lend(level: Level, allowance: Allowance, wanted: int, now: datetime) -> Lent:
    """Lend up to so many tokens.

    A bucket that is nearly empty lends nothing until it has enough for two seconds, or all that is
    wanted. So a busy process writes the row every two seconds, and not for each token. A full
    bucket lends at most half, so that several processes all get some.
    """
    filled = _filled(level, allowance, now)
    if filled.paused_until is not None and now < filled.paused_until:
        return Lent(level=filled, tokens=0, wait=filled.paused_until - now)
    enough = max(1, min(wanted, floor(_SMALL_BLOCK_SECONDS * allowance.refill)))
    if filled.tokens < enough:
        seconds = (enough - filled.tokens) / allowance.refill
        return Lent(level=filled, tokens=0, wait=timedelta(seconds=seconds))
    tokens = min(wanted, allowance.largest_block, max(enough, ceil(filled.tokens / 2)))
    tokens = min(tokens, floor(filled.tokens))
    return Lent(level=replace(filled, tokens=filled.tokens - tokens), tokens=tokens)


def paused(level: Level, until: datetime) -> Level:
    """The level with nothing to lend until an instant; a longer pause that is known stays."""
    later = until if level.paused_until is None else max(until, level.paused_until)
    return replace(level, paused_until=later)


def _filled(level: Level, allowance: Allowance, now: datetime) -> Level:
    # Another process may be ahead of our clock; time never takes tokens away.
    passed = max(0.0, (now - level.at).total_seconds())
    tokens = min(allowance.capacity, level.tokens + passed * allowance.refill)
    return replace(level, tokens=tokens, at=max(now, level.at))
