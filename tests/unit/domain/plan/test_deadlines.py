"""Which waiting jobs may miss their self-service phase by the plan, and what blocks them."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.job.job import AgentCheck, HeldLease, Job, job_id
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Halt, Lease, Semaphore
from shared.domain.machine.placement import Lane, Placement, Scope, tier_placement
from shared.domain.plan.deadlines import Risk, at_risk
from shared.domain.plan.machines.blockers import BlockingRule
from shared.domain.plan.machines.plan import machine_plan
from shared.domain.plan.machines.situation import Situation
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Limits, Policy, Tier, Timing
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, a_job, vm_id

SCOPE = Scope("avset:web")
NIGHT = Calendar(windows=(WeeklyWindow(days=tuple(Weekday), start=time(22), end=time(2)),))
SATURDAY = Calendar(windows=(WeeklyWindow(days=(Weekday.SAT,), start=time(22), end=time(4)),))
#: NOW is a Monday noon
MONDAY = NOW.replace(hour=0)


def policy(calendar: Calendar | None = None, **changes: Any) -> Policy:
    timing = {
        name: changes.pop(name)
        for name in ("expected_duration", "deadline_warning", "bake_time")
        if name in changes
    }
    return Policy(
        change_windows=calendar or Calendar(),
        timing=Timing(**timing),
        limits=Limits(**{"ramp": False} | changes),
    )


def job(name: str = "web-1", lane: str | None = "ud:0", **changes: Any) -> Job:
    """A waiting job of the scope that was found thirty days ago."""
    usual = {
        "id": job_id(vm_id(name), NOW - DAY),
        "machine": vm_id(name),
        "placement": Placement(scope=SCOPE, lane=None if lane is None else Lane(lane)),
        "state": State.DEFERRED,
        "reason": "another lane is in flight",
        "created_at": NOW - 30 * DAY,
    }
    return a_job(**usual | changes)


def risks(
    *jobs: Job,
    rules: Policy | None = None,
    mode: Mode = Mode.ACT,
    pauses: tuple[Pause, ...] = (),
    locks: tuple[Semaphore, ...] = (),
) -> dict[str, Risk]:
    """The risks by the name of the machine."""
    policy_of = rules or policy()
    situation = Situation(
        now=NOW, jobs=jobs, rules=lambda _: policy_of, semaphores=locks, pauses=pauses
    )
    found = at_risk(machine_plan(situation), situation.rules, lambda _: mode, NOW)
    names = {each.id: each.machine.rpartition("/")[2] for each in jobs}
    return {names[each]: risk for each, risk in found.items()}


def rules_in_the_way(one: Job, *others: Job, **more: Any) -> list[BlockingRule]:
    """What is in a job's way, and that it is at risk at all; [] if it is not."""
    risk = risks(one, *others, **more).get(one.machine.rpartition("/")[2])
    return [] if risk is None else [each.rule for each in risk.blockers]


@pytest.mark.parametrize(
    ("to_go", "warning", "found_ago", "rules"),
    [
        (4 * DAY, 3 * DAY, 30 * DAY, []),
        (3 * DAY, 3 * DAY, 30 * DAY, [BlockingRule.TIME]),
        (MINUTE, 3 * DAY, 30 * DAY, [BlockingRule.TIME]),
        (MINUTE, timedelta(0), 30 * DAY, []),
        (2 * DAY, 3 * DAY, HOUR, []),  # found late: half of what it had has to be gone
        (2 * DAY, 3 * DAY, 2 * DAY, [BlockingRule.TIME]),
        (timedelta(0), 3 * DAY, 30 * DAY, []),  # closed: the gates end it
    ],
)
def test_a_job_that_still_waits_near_its_last_start_is_at_risk(
    to_go: timedelta, warning: timedelta, found_ago: timedelta, rules: list[BlockingRule]
) -> None:
    one = job(self_service_end=NOW + to_go, created_at=NOW - found_ago)
    assert rules_in_the_way(one, rules=policy(deadline_warning=warning)) == rules


def test_it_is_the_last_start_that_is_near_and_not_the_end() -> None:
    one = job(self_service_end=MONDAY + 10 * DAY)  # the last window before it is on Saturday
    assert rules_in_the_way(one, rules=policy(SATURDAY, deadline_warning=6 * DAY)) == [
        BlockingRule.TIME
    ]
    assert rules_in_the_way(one, rules=policy(SATURDAY, deadline_warning=5 * DAY)) == []


PAUSE = Pause(target=EVERYTHING, reason="incident 42", by="ada", at=NOW)
HALTED = Semaphore(scope=SCOPE, halts=(Halt(reason="web-0 did not come back", job="s~0", at=NOW),))


@pytest.mark.parametrize(
    ("one", "around", "rules"),
    [
        (job(), {"pauses": (PAUSE,)}, [BlockingRule.PAUSE]),
        (job(), {"locks": (HALTED,)}, [BlockingRule.HALT]),
        (job(), {"mode": Mode.OBSERVE}, [BlockingRule.OBSERVE]),
        (job(state=State.PLANNED), {}, [BlockingRule.TIME]),
        (job(state=State.PARKED, due=None), {}, [BlockingRule.PARKED]),
        (
            job(),
            {"mode": Mode.OBSERVE, "pauses": (PAUSE,), "locks": (HALTED,)},
            [BlockingRule.PAUSE, BlockingRule.HALT, BlockingRule.OBSERVE],
        ),
        (job(), {"locks": (replace(HALTED, scope=Scope("other")),)}, [BlockingRule.TIME]),
    ],
)
def test_what_a_person_has_to_lift_is_named_once_the_last_start_is_near(
    one: Job, around: dict[str, Any], rules: list[BlockingRule]
) -> None:
    near = replace(one, self_service_end=NOW + DAY)
    far = replace(one, self_service_end=NOW + 20 * DAY)

    assert rules_in_the_way(near, **around) == rules
    assert rules_in_the_way(far, **around) == []


def test_a_pause_that_ends_in_time_blocks_nothing_and_one_behind_it_does() -> None:
    one = job(self_service_end=NOW + DAY)
    ends = replace(PAUSE, until=NOW + HOUR)
    lasts = replace(PAUSE, target=f"machine:{one.machine}", until=NOW + 2 * DAY)

    assert rules_in_the_way(one, pauses=(ends,)) == [BlockingRule.TIME]
    assert rules_in_the_way(one, pauses=(ends, lasts)) == [BlockingRule.PAUSE]


def test_a_missing_agent_is_reported_however_far_off_the_end_is() -> None:
    one = job(agent=AgentCheck.MISSING, self_service_end=NOW + 30 * DAY)
    assert rules_in_the_way(one) == [BlockingRule.AGENT]


def test_a_parked_job_that_holds_the_lock_is_in_the_way_of_the_others_and_not_of_itself() -> None:
    parked = job("web-0", state=State.PARKED, due=None, self_service_end=NOW + DAY)
    lease = Lease(job=parked.id, lane=Lane("ud:0"), token=1, acquired_at=NOW, expires_at=NOW + HOUR)
    held = (Semaphore(scope=SCOPE, holders=(lease,)),)
    behind = job("web-1", self_service_end=NOW + DAY)

    assert rules_in_the_way(behind, parked, locks=held) == [BlockingRule.PARKED]
    assert rules_in_the_way(parked, behind, locks=held) == [BlockingRule.PARKED]
    works = job("web-0", state=State.REDEPLOYING, called_at=NOW, self_service_end=NOW + DAY)
    assert rules_in_the_way(behind, works, locks=held) == [BlockingRule.TIME], (
        "its holder works, so it only waits"
    )


def test_a_machine_of_a_later_tier_is_blocked_by_what_blocks_the_earlier_one() -> None:
    rules = replace(policy(), tiers=(Tier(name="replicas"), Tier(name="others")))
    first, second = (
        job(f"web-{n}", self_service_end=NOW + DAY, tier=tier_placement("crm", n)) for n in (1, 2)
    )
    pause = replace(PAUSE, target=f"machine:{first.machine}")

    found = risks(first, second, rules=rules, pauses=(pause,))

    assert [each.rule for each in found["web-1"].blockers] == [BlockingRule.PAUSE]
    assert [each.rule for each in found["web-2"].blockers] == [BlockingRule.TIERS]
    assert "incident 42" in str(found["web-2"])


@pytest.mark.parametrize(
    "one",
    [
        job(self_service_end=None),
        job(self_service_end=NOW - DAY),
        job(
            state=State.PARKED,
            called_at=NOW,
            leases=(HeldLease(scope=SCOPE, token=1),),
            self_service_end=NOW + DAY,
        ),
    ],
    ids=["no end is known", "closed", "its call may be moving the machine"],
)
def test_what_is_not_known_or_not_to_be_helped_is_left_alone(one: Job) -> None:
    assert rules_in_the_way(one) == []


def test_a_job_for_which_no_window_is_left_is_at_risk_however_far_off_the_end_is() -> None:
    one = job(self_service_end=MONDAY + 5 * DAY, created_at=NOW)
    assert rules_in_the_way(one, rules=policy(SATURDAY, deadline_warning=timedelta(0))) == [
        BlockingRule.WINDOWS
    ]


def test_of_more_machines_than_fit_the_last_ones_are_at_risk_at_once() -> None:
    """A four hours' window on one night, an hour each: the fifth one has no place."""
    rules = policy(
        NIGHT, expected_duration=HOUR, bake_time=timedelta(0), deadline_warning=timedelta(0)
    )
    jobs = [job(f"web-{n}", self_service_end=NOW + DAY) for n in range(5)]

    (risk,) = risks(*jobs, rules=rules).values()

    assert [each.rule for each in risk.blockers] == [BlockingRule.QUEUE]
    assert "it cannot fit: " in str(risk)
    assert risks(*jobs[:4], rules=rules) == {}


@pytest.mark.parametrize(("total", "missed"), [(None, 0), (1, 1)])
def test_a_cap_puts_machines_of_different_scopes_one_behind_the_other(
    total: int | None, missed: int
) -> None:
    rules = policy(NIGHT, expected_duration=4 * HOUR, deadline_warning=timedelta(0), total=total)
    jobs = [
        job(f"web-{n}", self_service_end=NOW + DAY, placement=Placement(scope=Scope(f"vm:{n}")))
        for n in range(2)
    ]
    assert len(risks(*jobs, rules=rules)) == missed


@pytest.mark.parametrize("machines", [1, 3, 8])
def test_what_the_plan_has_no_start_for_is_at_risk_and_nothing_else(machines: int) -> None:
    rules = policy(NIGHT, expected_duration=HOUR, deadline_warning=timedelta(0), cool_down=HOUR)
    jobs = [job(f"web-{n}", f"ud:{n % 2}", self_service_end=NOW + DAY) for n in range(machines)]
    plan = machine_plan(Situation(now=NOW, jobs=jobs, rules=lambda _: rules))

    missed = {each.job.machine.rpartition("/")[2] for each in plan.machines if each.missed}

    assert set(risks(*jobs, rules=rules)) == missed
