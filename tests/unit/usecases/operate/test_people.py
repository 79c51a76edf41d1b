"""A person's word: retry, cancel, explain."""

import pytest

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.machine.machine import MachineId
from shared.usecases.operate.explain import explain
from shared.usecases.operate.job_commands import NotPossible, cancel, release, retry
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import HOUR, MINUTE, alone, daily, member, policy, refused, vm
from tests.support.house import House
from tests.support.world import Fate


async def test_a_parked_job_is_retried_from_its_gates_with_its_leases_held() -> None:
    house = House(member("web-0", 0, refused(400, "NeverSeen")), member("web-1", 1))
    await house.run_a_wave(HOUR)
    parked = await house.job("web-0")

    waiting = await retry(house.plain, parked.id, by="me", reason="seen")

    assert isinstance(waiting, Job)
    assert waiting.leases == parked.leases != ()
    await house.run()
    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert house.starts() == ["web-0", "web-0", "web-1"]
    assert "job.retried" in await house.events("web-0")
    await assert_all_is_well(house)


async def test_a_retried_job_whose_machine_was_moved_after_all_is_verified_and_keeps_the_cool_down() -> None:
    house = House(member("web-0", 0, Fate(takes=3 * HOUR)), member("web-1", 1))
    await house.run_a_wave(4 * HOUR)
    job = await house.job("web-0")
    assert job.state is State.PARKED

    await retry(house.plain, job.id, by="me", reason="seen")
    retried_at = house.clock.now()
    await house.run()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert house.world.moves[1].began - retried_at >= house.plain.policy.limits.cool_down
    await assert_all_is_well(house)


async def test_a_retry_while_the_operation_still_runs_gives_no_lease_back_under_it() -> None:
    house = House(member("web-0", 0, Fate(takes=4 * HOUR)), member("web-1", 1), policy=policy(attempts=1))
    await house.run_a_wave(3 * HOUR)
    job = await house.job("web-0")
    assert job.state is State.PARKED

    resumed = await retry(house.plain, job.id, by="me", reason="seen")

    assert isinstance(resumed, Job)
    assert (resumed.state, resumed.operation, resumed.leases) == (
        State.REDEPLOYING,
        job.operation,
        job.leases,
    )
    await house.run()
    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert len(house.world.calls) == 2
    await assert_all_is_well(house)


async def test_a_retried_job_whose_machine_was_moved_and_is_not_well_halts_its_scope() -> None:
    house = House(member("web-0", 0, Fate(takes=3 * HOUR, agent_after=None)), member("web-1", 1))
    await house.run_a_wave(4 * HOUR)

    await retry(house.plain, (await house.job("web-0")).id, by="me", reason="seen")
    await house.run(5 * HOUR)

    assert await states(house) == {"web-0": State.FAILED, "web-1": State.DEFERRED}
    await assert_all_is_well(house)


async def test_a_waiting_job_is_cancelled_for_good_and_lets_the_next_go() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    job = await house.job("a")

    assert isinstance(await cancel(house.plain, job.id, by="me", reason="not this week"), Job)
    await house.run_a_wave()

    cancelled = await house.job("a")
    assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "cancelled by me: not this week")
    assert house.world.calls == []
    await assert_all_is_well(house)


async def test_a_parked_job_that_is_cancelled_gives_its_leases_back() -> None:
    house = House(member("web-0", 0, refused(400)), member("web-1", 1))
    await house.run_a_wave(HOUR)
    await cancel(house.plain, (await house.job("web-0")).id, by="me", reason="by hand")
    await house.run()
    assert await states(house) == {"web-0": State.CANCELLED, "web-1": State.SUCCEEDED}
    await assert_all_is_well(house)


async def test_a_job_in_flight_cannot_be_cancelled_and_only_a_parked_one_retried() -> None:
    house = House(alone("a"))
    await house.run_a_wave(MINUTE)
    job = (await house.job("a")).id

    assert await cancel(house.plain, job, by="me", reason="stop") == NotPossible(
        reason="the job is redeploying; only a waiting or parked one can be cancelled"
    )
    assert await retry(house.plain, job, by="me", reason="go") == NotPossible(
        reason="the job is redeploying; only a parked one can be retried"
    )
    await house.run()
    assert isinstance(await cancel(house.plain, job, by="me", reason="stop"), NotPossible)
    await assert_all_is_well(house)


async def test_a_job_that_is_not_there_is_named() -> None:
    house = House()
    nobody = JobId("s~1")
    unknown = NotPossible(reason="there is no job s~1", unknown=True)
    for word in (retry, cancel, release):
        assert await word(house.plain, nobody, by="me", reason="x") == unknown


async def test_explain_shows_the_job_who_is_in_the_way_and_the_whole_trail() -> None:
    house = House(member("web-0", 0), member("web-1", 1))
    await house.run_a_wave(MINUTE)

    found = await explain(house.plain, vm("web-1").upper())

    assert found is not None
    assert "another lane is in flight" in found.job.reason
    (semaphore,) = found.semaphores
    assert [each.job for each in semaphore.holders] == [(await house.job("web-0")).id]
    assert [each.event for each in found.trail] == ["job.planned", "job.deferred"]


async def test_explain_knows_nothing_of_a_machine_without_a_job_and_refuses_what_is_no_machine() -> None:
    house = House()
    assert await explain(house.plain, vm("a")) is None
    with pytest.raises(ValueError, match="not the ARM id"):
        await explain(house.plain, MachineId("web-1"))
