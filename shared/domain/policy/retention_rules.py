"""How long the app keeps what it does not need for open work any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

#: the self-service phase lasts about 35 days, and the scheduled phase follows; after that time no
#: wave comes back under the same start
_SHORTEST_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Each counts from the end of what it is about."""

    #: from the end of their phase until ended jobs go to the archive
    archive_after: timedelta = timedelta(days=7)
    #: jobs in the archive, after their end
    jobs: timedelta = timedelta(days=400)
    #: locks that nobody holds and no open job needs, after their last use
    locks: timedelta = timedelta(days=30)
    #: the inventory of a subscription that is not watched any more, after its last complete scan
    inventory: timedelta = timedelta(days=30)
    #: received notices
    notices: timedelta = timedelta(days=400)
    #: marks that keep a signed notice from being sent twice
    tokens: timedelta = timedelta(days=30)
    #: rows of the audit trail that the export holds, after their hour; without an export all stay
    trail: timedelta = timedelta(days=400)


def problems_of_retention(retention: Retention) -> Iterator[str]:
    """What is wrong with the times that a user wrote."""
    if retention.jobs < _SHORTEST_KEPT:
        yield (
            f"retention.jobs must be at least {_SHORTEST_KEPT.days} days: the attempts of a job"
            " count as long as its wave can come back"
        )
    if retention.trail < _SHORTEST_KEPT:
        yield (
            f"retention.trail must be at least {_SHORTEST_KEPT.days} days: a job is explained by"
            " its rows as long as its wave can come back"
        )
    for name in ("archive_after", "locks", "inventory", "notices", "tokens"):
        if getattr(retention, name) < timedelta(days=1):
            yield f"retention.{name} must be at least one day"
