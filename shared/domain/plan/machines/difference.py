"""What another policy changes for machines in open waves: two plans, machine by machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.job.job import Job
from shared.domain.machine.machine import MachineId
from shared.domain.plan.machines.plan import MachinePlan, MachineStart


class Change(StrEnum):
    """What changes for one machine."""

    LATER = "starts later"
    EARLIER = "starts earlier"
    NO_START = "has no start any more"
    HAS_START = "gets a start"
    OTHER_GROUP = "is in another group"
    LEFT_ALONE = "is left alone"
    PLANNED = "is not left alone any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineChange:
    """One machine before and after. `reason`: why it has no start, or is left alone."""

    machine: MachineId
    change: Change
    group_before: str
    group_after: str
    before: datetime | None = None
    after: datetime | None = None
    reason: str = ""


def changes(
    before: MachinePlan, after: MachinePlan, left_alone: Mapping[MachineId, str]
) -> Iterator[MachineChange]:
    """The machines whose start or group differs, in the order of the first plan.

    `left_alone`: machines of the first plan that the other rules leave alone, with the reason.
    """
    new = {each.job.machine: each for each in after.machines}
    for old in before.machines:
        job = old.job
        if job.machine in left_alone:
            yield MachineChange(
                machine=job.machine,
                change=Change.LEFT_ALONE,
                group_before=job.policy_group,
                group_after="",
                before=old.start,
                reason=left_alone[job.machine],
            )
            continue
        other = new.get(job.machine)
        if other is not None:
            yield from _of_one(old, other)


def _of_one(old: MachineStart, new: MachineStart) -> Iterator[MachineChange]:
    change = _change(old.start, new.start, old.job, new.job)
    if change is not None:
        yield MachineChange(
            machine=old.job.machine,
            change=change,
            group_before=old.job.policy_group,
            group_after=new.job.policy_group,
            before=old.start,
            after=new.start,
            reason=new.reason if new.start is None else "",
        )


def _change(before: datetime | None, after: datetime | None, old: Job, new: Job) -> Change | None:
    if before != after:
        if after is None:
            return Change.NO_START
        if before is None:
            return Change.HAS_START
        return Change.LATER if after > before else Change.EARLIER
    return Change.OTHER_GROUP if old.policy_group != new.policy_group else None
