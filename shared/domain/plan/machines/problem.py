"""The planner's problem, made from open jobs, the locks that they need, and how those stand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.job.required_locks import RequiredLock, tier_soak
from shared.domain.job.states import State
from shared.domain.lock.ramp import ramp_of
from shared.domain.lock.scheduling import present_lane
from shared.domain.lock.semaphore import LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope, kind_of, tier_number
from shared.domain.plan.machines.situation import View, task_id
from shared.domain.policy.policy import Policy
from shared.domain.schedule.problem import InFlight, LockRule, LockState, Problem, Task

#: what is held until somebody acts is held for longer than any plan looks ahead
_FOR_EVER = timedelta(days=3_650)


def problem_of(view: View, jobs: Sequence[Job], *, with_stuck: bool) -> Problem:
    """The problem of these jobs, around all machines that move now.

    `with_stuck`: whether leases that somebody has to release are held; otherwise they are free.
    """
    now = view.situation.now
    ends = _ends_of_tiers(view)
    tasks = [_task(each, view, ends) for each in jobs]
    rules, states = _locks(view, jobs)
    in_flight = [_in_flight(each, view) for each in view.situation.jobs if is_moving(each)]
    if with_stuck:
        in_flight += _stuck(view, now)
    return Problem(now=now, tasks=tasks, rules=rules, states=states, in_flight=in_flight)


def is_moving(job: Job) -> bool:
    """Whether the machine is in flight by itself: nobody has to act for it to end."""
    return job.state.may_be_in_flight


def expected_end(job: Job, policy: Policy, now: datetime) -> datetime:
    """When a machine that moves is expected to give its locks back."""
    bake = policy.timing.bake_time
    if job.state is State.VERIFYING and job.ready_since is not None:
        return max(job.ready_since + bake, now)
    return max(started(job) + policy.timing.expected_duration + bake, now + bake)


def started(job: Job) -> datetime:
    """When a machine that moves was called, or was about to be."""
    return job.called_at or job.state_entered_at


type _Ends = Mapping[Scope, Sequence[tuple[Lane | None, datetime]]]


def _ends_of_tiers(view: View) -> _Ends:
    """By the scope of tiers: when machines of a tier gave their locks back, or are expected to."""
    found: dict[Scope, list[tuple[Lane | None, datetime]]] = {}
    for job in view.situation.jobs:
        if job.tier is not None and is_moving(job):
            end = expected_end(job, view.situation.rules(job), view.situation.now)
            found.setdefault(job.tier.scope, []).append((job.tier.lane, end))
    for scope, lock in view.locks.items():
        if kind_of(scope) == "tiers" and lock.last_release is not None:
            last = lock.last_release
            found.setdefault(scope, []).append((last.lane, last.at))
    return found


def _earliest(job: Job, view: View, ends: _Ends) -> datetime | None:
    """The first start by its own back-off, and by the soak of its tier after what moves now."""
    known = [] if job.not_before is None else [job.not_before]
    if job.tier is not None:
        soak = tier_soak(job, view.situation.rules(job))
        others = ends.get(job.tier.scope, ())
        known += [end + soak for lane, end in others if lane != job.tier.lane]
    return max(known, default=None)


def _task(job: Job, view: View, ends: _Ends) -> Task:
    policy = view.situation.rules(job)
    group, tier, soak = _tier(job, view)
    return Task(
        id=task_id(job),
        locks=_locks_of(view.needs[job.id]),
        calendar=policy.change_windows,
        expected=policy.timing.expected_duration,
        holds=policy.timing.expected_duration + policy.timing.bake_time,
        earliest=_earliest(job, view, ends),
        closes=job.self_service_end,
        group=group,
        tier=tier,
        tier_soak=soak,
        waits_since=job.created_at,
        prioritized_at=job.prioritized_at,
    )


def _tier(job: Job, view: View) -> tuple[str, int, timedelta]:
    """What it starts after: tiers of its group, and canaries that an owner chose.

    In a group with tiers the canaries of each tier are a tier of their own before the others.
    """
    policy = view.situation.rules(job)
    canaries = ",".join(job.waits_for_canaries)
    soak = policy.canary.soak if canaries else timedelta(0)
    if job.tier is None:
        return canaries or view.canaries.get(job.id, ""), 1 if canaries else 0, soak
    number = 2 * tier_number(job.tier) + (1 if canaries else 0)
    return job.tier.scope, number, max(soak, tier_soak(job, policy))


def _locks_of(needs: Sequence[RequiredLock]) -> tuple[tuple[Scope, Lane | None], ...]:
    return tuple((each.scope, each.request.lane) for each in needs)


def _locks(view: View, jobs: Sequence[Job]) -> tuple[dict[Scope, LockRule], dict[Scope, LockState]]:
    asked: dict[Scope, list[LockRequest]] = {}
    for job in jobs:
        for need in view.needs[job.id]:
            asked.setdefault(need.scope, []).append(need.request)
    rules = {
        scope: _without_soak(scope, _rule(requests, view.locks.get(scope)))
        for scope, requests in asked.items()
    }
    states = {
        scope: _state(view.locks[scope], requests)
        for scope, requests in asked.items()
        if scope in view.locks
    }
    return rules, states


def _without_soak(scope: Scope, rule: LockRule) -> LockRule:
    """Tiers of one group have different soak times, which are those of the tasks."""
    return replace(rule, cool_down=timedelta(0)) if kind_of(scope) == "tiers" else rule


def _rule(requests: Collection[LockRequest], lock: Semaphore | None) -> LockRule:
    """The strictest of what the jobs ask. The error budget bounds the ramp, and so the slots."""
    slots = min(each.slots for each in requests)
    budgets = [each.budget for each in requests if each.ramp and each.budget is not None]
    if budgets:
        failed = _failed(requests, lock)
        slots = min(slots, max(1, min(budgets) - failed))
    return LockRule(
        slots=slots,
        cool_down=max(each.cool_down for each in requests),
        spacing=max(each.spacing for each in requests),
        canaries=max(each.canaries for each in requests),
        soak=max(each.soak for each in requests),
        ramp=any(each.ramp for each in requests),
    )


def _newest_wave(requests: Collection[LockRequest]) -> datetime | None:
    return max((each.wave for each in requests if each.wave is not None), default=None)


def _failed(requests: Collection[LockRequest], lock: Semaphore | None) -> int:
    wave = _newest_wave(requests)
    return 0 if lock is None or wave is None else ramp_of(lock.ramp, wave, None).failed


def _state(lock: Semaphore, requests: Collection[LockRequest]) -> LockState:
    wave, present = _newest_wave(requests), present_lane(lock)
    starts = [each.acquired_at for each in lock.holders]
    if lock.last_start is not None:
        starts.append(lock.last_start)
    came_back, canary_at = 0, None
    if wave is not None and any(each.ramp for each in requests):
        came_back = ramp_of(lock.ramp, wave, None).came_back
    elif wave is not None and lock.canary_progress and lock.canary_progress.wave >= wave:
        came_back, canary_at = lock.canary_progress.passed, lock.canary_progress.at
    return LockState(
        last_lane=None if present is None else present.lane,
        last_release=None if lock.holders or not lock.last_release else lock.last_release.at,
        last_start=max(starts, default=None),
        came_back=came_back,
        canary_at=canary_at,
    )


def _in_flight(job: Job, view: View) -> InFlight:
    held = {each.scope for each in job.leases}
    locks = tuple(
        (scope, lane) for scope, lane in _locks_of(view.needs[job.id]) if not held or scope in held
    )
    now = view.situation.now
    end = expected_end(job, view.situation.rules(job), now)
    return InFlight(id=job.id, locks=locks, start=started(job), end=end)


def _stuck(view: View, now: datetime) -> Iterator[InFlight]:
    held: dict[str, list[tuple[Scope, Lane | None]]] = {}
    since: dict[str, datetime] = {}
    for lock in view.locks.values():
        for lease in view.stuck_leases(lock):
            held.setdefault(lease.job, []).append((lock.scope, lease.lane))
            since.setdefault(lease.job, lease.acquired_at)
    for job, locks in sorted(held.items()):
        yield InFlight(id=job, locks=tuple(locks), start=since[job], end=now + _FOR_EVER)
