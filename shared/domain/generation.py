"""The generation of the app's stored state, and how a loss of that state is noticed. Pure.

Each table that a start relies on has a mark. Recovery counts the marks up, and messages carry the
newest one. A mark that is missing, behind the others, or behind a message shows that a table was
emptied or set back. Then halts and pauses may be gone, and an operator decides before anything
starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import Self

from shared.domain.utc import require_aware, rfc3339

#: recovery counts every few minutes, so the marks of a running app are never this old
LONGEST_GAP = timedelta(hours=1)
#: a process that ended while it wrote the first marks leaves some out; the others write them
FIRST_MARKS_TIME = timedelta(minutes=15)
#: the tables are not written in one transaction, so a crash leaves marks this far apart
_MAX_DIFFERENCE = 1
_EPOCH = datetime.fromtimestamp(0, UTC)


class MarkPlace(StrEnum):
    """The tables with a mark. A start relies on what is in them."""

    JOBS = "jobs"
    SEMAPHORES = "semaphores"
    PAUSES = "pauses"
    INVENTORY = "inventory"


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point in the life of the stored state: the generation's start, and a number that grows."""

    generation: datetime
    number: int

    def __lt__(self, other: Self) -> bool:
        """Whether it is before the other."""
        return (self.generation, self.number) < (other.generation, other.number)

    def __str__(self) -> str:
        """As a message carries it: 2026-11-23T16:05:00+00:00#17."""
        return f"{self.generation.isoformat()}#{self.number}"


def point_of(text: str) -> Point | None:
    """The point that a message carries; None if the text is none."""
    generation, _, number = text.partition("#")
    try:
        return Point(
            generation=datetime.fromisoformat(generation).astimezone(UTC), number=int(number)
        )
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Stored state was lost: what was found, and whether starts are allowed again."""

    found_at: datetime
    reason: str
    #: jobs may have changed after this instant in ways that are not stored any more
    since: datetime
    #: no start before this instant, so that what was in flight has ended
    rests_until: datetime
    lifted_at: datetime | None = None
    lifted_by: str = ""

    def __post_init__(self) -> None:
        require_aware(
            found_at=self.found_at,
            since=self.since,
            rests_until=self.rests_until,
            lifted_at=self.lifted_at,
        )

    @property
    def has_lost_jobs(self) -> bool:
        """Whether jobs may be gone or older, not only locks, pauses or the inventory."""
        return self.since < self.found_at

    def holds(self, now: datetime) -> bool:
        """Whether nothing may start."""
        return self.lifted_at is None or now < self.rests_until

    def lift(self, by: str, now: datetime, *, immediately: bool) -> Self:
        """A person has decided that starts are allowed again."""
        rests_until = now if immediately else self.rests_until
        return replace(self, lifted_at=now, lifted_by=by, rests_until=rests_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What each table stores of the generation. `loss` is the last one that was found."""

    generation: datetime
    number: int
    #: when it was written
    at: datetime
    loss: Loss | None = None

    def __post_init__(self) -> None:
        require_aware(generation=self.generation, at=self.at)

    @property
    def point(self) -> Point:
        """The point that it stands for."""
        return Point(generation=self.generation, number=self.number)

    @property
    def is_lifted(self) -> bool:
        """Whether a person has decided about the last loss, or there was none."""
        return self.loss is None or self.loss.lifted_at is not None

    def holds(self, now: datetime) -> bool:
        """Whether nothing may start."""
        return self.loss is not None and self.loss.holds(now)

    def counted(self, now: datetime) -> Self:
        """The next mark of the same generation."""
        return replace(self, number=self.number + 1, at=now)


type MarksByPlace = Mapping[MarkPlace, Mark | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Stored state was lost: what shows it, and since when jobs may have changed unseen."""

    reason: str
    since: datetime | None


def first_mark(now: datetime) -> Mark:
    """The mark of an installation that starts for the first time."""
    return Mark(generation=now, number=1, at=now)


def newest(marks: MarksByPlace) -> Mark | None:
    """The mark that counts; None if no table has one."""
    found = [each for each in marks.values() if each is not None]
    return max(found, key=lambda each: each.point, default=None)


def find_loss(
    marks: MarksByPlace,
    heard: Point | None,
    now: datetime,
    *,
    has_rows: bool = False,
    may_be_new: bool = False,
) -> Finding | None:
    """What shows that stored state was lost; None if nothing does.

    `heard`: the newest point that a message or this process has seen. `has_rows`: whether a table
    has rows beside its mark, and `may_be_new` whether this may be the first start of an
    installation; both count only where no table has a mark.
    """
    current = newest(marks)
    if current is None:
        if heard is not None or has_rows:
            return Finding(reason="every table has lost its mark", since=_EPOCH)
        if may_be_new:
            return None
        reason = "the tables are new and the mode is act, so an earlier installation may be lost"
        return Finding(reason=reason, since=_EPOCH)
    if heard is not None and (found := _against_heard(current, heard)) is not None:
        return found
    is_first = current.number == 1 and now - current.at <= FIRST_MARKS_TIME
    if not current.is_lifted or is_first:
        return None  # held already, or the first marks are still being written
    for place, mark in marks.items():
        if mark is None:
            return Finding(
                reason=f"the table of {place.value} was emptied", since=_since(place, None)
            )
        if mark.generation != current.generation or (
            current.number - mark.number > _MAX_DIFFERENCE
        ):
            reason = f"the table of {place.value} is older than the others: {mark.point}"
            return Finding(reason=reason, since=_since(place, mark))
    if now - current.at > LONGEST_GAP:
        reason = f"nothing was stored since {rfc3339(current.at)}, so the tables may be older"
        return Finding(reason=reason, since=current.at)
    return None


def after_loss(
    marks: MarksByPlace, found: Finding, heard: Point | None, now: datetime, rest: timedelta
) -> Mark:
    """The mark that holds every start. `rest`: how long something may still be in flight."""
    current = newest(marks)
    since = now if found.since is None else min(found.since, now)
    if current is not None and current.loss is not None and not current.is_lifted:
        since = min(since, current.loss.since)
    loss = Loss(found_at=now, reason=found.reason, since=since, rests_until=now + rest)
    if current is None:
        return Mark(generation=now, number=1, at=now, loss=loss)
    # Later than all that was seen, so that the messages from before do not show the loss again.
    last = current.point if heard is None else max(current.point, heard)
    return Mark(generation=last.generation, number=last.number + 1, at=now, loss=loss)


def _against_heard(current: Mark, heard: Point) -> Finding | None:
    if heard > current.point:
        reason = f"the tables are at {current.point}, and a message or process has seen {heard}"
        since = current.at if heard.generation == current.generation else _EPOCH
        return Finding(reason=reason, since=since)
    if heard.generation < current.generation and current.loss is None:
        reason = f"the tables are new, and a message is from an earlier generation: {heard}"
        return Finding(reason=reason, since=_EPOCH)
    return None


def _since(place: MarkPlace, mark: Mark | None) -> datetime | None:
    """None where the jobs themselves are all there."""
    if place is not MarkPlace.JOBS:
        return None
    return _EPOCH if mark is None else mark.at
