"""Error budgets: how many machines may be lost before nobody goes on, in a group and in a subscription."""

from shared.domain.job.states import State
from shared.domain.policy.error_budget import ErrorBudget, Failures
from shared.domain.policy.policy import Limits, Policy
from shared.usecases.operate.pause import end_halt, pause, resume
from tests.support.checks import states
from tests.support.faults import KillOnce, Recorder
from tests.support.fleets import DAY, HOUR, NEVER_COMES_BACK, PACE, SUBSCRIPTION, alone, member, vm
from tests.support.house import House
from tests.support.world import Guest

TARGET = f"subscription:{SUBSCRIPTION}"


def rules(group: ErrorBudget, subscription: ErrorBudget | None = None) -> Policy:
    failures = Failures(group=group, subscription=subscription or ErrorBudget())
    return Policy(pace=PACE, limits=Limits(cool_down=0 * HOUR), failures=failures)


def down(name: str, update_domain: int) -> Guest:
    return member(name, update_domain, NEVER_COMES_BACK)


async def test_a_group_goes_on_as_long_as_its_budget_has_room() -> None:
    house = House(
        down("web-0", 0),
        member("web-1", 1),
        down("web-2", 2),
        member("web-3", 3),
        policy=rules(ErrorBudget(failures=2)),
    )

    await house.run_a_wave(2 * DAY)

    assert await states(house) == {
        "web-0": State.FAILED,
        "web-1": State.SUCCEEDED,
        "web-2": State.FAILED,
        "web-3": State.DEFERRED,
    }
    assert sorted(each.kind for each in house.told) == ["job.failed", "scope.halted"]


async def test_a_budget_in_percent_counts_the_machines_of_the_wave() -> None:
    guests = [down("web-0", 0), *(member(f"web-{n}", n) for n in range(1, 5))]

    for percent, state in ((20, State.DEFERRED), (21, State.SUCCEEDED)):
        house = House(*guests, policy=rules(ErrorBudget(percent=percent)))
        guests[0].fates.append(NEVER_COMES_BACK)
        await house.run_a_wave(2 * DAY)
        found = await states(house)
        assert {found[f"web-{n}"] for n in range(1, 5)} == {state}, percent


async def test_each_failure_after_a_lifted_halt_halts_again() -> None:
    house = House(
        down("web-0", 0), down("web-1", 1), member("web-2", 2), policy=rules(ErrorBudget(failures=1))
    )
    await house.run_a_wave(2 * HOUR)
    scope = (await house.job("web-0")).placement.scope
    house.world.repair(vm("web-0"))
    await end_halt(house.plain, scope, by="me", reason="repaired")

    await house.run(DAY)

    assert (await house.job("web-1")).state is State.FAILED
    assert (await house.job("web-2")).state is State.DEFERRED


async def test_a_subscription_is_paused_when_failures_come_from_everywhere() -> None:
    house = House(
        *(alone(f"vm-{n}", NEVER_COMES_BACK) for n in range(3)),
        alone("vm-9"),
        policy=Policy(pace=PACE, limits=Limits(in_all=1)),
    )

    await house.run_a_wave(2 * DAY)

    assert await states(house) == {
        "vm-0": State.FAILED,
        "vm-1": State.FAILED,
        "vm-2": State.FAILED,
        "vm-9": State.DEFERRED,
    }
    (thrown,) = await house.plain.pauses.all()
    assert (thrown.target, thrown.by) == (TARGET, "forestall")
    assert thrown.reason == "3 of 4 machines of this wave did not come back: the error budget is spent"
    assert "budget.spent" in [each.kind for each in house.told]
    assert [each.event for each in await house.trail.of(f"pause:{TARGET}")] == ["pause.thrown"]


async def test_a_person_resumes_the_subscription_and_the_rest_goes_on() -> None:
    house = House(
        *(alone(f"vm-{n}", NEVER_COMES_BACK) for n in range(3)),
        alone("vm-9"),
        policy=Policy(pace=PACE, limits=Limits(in_all=1)),
    )
    await house.run_a_wave(DAY)

    assert await resume(house.plain, TARGET, by="me", reason="it was the image")
    await house.run()

    assert (await house.job("vm-9")).state is State.SUCCEEDED


async def test_a_pause_that_a_person_has_thrown_keeps_its_name_and_reason() -> None:
    house = House(
        alone("vm-0", NEVER_COMES_BACK),
        policy=rules(ErrorBudget(failures=1), subscription=ErrorBudget(failures=1)),
    )
    await house.run_a_wave(5 * HOUR / 60)
    await pause(house.plain, TARGET, reason="incident 42", by="ada")

    await house.run(DAY)

    assert (await house.job("vm-0")).state is State.FAILED
    (thrown,) = await house.plain.pauses.all()
    assert (thrown.by, thrown.reason) == ("ada", "incident 42")


async def test_a_crash_at_any_call_of_a_failure_still_pauses_the_subscription() -> None:
    def house_with(hook: Recorder | KillOnce) -> House:
        budget = rules(ErrorBudget(failures=1), subscription=ErrorBudget(failures=1))
        return House(alone("vm-0", NEVER_COMES_BACK), policy=budget, hook=hook)

    recorder = Recorder()
    await house_with(recorder).run_a_wave(2 * HOUR)
    called = recorder.places.index("azure.perform_maintenance")

    for k, place in list(enumerate(recorder.places))[called + 1 :]:
        house = house_with(KillOnce(k))
        await house.run_a_wave(6 * HOUR)
        where = f"died before call {k}, {place}"
        assert (await house.job("vm-0")).state is State.FAILED, where
        assert [each.target for each in await house.plain.pauses.all()] == [TARGET], where
        assert any(each.halts for each in await house.plain.semaphores.all()), where
