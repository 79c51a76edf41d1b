"""Error budgets, and what the failure of a machine calls for."""

from dataclasses import replace

import pytest

from shared.domain.job.job import Job, job_id
from shared.domain.job.states import State
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.domain.policy.error_budget import ErrorBudget, ErrorBudgets
from shared.domain.policy.policy import Canary, Policy
from shared.domain.redeploy.failure import after_failure
from tests.unit.domain.samples import DAY, NOW, SUBSCRIPTION, a_job, vm_id

GROUP = Placement(scope=Scope(f"group:{SUBSCRIPTION}/shop"))
PAIR = Placement(
    scope=Scope(f"pair:{SUBSCRIPTION}/northeurope+westeurope"), lane=Lane("region:westeurope")
)
ZONE = Placement(scope=Scope(f"zones:{SUBSCRIPTION}/westeurope"), lane=Lane("zone:2"))
ELSEWHERE = Placement(scope=Scope("avset:elsewhere"), lane=Lane("ud:0"))


def job(name: str, state: State = State.PLANNED, **changes: object) -> Job:
    fields = {
        "id": job_id(vm_id(name), NOW - DAY),
        "machine": vm_id(name),
        "state": state,
        **changes,
    }
    return a_job(**fields)


def failed(name: str, **changes: object) -> Job:
    return job(name, State.FAILED, reason=f"{name} is down", finished_at=NOW, **changes)


def policy(
    group: ErrorBudget, subscription: ErrorBudget | None = None, canaries: int = 0
) -> Policy:
    return Policy(
        error_budgets=ErrorBudgets(group=group, subscription=subscription or ErrorBudget()),
        canary=Canary(machines=canaries),
    )


@pytest.mark.parametrize(
    ("budget", "lost", "of", "is_spent"),
    [
        (ErrorBudget(failures=1), 0, 10, False),
        (ErrorBudget(failures=1), 1, 10, True),
        (ErrorBudget(failures=3), 2, 3, False),
        (ErrorBudget(percent=10), 1, 11, False),
        (ErrorBudget(percent=10), 1, 10, True),
        (ErrorBudget(percent=10), 0, 0, False),
        (ErrorBudget(failures=5, percent=50), 1, 2, True),
        (ErrorBudget(failures=5, percent=50), 5, 100, True),
        (ErrorBudget(), 99, 99, False),
    ],
)
def test_a_budget_is_spent_at_the_bound_that_is_reached_first(
    budget: ErrorBudget, lost: int, of: int, *, is_spent: bool
) -> None:
    assert budget.is_exhausted(lost, of) is is_spent


def test_one_failure_halts_placement_and_group_and_keeps_other_zones_and_regions_out() -> None:
    lost = failed("web-0", group=GROUP, pair=PAIR, zone=ZONE)

    found = after_failure(lost, [lost, job("web-1")], Policy())

    assert {scope: halt.lane for scope, halt in found.halts} == {
        lost.placement.scope: None,
        GROUP.scope: None,
        PAIR.scope: PAIR.lane,
        ZONE.scope: ZONE.lane,
    }
    assert {(halt.job, halt.reason) for _, halt in found.halts} == {(lost.id, "web-0 is down")}
    assert found.pause is None


def test_a_failure_that_the_budget_has_room_for_halts_nothing() -> None:
    lost = failed("web-0", zone=ZONE)

    found = after_failure(lost, [lost, job("web-1")], policy(ErrorBudget(failures=2)))

    assert found.halts == ()


def test_only_the_scope_whose_budget_is_spent_is_halted() -> None:
    first, second = failed("web-0", group=GROUP), failed("db-0", group=GROUP, placement=ELSEWHERE)

    found = after_failure(second, [first, second], policy(ErrorBudget(failures=2)))

    assert [scope for scope, _ in found.halts] == [GROUP.scope]


def test_failures_of_another_wave_and_of_other_placements_do_not_count() -> None:
    lost = failed("web-0")
    former = replace(failed("web-1"), wave=NOW - 30 * DAY, self_service_end=NOW - DAY)
    others = failed("db-0", placement=ELSEWHERE)

    assert after_failure(lost, [lost, former, others], policy(ErrorBudget(failures=2))).halts == ()


def test_failures_of_a_wave_that_azure_has_moved_still_count() -> None:
    lost, moved = failed("web-0"), replace(failed("web-1"), wave=NOW - 2 * DAY)
    ended = replace(
        job("web-0", State.SKIPPED, finished_at=NOW),
        id=job_id(vm_id("web-0"), NOW),
        wave=NOW - 2 * DAY,
    )

    assert after_failure(lost, [lost, moved, ended], policy(ErrorBudget(failures=2))).halts != ()
    assert (
        after_failure(lost, [lost, ended, job("web-2")], policy(ErrorBudget(percent=34))).halts
        != ()
    )


def test_percent_counts_the_machines_of_the_wave() -> None:
    lost = failed("web-0")
    nine = [job(f"web-{n}", State.SUCCEEDED, finished_at=NOW) for n in range(1, 10)]

    assert after_failure(lost, [lost, *nine], policy(ErrorBudget(percent=10))).halts != ()
    assert (
        after_failure(lost, [lost, *nine, job("web-10")], policy(ErrorBudget(percent=10))).halts
        == ()
    )


def test_a_failed_job_counts_also_where_the_list_was_read_before_it_was_saved() -> None:
    lost = failed("web-0")

    assert (
        after_failure(
            lost, [replace(lost, state=State.VERIFYING, finished_at=None)], Policy()
        ).halts
        != ()
    )


def test_a_canary_that_fails_halts_whatever_is_left_of_the_budget() -> None:
    lost = failed("web-0")
    rules = policy(ErrorBudget(failures=5), canaries=1)
    came_back = job("web-1", State.SUCCEEDED, finished_at=NOW)

    assert after_failure(lost, [lost], rules).halts != ()
    assert after_failure(lost, [lost, came_back], rules).halts == ()


def test_a_subscription_is_paused_when_its_own_budget_is_spent() -> None:
    three = [failed(f"vm-{n}", placement=Placement(scope=Scope(f"vm:{n}"))) for n in range(3)]

    assert after_failure(three[1], three[:2], Policy()).pause is None
    assert after_failure(three[2], three, Policy()).pause == (
        "3 of 3 machines of this wave did not come back: the error budget is spent"
    )


@pytest.mark.parametrize(
    ("failures", "fault"),
    [
        (ErrorBudgets(group=ErrorBudget()), "error_budgets.group needs failures or percent"),
        (
            ErrorBudgets(group=ErrorBudget(failures=0)),
            "error_budgets.group.failures must be at least 1",
        ),
        (
            ErrorBudgets(subscription=ErrorBudget(percent=0)),
            "error_budgets.subscription.percent must be more than 0",
        ),
        (ErrorBudgets(subscription=ErrorBudget(percent=101)), "and at most 100"),
    ],
)
def test_budgets_that_cannot_be_meant_are_refused(failures: ErrorBudgets, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Policy(error_budgets=failures)
