"""What a plan of machines follows from: open jobs, locks, pauses, and the rules of each job."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.job import Job
from shared.domain.job.required_locks import RequiredLock, required_locks
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.domain.machine.placement import Scope
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause

type RulesOf = Callable[[Job], Policy]
"""The rules of a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything as it was read. Jobs that have ended are left out."""

    now: datetime
    jobs: Sequence[Job]
    rules: RulesOf
    semaphores: Collection[Semaphore] = ()
    pauses: Sequence[Pause] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A situation with what several questions need, each worked out once."""

    situation: Situation
    locks: Mapping[Scope, Semaphore]
    #: by the name of the task that the planner knows
    jobs: Mapping[str, Job]
    #: by job
    needs: Mapping[str, tuple[RequiredLock, ...]]
    #: for each canary that an owner chose, the list of canaries in which it is
    canaries: Mapping[str, str]
    #: jobs whose leases come back without an operator
    moving: frozenset[str]

    def stuck_leases(self, lock: Semaphore, job: str = "") -> list[Lease]:
        """Leases that come back only if somebody acts: their job is parked, or not known."""
        return [each for each in lock.holders if each.job not in self.moving and each.job != job]


def task_id(job: Job) -> str:
    """What the planner calls the job: equal jobs start in the order of lanes and machines."""
    return f"{job.placement.lane or ''} {job.machine} {job.id}"


def view_of(situation: Situation) -> View:
    """The view of a situation."""
    jobs, rules = situation.jobs, situation.rules
    canaries: dict[str, str] = {}
    for job in jobs:
        for canary in job.waits_for_canaries:
            canaries.setdefault(canary, ",".join(job.waits_for_canaries))
    return View(
        situation=situation,
        locks={each.scope: each for each in situation.semaphores},
        jobs={task_id(each): each for each in jobs},
        needs={each.id: required_locks(each, rules(each)) for each in jobs},
        canaries=canaries,
        # One that waits and holds leases asks for the same ones again when it starts.
        moving=frozenset(each.id for each in jobs if each.state is not State.PARKED),
    )
