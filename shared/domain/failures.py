"""What the failure of a machine calls for: which scopes are halted, and whether its subscription is paused. Changes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.jobs import Job, State
from shared.domain.needs import own_scopes
from shared.domain.placement import Scope
from shared.domain.policy import Policy
from shared.domain.semaphores import Halt


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What has to happen before the failed machine's leases go back."""

    halts: tuple[tuple[Scope, Halt], ...] = ()
    #: why nothing more may start in the subscription; None: it may
    pause: str | None = None


def after_failure(failed: Job, jobs: Sequence[Job], policy: Policy) -> Consequences:
    """The consequences of a job that is FAILED; `jobs` are those of its subscription, itself among them.

    A placement or group whose error budget is spent is halted, always so while its canaries are out. Then its zone and its region
    go on among themselves, and every other zone of the region, and the paired region, is left alone until a person has looked:
    replicas stand there, and the one here is down.
    """
    own = [scope for scope in sorted(own_scopes(failed)) if _is_spent(scope, failed, jobs, policy)]
    halts = [(scope, Halt(reason=failed.reason, job=failed.id, at=failed.changed_at)) for scope in own]
    if own:
        halts += [
            (
                place.scope,
                Halt(reason=failed.reason, job=failed.id, at=failed.changed_at, lane=place.lane),
            )
            for place in (failed.pair, failed.zone)
            if place is not None
        ]
    return Consequences(halts=tuple(halts), pause=_why_paused(failed, jobs, policy))


def halted_by(job: Job) -> Iterator[Scope]:
    """Every scope that a failure of the job may have halted."""
    yield from sorted(own_scopes(job))
    yield from (place.scope for place in (job.pair, job.zone) if place is not None)


def _is_spent(scope: Scope, failed: Job, jobs: Sequence[Job], policy: Policy) -> bool:
    fellows = _of_the_wave(failed, jobs, lambda job: scope in own_scopes(job))
    came_back = sum(job.state is State.SUCCEEDED for job in fellows)
    lost = sum(job.state is State.FAILED for job in fellows)
    return came_back < policy.canary.machines or policy.failures.group.is_spent(lost, len(fellows))


def _why_paused(failed: Job, jobs: Sequence[Job], policy: Policy) -> str | None:
    fellows = _of_the_wave(failed, jobs, lambda job: job.subscription == failed.subscription)
    lost = sum(job.state is State.FAILED for job in fellows)
    if not policy.failures.subscription.is_spent(lost, len(fellows)):
        return None
    return f"{lost} of {len(fellows)} machines of this wave did not come back: the error budget is spent"


def _of_the_wave(failed: Job, jobs: Sequence[Job], belongs: Callable[[Job], bool]) -> list[Job]:
    """A failed job is one of its wave, also where the list was read before it was saved."""
    others = [job for job in jobs if job.id != failed.id and job.wave == failed.wave and belongs(job)]
    return [*others, failed]
