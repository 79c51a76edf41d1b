"""Pauses: the kill switch for everything, a subscription, a group or a machine. Stores nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.instants import require_aware
from shared.domain.jobs import Job

EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing new starts in the target until it is resumed; what is in flight is followed to its end.

    `target`: `everything`, `subscription:{id}`, `group:{...}` (a job's group scope) or `machine:{ARM id}`.
    """

    target: str
    reason: str
    by: str
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)

    def holds_back(self, job: Job) -> bool:
        """Whether the job lies within the target."""
        return self.target in targets_of(job)


def targets_of(job: Job) -> tuple[str, ...]:
    """Every target that a job lies within, the widest first."""
    own = (EVERYTHING, f"subscription:{job.subscription}", f"machine:{job.machine}")
    return own if job.group is None else (*own[:2], str(job.group.scope), own[2])


def pause_for(job: Job, pauses: Iterable[Pause]) -> Pause | None:
    """The pause that holds a job back, if any."""
    return next((each for each in pauses if each.holds_back(job)), None)


def normal_target(text: str) -> str:
    """A target as it is stored, lower-cased; ValueError with the allowed forms if the text is none."""
    target = text.strip().lower()
    kind, _, rest = target.partition(":")
    if target == EVERYTHING or (kind in {"subscription", "group", "machine"} and rest):
        return target
    raise ValueError(
        f"{text!r} is no target: use everything, subscription:<id>, group:<subscription>/<name> or machine:<ARM id>"
    )
