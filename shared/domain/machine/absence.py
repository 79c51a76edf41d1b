"""Whether a machine that Azure does not find was deleted. Pure.

One 404 proves nothing: ARM has answered 404 for resources that existed, and it may do so while a
machine is being moved: UNCONFIRMED(transient-404). Two things prove a deletion: a complete listing
that lacks the machine, or several looks over minutes that all missed it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.utc import require_aware

_MIN_READS = 3
_MIN_DURATION = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Looks in a row that did not find a machine: since when, and how many."""

    since: datetime
    last: datetime
    reads: int = 1

    def __post_init__(self) -> None:
        require_aware(since=self.since, last=self.last)

    @property
    def is_proof(self) -> bool:
        """Whether the machine was deleted.

        At least three looks over at least ten minutes missed it.
        """
        return self.reads >= _MIN_READS and self.last - self.since >= _MIN_DURATION


def with_one_more_read(before: Absence | None, at: datetime) -> Absence:
    """The absence after one more look, at `at`, that did not find the machine."""
    if before is None:
        return Absence(since=at, last=at)
    return Absence(since=before.since, last=max(at, before.last), reads=before.reads + 1)
