"""Pauses: the kill switch for everything, a subscription, a group or a machine. Stores nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain import reasons
from shared.domain.job.job import Job
from shared.domain.machine.machine import machine_id
from shared.domain.machine.placement import regions_of
from shared.domain.policy.values import read_duration
from shared.domain.utc import require_aware, rfc3339

EVERYTHING = "everything"

#: with these the reason of every paused job begins
_WORDS = reasons.paused("", "", "").partition(")")[0]

#: a name or an id; names of subscriptions have blanks and slashes are not allowed in them
_SUBSCRIPTION = re.compile(r"[^/\s](?:[^/]*[^/\s])?")
_GROUP = re.compile(r"[^/\s](?:[^/]*[^/\s])?/\S.*")
_REGION = re.compile(r"[a-z][a-z0-9]{1,40}")
_NEVER = datetime.max.replace(tzinfo=UTC)
#: a pause with an end lasts so long at most
LONGEST_PAUSE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing new starts in the target until it is resumed.

    What is in flight is followed to its end.

    `target`: `everything`, `region:{name}` (with the region's pair), `subscription:{id}`,
    `group:{...}` (a job's group scope) or `machine:{ARM id}`.
    """

    target: str
    reason: str
    by: str
    at: datetime
    #: when it ends automatically; None: when somebody resumes
    until: datetime | None = None
    #: tracking ids of Azure's service issues that it is for
    issues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_aware(at=self.at, until=self.until)

    @property
    def as_reason(self) -> str:
        """Why a job in its target waits."""
        until = None if self.until is None else rfc3339(self.until)
        return reasons.paused(self.target, self.by, self.reason, until)

    def has_ended(self, now: datetime) -> bool:
        """Whether it does not count any more, although its row may still be stored."""
        return self.until is not None and self.until <= now

    def applies_to(self, job: Job) -> bool:
        """Whether the target includes the job."""
        return self.target in targets_of(job)


def unreadable_pause(target: str, reason: str) -> Pause:
    """The pause of a row that cannot be read.

    It holds its target, or everything where the target is not known (I6).
    """
    try:
        held = normal_target(target)
    except ValueError:
        held = EVERYTHING
    # When it was added is not known. The epoch is no time at which anybody paused anything.
    return Pause(
        target=held,
        reason=f"the row of this pause cannot be read: {reason}",
        by="unknown",
        at=datetime.fromtimestamp(0, UTC),
    )


def targets_of(job: Job) -> tuple[str, ...]:
    """Every target that includes a job, the widest first."""
    group = () if job.group is None else (str(job.group.scope),)
    regions = tuple(f"region:{each}" for each in regions_of(job.pair))
    return (
        EVERYTHING,
        *regions,
        f"subscription:{job.subscription}",
        *group,
        f"machine:{job.machine}",
    )


def is_paused(reason: str) -> bool:
    """Whether the reason of a job that waits is a pause, of any target."""
    return reason.startswith(_WORDS)


def pause_for(job: Job, pauses: Iterable[Pause]) -> Pause | None:
    """The pause that holds a job back, if any."""
    return next((each for each in pauses if each.applies_to(job)), None)


def longest_pause_for(job: Job, pauses: Iterable[Pause]) -> Pause | None:
    """The pause that includes the job and ends last, if any."""
    found = [each for each in pauses if each.applies_to(job)]
    return max(found, key=lambda each: each.until or _NEVER, default=None)


def normal_target(text: str) -> str:
    """A target as `targets_of` spells it.

    ValueError with the allowed forms if it could never include a job.
    """
    target = text.strip().lower()
    if target == EVERYTHING:
        return target
    kind, _, rest = (part.strip() for part in target.partition(":"))
    # A target that includes no job would look like a pause and stop nothing.
    if kind == "region" and _REGION.fullmatch(region := "".join(rest.split())):
        return f"{kind}:{region}"
    if kind == "machine":
        return f"{kind}:{machine_id(text.partition(':')[2])}"
    if (kind == "subscription" and _SUBSCRIPTION.fullmatch(rest)) or (
        kind == "group" and _GROUP.fullmatch(rest)
    ):
        return f"{kind}:{rest}"
    raise ValueError(
        f"{text!r} is no target: use everything, region:<name>, subscription:<id>, "
        "group:<subscription>/<name> or machine:<ARM id>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTarget:
    """The parts of a normal target."""

    #: `everything`, `region`, `subscription`, `group` or `machine`
    kind: str
    #: the name of a region, or the id of a machine; of a group its name in the subscription
    name: str = ""
    #: of a subscription or a group: the subscription, by id or by name
    subscription: str = ""


def parse_target(target: str) -> PauseTarget:
    """The parts of a target that `normal_target` gave."""
    kind, _, rest = target.partition(":")
    if kind not in ("subscription", "group"):
        return PauseTarget(kind=kind, name=rest)
    subscription, _, name = rest.partition("/")
    return PauseTarget(kind=kind, name=name, subscription=subscription)


def with_subscription(target: str, subscription: str) -> str:
    """A normal target of a subscription or a group, with the subscription's id for its name."""
    parts = parse_target(target)
    name = f"/{parts.name}" if parts.kind == "group" else ""
    return f"{parts.kind}:{subscription}{name}"


def read_length(text: str) -> timedelta:
    """How long a pause lasts, such as `2h`. ValueError with what is right."""
    try:
        length = read_duration(text)
    except ValueError as fault:
        raise ValueError(f"{text!r} is no duration. {fault}") from None
    if not timedelta(minutes=1) <= length <= LONGEST_PAUSE:
        raise ValueError(
            f"a pause lasts from one minute to {LONGEST_PAUSE.days} days, and {text!r} does not:"
            " leave it out for a pause without an end"
        )
    return length
