"""The plan of all open jobs: starts, certainty, what holds machines back, and what cannot fit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.job.job import AgentCheck, HeldLease, Job, JobId, job_id
from shared.domain.job.states import State
from shared.domain.lock.ramp import Ramp
from shared.domain.lock.semaphore import CanaryProgress, Halt, LastRelease, Lease, Semaphore
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.plan.machines.plan import Certainty, MachinePlan, MachineStart, machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.domain.policy.error_budget import ErrorBudget, ErrorBudgets
from shared.domain.policy.policy import Canary, Limits, Policy, Timing
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from shared.domain.schedule.plan import Feasibility
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job, vm_id

SET = Scope("avset:web")
#: 30 minutes, and 5 to be sure; one update domain after the other, half an hour apart
RULES = Policy(limits=Limits(ramp=False))
HOLDS = 35 * MINUTE


def job(name: str, lane: str = "ud:0", scope: Scope = SET, **changes: Any) -> Job:
    machine = vm_id(name)
    placement = Placement(scope=scope, lane=Lane(lane))
    usual = {"id": job_id(machine, NOW - DAY), "machine": machine, "placement": placement}
    return a_job(**(usual | changes))


def planned(
    *jobs: Job,
    locks: Sequence[Semaphore] = (),
    pauses: Sequence[Pause] = (),
    rules: Policy = RULES,
    now: datetime = NOW,
) -> MachinePlan:
    return machine_plan(
        Situation(now=now, jobs=jobs, rules=lambda _: rules, semaphores=locks, pauses=pauses)
    )


def row(plan: MachinePlan, of: Job) -> MachineStart:
    return next(each for each in plan.machines if each.job.id == of.id)


def starts(plan: MachinePlan) -> list[tuple[str, timedelta | None]]:
    return [
        (each.job.machine.rpartition("/")[2], None if each.start is None else each.start - NOW)
        for each in plan.machines
    ]


def held(by: Job, scope: Scope = SET, **changes: Any) -> Semaphore:
    lease = Lease(
        job=by.id,
        lane=by.placement.lane,
        token=1,
        acquired_at=NOW - HOUR,
        expires_at=NOW + HOUR,
    )
    return Semaphore(**({"scope": scope, "holders": (lease,)} | changes))


def test_update_domains_follow_each_other_and_each_start_says_why() -> None:
    a, b, c = job("a"), job("b"), job("c", "ud:1")
    plan = planned(c, b, a)

    assert starts(plan) == [
        ("a", 0 * MINUTE),
        ("b", HOLDS),
        ("c", 2 * HOLDS + 30 * MINUTE),
    ]
    assert [each.certainty for each in plan.machines] == ["fixed", "about", "about"]
    assert row(plan, a).reason == "it can start now"
    assert row(plan, b).reason == "others go before it in its locks"
    assert plan.feasibility is Feasibility.FITS
    assert row(plan, a).margin == 30 * DAY - timedelta(microseconds=1)
    assert row(plan, c).expected_end == NOW + 3 * HOLDS + 30 * MINUTE


def test_a_machine_in_flight_comes_first_and_the_others_wait_for_its_expected_end() -> None:
    moving = job(
        "a",
        state=State.REDEPLOYING,
        called_at=NOW - 10 * MINUTE,
        leases=(HeldLease(scope=SET, token=1),),
    )
    plan = planned(moving, job("b"), locks=[held(moving)])

    assert starts(plan) == [("a", -10 * MINUTE), ("b", 25 * MINUTE)]
    assert row(plan, moving).certainty is Certainty.FIXED
    assert row(plan, moving).margin is None


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"state": State.VERIFYING, "ready_since": NOW - 2 * MINUTE}, 3 * MINUTE),
        ({"state": State.VERIFYING, "ready_since": NOW - HOUR}, 0 * MINUTE),
        ({"state": State.REDEPLOYING, "called_at": NOW - 5 * HOUR}, 5 * MINUTE),
        ({"state": State.ADMITTED, "state_entered_at": NOW}, 35 * MINUTE),
    ],
)
def test_when_a_machine_in_flight_ends(changes: dict[str, Any], end: timedelta) -> None:
    moving = job("a", **changes)

    assert row(planned(moving), moving).expected_end == NOW + end


def test_what_has_happened_in_a_scope_counts() -> None:
    left = LastRelease(lane=Lane("ud:1"), at=NOW - 10 * MINUTE)
    after_cool_down = planned(job("a"), locks=[Semaphore(scope=SET, last_release=left)])
    spaced = planned(
        job("a"),
        locks=[Semaphore(scope=SET, last_start=NOW - 10 * MINUTE)],
        rules=Policy(limits=Limits(ramp=False, spacing=HOUR)),
    )

    assert starts(after_cool_down) == [("a", 20 * MINUTE)]
    assert starts(spaced) == [("a", 50 * MINUTE)]


def test_canaries_that_came_back_count_and_their_soak_time_goes_on() -> None:
    rules = Policy(limits=Limits(ramp=False, slots=5), canary=Canary(machines=1, soak=2 * HOUR))
    jobs = [job(name) for name in "abc"]
    passed = CanaryProgress(wave=NOW - DAY, passed=1, at=NOW - HOUR)

    assert starts(planned(*jobs, rules=rules)) == [
        ("a", 0 * MINUTE),
        ("b", HOLDS + 2 * HOUR),
        ("c", HOLDS + 2 * HOUR),
    ]
    after = planned(*jobs, rules=rules, locks=[Semaphore(scope=SET, canary_progress=passed)])
    assert [start for _, start in starts(after)] == [HOUR] * 3


def test_machines_wait_for_the_canaries_that_their_owner_chose() -> None:
    canary = job("z", "ud:1")
    others = [job(name, waits_for_canaries=(canary.id,)) for name in "ab"]
    rules = Policy(limits=Limits(ramp=False, slots=5), canary=Canary(machines=1, soak=HOUR))

    assert starts(planned(*others, canary, rules=rules))[0] == ("z", 0 * MINUTE)


def test_the_ramp_grows_as_machines_come_back_and_the_error_budget_bounds_it() -> None:
    jobs = [job(name, scope=Scope(f"vm:{name}")) for name in "abcdefgh"]
    cap = Scope(f"cap:subscription:{jobs[0].subscription}")

    def first_round(budget: int, ramp: Ramp | None) -> int:
        rules = Policy(
            error_budgets=ErrorBudgets(subscription=ErrorBudget(failures=budget)),
            limits=Limits(per_region=None),
        )
        plan = planned(*jobs, rules=rules, locks=[Semaphore(scope=cap, ramp=ramp)])
        return sum(each.start == NOW for each in plan.machines)

    wave = NOW - DAY
    assert first_round(100, None) == 1
    assert first_round(100, Ramp(wave=wave, came_back=3)) == 4
    assert first_round(100, Ramp(wave=wave - 10 * DAY, came_back=3)) == 1
    assert first_round(3, Ramp(wave=wave, came_back=7)) == 3
    assert first_round(3, Ramp(wave=wave, came_back=7, failed=1)) == 2


@pytest.mark.parametrize(
    ("changes", "locks", "pauses", "said"),
    [
        ({}, (), (Pause(target=EVERYTHING, reason="freeze", by="kim", at=NOW),), "freeze"),
        ({"agent": AgentCheck.MISSING}, (), (), "agent"),
        (
            {},
            (Semaphore(scope=SET, halts=(Halt(reason="x is down", job="s~x", at=NOW),)),),
            (),
            "avset:web is halted: x is down",
        ),
        ({}, (held(job("gone")),), (), "is held by"),
    ],
)
def test_a_machine_that_waits_for_somebody_is_blocked_and_takes_no_room(
    changes: dict[str, Any],
    locks: Sequence[Semaphore],
    pauses: Sequence[Pause],
    said: str,
) -> None:
    blocked = job("a", **changes)
    plan = planned(blocked, locks=locks, pauses=pauses)

    assert row(plan, blocked).certainty is Certainty.BLOCKED
    assert said in row(plan, blocked).reason
    assert row(plan, blocked).start == NOW  # as if the obstacle were gone now
    if not locks and not pauses:
        free = planned(blocked, job("b"))
        assert starts(free) == [("b", 0 * MINUTE), ("a", HOLDS)]


def test_a_parked_job_has_no_start_and_what_it_holds_blocks_other_lanes_only() -> None:
    parked = job("a", state=State.PARKED, due=None, reason="agent not ready")
    same, other = job("b"), job("c", "ud:1")
    rules = Policy(limits=Limits(ramp=False, slots=2))
    plan = planned(parked, same, other, locks=[held(parked)], rules=rules)

    assert row(plan, parked).start is None
    assert row(plan, parked).reason == "parked: agent not ready"
    assert row(plan, same).certainty is Certainty.FIXED
    assert row(plan, other).certainty is Certainty.BLOCKED
    assert plan.machines[-1].job == parked


def test_a_machine_without_a_start_names_what_is_in_the_way_and_ways_out() -> None:
    nightly = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=_at(22), end=_at(23)),))
    rules = Policy(
        change_windows=nightly,
        limits=Limits(ramp=False),
        timing=Timing(expected_duration=40 * MINUTE),
    )
    jobs = [job(name, self_service_end=NOW + 2 * DAY) for name in "abc"]
    plan = planned(*jobs, rules=rules)

    assert plan.feasibility is Feasibility.CANNOT_FIT
    (missed,) = plan.infeasible
    assert missed.is_proved
    assert missed.blocked_by[0] == "avset:web: 3 machines, and the windows have room for 2"
    assert "2 slots in avset:web" in missed.relax
    assert row(plan, missed.job).start is None
    assert row(plan, missed.job).certainty is Certainty.BLOCKED


def _at(hour: int) -> Any:
    return datetime(2026, 1, 1, hour).time()  # noqa: DTZ001 - a local time


def test_a_prioritized_job_goes_first_in_its_locks() -> None:
    jobs = [job("a"), job("b"), job("c", prioritized_at=NOW)]

    assert [name for name, _ in starts(planned(*jobs))] == ["c", "a", "b"]


def test_no_attempt_before_its_time_and_that_is_why() -> None:
    late = job("a", not_before=NOW + 4 * HOUR, reason="no capacity")
    plan = planned(late)

    assert row(plan, late).start == NOW + 4 * HOUR
    assert (row(plan, late).certainty, row(plan, late).reason) == (Certainty.FIXED, "no capacity")


def test_the_same_situation_has_the_same_fingerprint_in_any_order() -> None:
    jobs = [job(f"vm-{n}", f"ud:{n % 3}") for n in range(12)]
    one, other = planned(*jobs), planned(*reversed(jobs))

    assert one == other
    assert one.fingerprint("p") == other.fingerprint("p") != one.fingerprint("q")
    moved = planned(*jobs, now=NOW + MINUTE)
    assert moved.fingerprint("p") != one.fingerprint("p")


def test_without_jobs_there_is_a_plan() -> None:
    plan = planned()

    assert (plan.machines, plan.infeasible, plan.feasibility) == ((), (), Feasibility.FITS)


def test_a_waiting_job_that_holds_leases_does_not_block_others_for_ever() -> None:
    retried = job("a", state=State.DEFERRED, leases=(HeldLease(scope=SET, token=1),))
    plan = planned(retried, job("b", "ud:1"), locks=[held(retried)])

    assert all(each.certainty is not Certainty.BLOCKED for each in plan.machines)


def test_a_lease_of_an_unknown_job_blocks_until_somebody_looks() -> None:
    unknown = replace(job("x"), id=JobId("s~unknown"))
    waiting = job("b", "ud:1")
    plan = planned(waiting, locks=[held(unknown)])

    assert row(plan, waiting).certainty is Certainty.BLOCKED
    assert "s~unknown" in row(plan, waiting).reason
