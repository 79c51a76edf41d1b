"""What a job needs.

The semaphores that it must hold while its machine is in flight, in the order in which they are
taken.

The order is the same for every job, so no two jobs can wait for each other::

    placement ─► group ─► tiers ─► region pair ─► zone ─► cap of the subscription ─► cap over all
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.lock.semaphore import MAX_SLOTS, LockRequest
from shared.domain.machine.placement import (
    Placement,
    Scope,
    kind_of,
    one_at_a_time_reason,
    tier_number,
)
from shared.domain.policy.policy import Limits, Policy

#: a job that waits for a lock is woken; only if it is not, it checks the lock after this time
ASLEEP = timedelta(days=7)
_CAP_OF_ALL = Scope("cap:all")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredLock:
    """One semaphore that a job needs, and what it claims there."""

    scope: Scope
    request: LockRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How far apart two machines of a scope start: in two lanes, and in one."""

    cool_down: timedelta = timedelta(0)
    spacing: timedelta = timedelta(0)


def required_locks(
    job: Job, policy: Policy, last_start: datetime | None = None
) -> tuple[RequiredLock, ...]:
    """The semaphores that a job needs, in the order in which they are taken.

    `last_start`: the last instant at which the job could start. None: the end of its phase.
    """
    return tuple(
        RequiredLock(scope=place.scope, request=_request(job, place, slots, policy, last_start))
        for place, slots in _placements(job, policy.limits)
        if slots is not None
    )


def possible_scopes(job: Job) -> tuple[Scope, ...]:
    """Every scope in which the job can hold a lease, under any policy."""
    own = (job.placement, job.group, job.tier, job.pair, job.zone)
    return (
        *(each.scope for each in own if each is not None),
        subscription_cap(job),
        _CAP_OF_ALL,
    )


def line_of(job: Job, policy: Policy) -> Scope:
    """The scope in whose line a job waits while a pause or a change window keeps it from asking.

    It is a scope that it shares with the other machines of its region, if the policy limits these.
    So after the opening only as many jobs are woken as can start.
    """
    scopes = [each.scope for each in required_locks(job, policy)]
    kinds = ("pair", "region", "zones", "cap")
    shared = (scope for kind in kinds for scope in scopes if kind_of(scope) == kind)
    return next(shared, scopes[0])


def own_scopes(job: Job) -> frozenset[Scope]:
    """The scopes whose machines depend on the job, and are halted when it fails.

    None that it shares with unrelated machines.
    """
    return frozenset(each.scope for each in (job.placement, job.group) if each is not None)


def halted_scopes(job: Job) -> frozenset[Scope]:
    """The scopes in which nothing more starts once too many of their machines have failed.

    Those of `own_scopes`, and the tiers of its group: a tier that failed is not done.
    """
    return own_scopes(job) | ({job.tier.scope} if job.tier is not None else frozenset())


def tier_soak(job: Job, policy: Policy) -> timedelta:
    """How long the job's tier waits after another one."""
    number = 0 if job.tier is None else tier_number(job.tier)
    return policy.tiers[number - 1].soak if 1 <= number <= len(policy.tiers) else timedelta(0)


def subscription_cap(job: Job) -> Scope:
    """The scope of all machines of the job's subscription."""
    return Scope(f"cap:subscription:{job.subscription}")


def separation_in(scope: Scope, limits: Limits) -> Separation:
    """How far apart the policy wants two starts in a scope.

    Caps only count; tiers have soak times of their own. Zones and paired regions only take turns.
    """
    kind = kind_of(scope)
    if kind in ("cap", "region", "tiers"):
        return Separation()
    if kind in ("zones", "pair"):
        return Separation(cool_down=limits.cool_down)
    return Separation(cool_down=limits.cool_down, spacing=limits.spacing)


def _placements(job: Job, limits: Limits) -> Iterator[tuple[Placement, int | None]]:
    yield job.placement, 1 if one_at_a_time_reason(job.placement) else limits.slots
    if job.group is not None:
        yield job.group, limits.slots
    if job.tier is not None:
        yield job.tier, MAX_SLOTS
    if job.pair is not None:
        yield job.pair, limits.per_region
    if job.zone is not None:
        yield job.zone, limits.per_zone
    yield (
        Placement(scope=subscription_cap(job)),
        limits.per_subscription or (MAX_SLOTS if limits.ramp else None),
    )
    yield Placement(scope=_CAP_OF_ALL), limits.total


def _request(
    job: Job, place: Placement, slots: int, policy: Policy, last_start: datetime | None
) -> LockRequest:
    distance = separation_in(place.scope, policy.limits)
    cool_down = tier_soak(job, policy) if place is job.tier else distance.cool_down
    ramp = policy.limits.ramp and place.scope == subscription_cap(job)
    return LockRequest(
        job=job.id,
        step=job.step,
        called=job.attempts > 0,
        lane=place.lane,
        slots=slots,
        lease=policy.timing.lease_duration,
        cool_down=cool_down,
        spacing=distance.spacing,
        recheck=ASLEEP,
        wave=job.wave,
        canaries=policy.canary.machines if place.scope in own_scopes(job) else 0,
        soak=policy.canary.soak,
        ramp=ramp,
        budget=policy.error_budgets.subscription.failures_that_spend_it(job.wave_size)
        if ramp
        else None,
        since=job.created_at,
        last_start=last_start or job.self_service_end,
        prioritized_at=job.prioritized_at,
    )
