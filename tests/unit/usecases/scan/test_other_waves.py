"""A machine that lands in another wave is done with its own, and gets a job of the other one."""

from datetime import timedelta

import pytest

from shared.domain.job.rounds import MAX_LOOKS
from shared.domain.job.states import State
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    START,
    availability_set_vm,
    maintenance,
    policy,
    vm_id,
)
from tests.support.invariants import assert_all_invariants


def lands_in(starts_in: timedelta) -> RedeployScript:
    start = START + starts_in
    wave = maintenance(self_service_start=start, self_service_end=start + 35 * DAY)
    return RedeployScript(lands_in_wave=wave)


async def test_a_machine_that_lands_in_a_later_wave_is_done_and_keeps_nobody_out() -> None:
    harness = AppHarness(
        availability_set_vm("a", 0, lands_in(7 * DAY)),
        availability_set_vm("b", 1),
        availability_set_vm("c", 1),
        policy=policy(max_attempts=1),
    )

    await harness.run_with_scans(6 * HOUR, 15 * MINUTE)

    assert (await harness.job("a")).state is State.SUCCEEDED
    assert "wave of 2026-11-30 16:00 UTC" in (await harness.job("a")).reason
    assert sorted(harness.called_machines()) == ["a", "b", "c"]
    assert (await harness.job("a")).step < 30
    await assert_all_invariants(harness)


@pytest.mark.parametrize("starts_in", [-2 * HOUR, 5 * MINUTE, 3 * HOUR])
async def test_it_gets_a_job_of_the_other_wave_with_attempts_of_its_own(
    starts_in: timedelta,
) -> None:
    harness = AppHarness(
        availability_set_vm("a", 0, lands_in(starts_in)), policy=policy(max_attempts=1)
    )

    await harness.run_with_scans(6 * HOUR, 15 * MINUTE)

    jobs = [
        each for each in await harness.app_without_hook.jobs.all() if each.machine == vm_id("a")
    ]
    assert [(each.state, each.attempts) for each in jobs] == [(State.SUCCEEDED, 1)] * 2
    assert len({each.wave for each in jobs}) == 2
    assert harness.called_machines() == ["a", "a"]


async def test_one_that_lands_in_its_own_wave_again_is_not_done() -> None:
    same = RedeployScript(lands_in_wave=maintenance())
    harness = AppHarness(availability_set_vm("a", 0, same), policy=policy(max_attempts=2))

    await harness.run_with_scans(6 * HOUR, 15 * MINUTE)

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    await assert_all_invariants(harness)


async def test_a_machine_whose_status_comes_and_goes_ends_with_a_person_and_not_in_a_circle() -> (
    None
):
    """Not scheduled whenever it is asked before a call, and scheduled again after its bake time."""

    async def flap(place: str) -> None:
        jobs = await harness.app_without_hook.jobs.all()
        if place == "azure.observe" and jobs and jobs[0].attempts:
            hidden = jobs[0].state is State.ADMITTED
            harness.azure.vm(vm_id("a")).maintenance = None if hidden else maintenance()

    harness = AppHarness(
        availability_set_vm("a", 0, LANDS_ON_SCHEDULED_HOST),
        availability_set_vm("b", 1),
        policy=policy(max_attempts=2),
        hook=flap,
    )

    await harness.run_wave(2 * DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts, job.leases) == (State.PARKED, 1, ())
    assert job.reason.startswith(f"{MAX_LOOKS} looks led to no other attempt")
    assert harness.called_machines() == ["a", "b"]
    assert [each.kind for each in harness.notifications if each.subject == job.id] == ["job.parked"]
    harness.azure.vm(vm_id("a")).maintenance = None
    await assert_all_invariants(harness)
