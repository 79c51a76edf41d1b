"""Token buckets that several processes share.

Each borrows a block of tokens, and uses it or loses it. Pure.

A row holds what is left of a bucket. A process that borrows writes the row once for the requests of
some seconds, so the row is no bottleneck. A block that is not used up in time is void.

A bucket has two parts, one for scans and one for steps. What flows in goes to both by their sizes.
A part that is full gives its share to the other. So none of them can starve the other, and one that
is alone gets the whole rate.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
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

#: tokens of the smallest bucket that has parts; a part must hold all that one check takes
_SMALLEST_WITH_PARTS = 8.0


class ReadPurpose(StrEnum):
    """What a read of Azure is for."""

    #: to find maintenance: it reads many machines, and can wait
    SCAN = "scan"
    #: a step of a job, or a question of a person: it reads little, and should not wait
    STEP = "step"


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
    #: the fraction of the bucket that is for steps; the rest is for scans
    for_steps: float = 0.5

    @property
    def has_parts(self) -> bool:
        """Whether a part of the bucket is kept for steps; a tiny bucket has one part for all."""
        return self.capacity >= _SMALLEST_WITH_PARTS

    @property
    def most_at_once(self) -> int:
        """Tokens that one request for several can get together, at most."""
        return max(1, floor(self.capacity * self.for_steps if self.has_parts else self.capacity))

    def share_of(self, purpose: ReadPurpose) -> float:
        """The fraction of the bucket, and of what flows in, that is for a purpose."""
        return self.for_steps if purpose is ReadPurpose.STEP else 1 - self.for_steps

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
    #: how many of the tokens are for steps; None: stored by a release without parts
    for_steps: float | None = None

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


def lend(
    level: Level,
    allowance: Allowance,
    wanted: int,
    now: datetime,
    *,
    purpose: ReadPurpose = ReadPurpose.STEP,
    least: int = 1,
) -> Lent:
    """Lend up to so many tokens of the part for this purpose, and at least `least`, or none.

    A part that is nearly empty lends nothing until it has enough for two seconds, or all that is
    wanted. So a busy process writes the row every two seconds, and not for each token. A full part
    lends at most half, so that several processes all get some.
    """
    filled = _filled(level, allowance, now)
    if filled.paused_until is not None and now < filled.paused_until:
        return Lent(level=filled, tokens=0, wait=filled.paused_until - now)
    part = _part(filled, allowance, purpose)
    rate = allowance.refill * (1.0 if part.room_of_other <= 0 else part.share)
    least = min(least, allowance.most_at_once)
    enough = max(least, min(wanted, floor(_SMALL_BLOCK_SECONDS * rate)))
    if part.tokens < enough:
        seconds = part.inflow_until(enough) / allowance.refill
        return Lent(level=filled, tokens=0, wait=timedelta(seconds=seconds))
    tokens = min(wanted, allowance.largest_block, max(enough, ceil(part.tokens / 2)))
    tokens = max(least, min(tokens, floor(part.tokens)))
    return Lent(level=_less(filled, purpose, tokens), tokens=tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    tokens: float
    #: of what flows in
    share: float
    #: how much the other part takes in before this one gets the whole rate
    room_of_other: float

    def inflow_until(self, enough: float) -> float:
        """What flows into the bucket until this part has enough: at first its share, then all."""
        missing = enough - self.tokens
        return min(missing / self.share, missing + self.room_of_other)


def _part(level: Level, allowance: Allowance, purpose: ReadPurpose) -> _Part:
    if level.for_steps is None:
        return _Part(tokens=level.tokens, share=1.0, room_of_other=0.0)
    steps, scans = level.for_steps, level.tokens - level.for_steps
    mine, others = (steps, scans) if purpose is ReadPurpose.STEP else (scans, steps)
    share = allowance.share_of(purpose)
    room_of_other = allowance.capacity * (1 - share) - others
    return _Part(tokens=mine, share=share, room_of_other=max(0.0, room_of_other))


def _less(level: Level, purpose: ReadPurpose, tokens: int) -> Level:
    left = level.for_steps
    if left is not None and purpose is ReadPurpose.STEP:
        left -= tokens
    return replace(level, tokens=level.tokens - tokens, for_steps=left)


def paused(level: Level, until: datetime) -> Level:
    """The level with nothing to lend until an instant; a longer pause that is known stays."""
    later = until if level.paused_until is None else max(until, level.paused_until)
    return replace(level, paused_until=later)


def _filled(level: Level, allowance: Allowance, now: datetime) -> Level:
    # Another process may be ahead of our clock; time never takes tokens away.
    inflow = max(0.0, (now - level.at).total_seconds()) * allowance.refill
    at = max(now, level.at)
    if not allowance.has_parts:
        tokens = min(allowance.capacity, level.tokens + inflow)
        return replace(level, tokens=tokens, at=at, for_steps=None)
    size = allowance.capacity * allowance.for_steps
    # A setting may have made the bucket smaller than it was when the row was stored.
    stored = min(level.tokens, allowance.capacity)
    steps = stored * allowance.for_steps if level.for_steps is None else level.for_steps
    steps = min(steps, size, stored)
    scans = min(stored - steps, allowance.capacity - size)
    room, room_of_scans = size - steps, allowance.capacity - size - scans
    share = inflow * allowance.for_steps
    steps += min(room, max(share, inflow - room_of_scans))
    scans += min(room_of_scans, max(inflow - share, inflow - room))
    return replace(level, tokens=steps + scans, at=at, for_steps=steps)
