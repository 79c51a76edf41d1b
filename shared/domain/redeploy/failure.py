"""What the failure of a machine calls for.

Which scopes are halted, and whether its subscription is paused. Changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.job.job import Job
from shared.domain.job.required_locks import halted_scopes
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Halt
from shared.domain.machine.placement import Placement, Scope
from shared.domain.policy.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What has to happen before the failed machine's leases go back."""

    halts: tuple[tuple[Scope, Halt], ...] = ()
    #: why nothing more may start in the subscription; None: it may
    pause: str | None = None


def after_failure(
    failed: Job, jobs: Sequence[Job], policy: Policy, *, unreadable: int = 0
) -> Consequences:
    """The consequences of a job that is FAILED.

    `jobs` are those of its subscription, itself among them.

    `unreadable`: jobs of the subscription that cannot be read. Each counts as a machine that failed
    (I6).

    A placement, a group by tag, or a group with tiers is halted where its error budget is spent,
    and always while its canaries are out. Then the same zone and the same region continue. Nothing
    starts in other zones of the region and in the paired region until an operator has looked: they
    have replicas of the machine that is down.
    """
    own = [
        scope
        for scope in sorted(halted_scopes(failed))
        if _is_exhausted(scope, failed, jobs, policy, unreadable)
    ]
    halts = [
        (scope, Halt(reason=failed.reason, job=failed.id, at=failed.changed_at)) for scope in own
    ]
    if own:
        halts += [
            (
                place.scope,
                Halt(reason=failed.reason, job=failed.id, at=failed.changed_at, lane=place.lane),
            )
            for place in _shared_placements(failed)
        ]
    return Consequences(halts=tuple(halts), pause=_pause_reason(failed, jobs, policy, unreadable))


def halted_by(job: Job) -> Iterator[Scope]:
    """Every scope that a failure of the job may have halted."""
    yield from sorted(halted_scopes(job))
    yield from (place.scope for place in _shared_placements(job))


def _shared_placements(job: Job) -> list[Placement]:
    """Its zone and its region where there are other lanes to keep out.

    The other zones, and the paired region.
    """
    return [place for place in (job.pair, job.zone) if place is not None and place.lane is not None]


def _is_exhausted(
    scope: Scope, failed: Job, jobs: Sequence[Job], policy: Policy, unreadable: int
) -> bool:
    fellows = _under_way(failed, jobs, lambda job: scope in halted_scopes(job))
    came_back = [job for job in fellows if job.state is State.SUCCEEDED and job.wave == failed.wave]
    lost, of = _counted(fellows)
    return len(came_back) < policy.canary.machines or policy.error_budgets.group.is_exhausted(
        lost + unreadable, of + unreadable
    )


def _pause_reason(failed: Job, jobs: Sequence[Job], policy: Policy, unreadable: int) -> str | None:
    lost, of = _counted(
        _under_way(failed, jobs, lambda job: job.subscription == failed.subscription)
    )
    if not policy.error_budgets.subscription.is_exhausted(lost + unreadable, of + unreadable):
        return None
    unknown = f" (and {unreadable} jobs cannot be read)" if unreadable else ""
    found = f"{lost} of {of} machines of this wave did not come back{unknown}"
    return f"{found}: the error budget is spent"


def _counted(jobs: Sequence[Job]) -> tuple[int, int]:
    """How many machines failed, of how many; one that has jobs of two waves is one machine."""
    return len({job.machine for job in jobs if job.state is State.FAILED}), len(
        {job.machine for job in jobs}
    )


def _under_way(failed: Job, jobs: Sequence[Job], belongs: Callable[[Job], bool]) -> list[Job]:
    """The jobs of the wave, and of every other that had not closed yet.

    Azure may move a wave, and a machine stays down.

    The failed job is one of them, also where the list was read before it was saved.
    """
    at = failed.changed_at
    others = [
        job
        for job in jobs
        if job.id != failed.id
        and belongs(job)
        and (job.wave == failed.wave or job.self_service_end is None or job.self_service_end > at)
    ]
    return [*others, failed]
