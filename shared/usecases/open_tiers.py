"""The open jobs of groups with tiers, as this process read them a moment ago."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: how old they may be: a job that ended meanwhile holds a later tier for this long
OPEN_TIERS_KEPT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, order=True)
class TierJob:
    """An open job: the number of its tier, its machine and its state."""

    number: int
    machine: str
    state: str


@dataclass(slots=True)
class OpenTiers:
    """Of this process alone."""

    read_at: datetime | None = None
    #: by the scope of the tiers
    jobs: Mapping[str, list[TierJob]] = field(default_factory=dict)
    #: whether there is an open job that this release cannot read
    has_unreadable: bool = False

    def replace(
        self, now: datetime, jobs: Iterable[tuple[str, TierJob]], *, has_unreadable: bool
    ) -> None:
        """Keep what was just read."""
        found: dict[str, list[TierJob]] = defaultdict(list)
        for scope, job in jobs:
            found[scope].append(job)
        self.read_at, self.jobs, self.has_unreadable = now, found, has_unreadable
