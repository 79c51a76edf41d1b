"""What others do to the machines meanwhile: delete them, stop them, redeploy them or their neighbours."""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from shared.domain.machine.instance_view import Power
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import (
    ANSWER_LOST_AFTER_THE_ACT,
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START,
    alone,
    daily,
    member,
    policy,
    vm,
    wave,
)
from tests.support.house import House
from tests.support.world import Fate

#: when the machine is deleted, and where its job stands then
STATES = {
    State.ADMITTED: (20 * SECOND, ANSWER_LOST_AFTER_THE_ACT),
    State.REDEPLOYING: (MINUTE, Fate()),
    State.VERIFYING: (3 * MINUTE, Fate()),
}


@pytest.mark.parametrize("state", STATES)
async def test_a_machine_that_is_deleted_in_flight_ends_its_job(state: State) -> None:
    after, fate = STATES[state]
    house = House(member("web-0", 0, fate), member("web-1", 1))
    await house.run_a_wave(after)
    assert (await house.job("web-0")).state is state

    house.world.delete(vm("web-0"))
    await house.run(HOUR)
    assert await states(house) == {"web-0": State.SKIPPED, "web-1": State.DEFERRED}
    await house.run_a_wave()  # the scan forgets the machine as a neighbour

    assert await states(house) == {"web-0": State.SKIPPED, "web-1": State.SUCCEEDED}
    assert (await house.job("web-0")).reason == "the machine was deleted"
    assert [each.kind for each in house.told] == ["machine.deleted"]
    await assert_all_is_well(house)


@pytest.mark.parametrize("state", STATES)
async def test_a_single_404_in_flight_gives_no_lease_back(state: State) -> None:
    """The machine is down, and Azure misses it for a moment: nobody of another update domain may be called meanwhile."""
    after, fate = STATES[state]
    house = House(member("web-0", 0, replace(fate, agent_after=None)), member("web-1", 1))
    await house.run_a_wave(after)
    assert (await house.job("web-0")).state is state
    house.world.forget_operations()  # so that the machine itself is asked, in every state
    now = house.clock.now()
    house.world.missed = [(vm("web-0"), now, now + 9 * MINUTE)]

    await house.run()

    assert await states(house) == {"web-0": State.FAILED, "web-1": State.DEFERRED}
    assert house.starts() == ["web-0"]
    await assert_all_is_well(house)


async def test_a_machine_that_azure_misses_for_a_moment_before_the_call_is_called_later() -> None:
    house = House(alone("a"))
    await house.scan()
    await house.deliver_scans()
    now = house.clock.now()
    house.world.missed = [(vm("a"), now, now + 9 * MINUTE)]
    await house.run()
    assert await states(house) == {"a": State.SUCCEEDED}
    assert house.world.calls[0].at >= now + 9 * MINUTE
    await assert_all_is_well(house)


async def test_a_neighbour_that_azure_does_not_find_holds_back_until_a_scan_does_not_list_it() -> None:
    house = House(member("web-0", 0), member("neighbour", 1, status=None))
    await house.scan()
    await house.deliver_scans()
    house.world.delete(vm("neighbour"))
    await house.run(10 * MINUTE)
    job = await house.job("web-0")
    assert (job.state, house.world.calls) == (State.DEFERRED, [])
    assert "does not find" in job.reason

    await house.scan()
    await house.run()

    assert (await house.job("web-0")).state is State.SUCCEEDED


async def test_a_machine_that_is_deleted_before_its_first_step_ends_its_job() -> None:
    house = House(alone("a"))
    await house.scan()
    await house.deliver_scans()
    house.world.delete(vm("a"))
    await house.run()
    assert await states(house) == {"a": State.SKIPPED}
    assert house.world.calls == []
    await assert_all_is_well(house)


async def test_a_machine_that_is_deleted_while_it_waits_ends_its_job_at_its_turn() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    house.world.delete(vm("a"))
    await house.run()
    assert await states(house) == {"a": State.SKIPPED}
    assert house.world.calls == []
    await assert_all_is_well(house)


async def test_a_machine_that_is_stopped_while_it_waits_is_not_called_and_goes_on_when_it_runs() -> None:
    house = House(alone("a"))
    await house.scan()
    await house.deliver_scans()
    house.world.guest(vm("a")).power = Power.DEALLOCATED
    await house.run(HOUR)
    job = await house.job("a")
    assert (job.state, job.attempts) == (State.DEFERRED, 0)
    assert "not running (deallocated)" in job.reason

    house.world.guest(vm("a")).power = Power.RUNNING
    await house.run()

    assert (await house.job("a")).state is State.SUCCEEDED
    await assert_all_is_well(house)


async def test_a_machine_whose_owner_redeployed_it_is_skipped() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    house.world.redeploy(vm("a"), Fate())
    await house.run()
    job = await house.job("a")
    assert job.state is State.SKIPPED
    assert "not scheduled for maintenance any more" in job.reason
    assert house.world.calls == []
    await assert_all_is_well(house)


@pytest.mark.parametrize("update_domain", [0, 1])
async def test_a_neighbour_that_a_colleague_redeploys_holds_us_back(update_domain: int) -> None:
    house = House(member("web-0", 0), member("neighbour", update_domain, status=None))
    await house.scan()
    await house.deliver_scans()
    move = house.world.redeploy(vm("neighbour"), Fate(takes=20 * MINUTE))

    await house.run(10 * MINUTE)
    job = await house.job("web-0")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "neighbour is being moved by someone else" in job.reason
    await house.run()

    assert house.world.calls[0].at >= move.ended
    assert (await house.job("web-0")).state is State.SUCCEEDED
    await assert_all_is_well(house)


async def test_a_neighbour_that_a_colleague_has_just_moved_holds_us_back_until_it_is_well() -> None:
    house = House(member("web-0", 0), member("neighbour", 1, status=None))
    house.world.tells_when_operations_ended = True
    await house.scan()
    await house.deliver_scans()
    move = house.world.redeploy(vm("neighbour"), Fate(takes=MINUTE, agent_after=15 * MINUTE))

    await house.run()

    assert move.well_at is not None
    assert house.world.calls[0].at >= move.well_at
    await assert_all_is_well(house)


async def test_a_neighbour_that_has_been_unwell_for_long_holds_nobody_back() -> None:
    house = House(member("web-0", 0), member("neighbour", 1, status=None))
    house.world.tells_when_operations_ended = True
    house.world.redeploy(vm("neighbour"), Fate(takes=MINUTE, agent_after=None))
    await house.run(2 * HOUR)

    await house.scan()
    await house.run()

    assert (await house.job("web-0")).state is State.SUCCEEDED


async def test_a_neighbour_that_is_moved_on_our_own_lease_holds_nobody_of_its_lane_back() -> None:
    house = House(member("web-0", 0), member("web-1", 0), policy=policy(slots=2))
    await house.run_a_wave()
    first, second = house.world.calls
    assert second.at == first.at
    await assert_all_is_well(house)


async def test_a_wave_that_azure_withdraws_ends_its_jobs_without_a_call() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    house.world.guest(vm("a")).status = None
    await house.run_a_wave()
    assert await states(house) == {"a": State.SKIPPED}
    assert house.world.calls == []
    await assert_all_is_well(house)


async def test_another_wave_is_another_job() -> None:
    house = House(alone("a"))
    await house.run_a_wave()
    house.clock.set(START + 60 * DAY)
    house.world.guest(vm("a")).status = wave(
        self_service_start=START + 50 * DAY, self_service_end=START + 90 * DAY
    )

    await house.run_a_wave()

    jobs = await house.plain.jobs.all()
    assert [each.state for each in jobs] == [State.SUCCEEDED] * 2
    assert len(house.world.moves) == 2
