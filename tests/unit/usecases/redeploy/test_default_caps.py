"""However many machines a wave has, and however little its owner configured.

Few are called before any came back.
"""

from collections import deque

import pytest

from shared.domain.job.states import State
from shared.domain.machine.machine import Machine, MachineId, machine_id
from shared.domain.policy.policy import Limits, Policy
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import DAY, HOUR, MINUTE, NEVER_READY, SUBSCRIPTION, maintenance
from tests.support.invariants import assert_all_invariants, states

OTHERS = [SUBSCRIPTION, *(f"00000000-0000-4000-8000-0000000000{n:02}" for n in range(2, 5))]


def machine(name: str, subscription: str = SUBSCRIPTION) -> MachineId:
    home = f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute"
    return machine_id(f"{home}/virtualmachines/{name}")


def broken(
    name: str, region: str, subscription: str = SUBSCRIPTION, zone: str | None = None
) -> FakeVm:
    """A machine without a set that does not come back."""
    return FakeVm(
        machine=Machine(id=machine(name, subscription), location=region, zone=zone),
        maintenance=maintenance(),
        scripts=deque([NEVER_READY]),
    )


ALL_AT_ONCE = Policy(limits=Limits(ramp=False))


@pytest.mark.parametrize("region", ["polandcentral", "westeurope", "aregionthatnobodyknows"])
async def test_of_150_machines_no_more_fail_than_the_error_budget_has(region: str) -> None:
    harness = AppHarness(*(broken(f"m{n}", region) for n in range(150)), policy=Policy())
    await harness.run_wave(2 * HOUR)
    assert len(harness.azure.redeploys) == 3
    assert [each.kind for each in harness.notifications].count("error_budget.exhausted") == 1


async def test_a_wave_begins_with_one_machine_then_two_then_as_many_as_may_fail() -> None:
    machines = [
        FakeVm(
            machine=Machine(id=machine(f"m{n:02}"), location="polandcentral"),
            maintenance=maintenance(),
        )
        for n in range(12)
    ]
    harness = AppHarness(*machines, policy=Policy())
    await harness.run_wave(DAY)
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    at_once = [
        sum(
            other.started_at <= move.started_at
            and (other.ready_at or move.started_at) > move.started_at
            for other in harness.azure.redeploys
        )
        for move in sorted(harness.azure.redeploys, key=lambda each: each.started_at)
    ]
    assert at_once[:3] == [1, 2, 2]
    assert max(at_once) == 3
    await assert_all_invariants(harness)


@pytest.mark.parametrize("region", ["polandcentral", "westeurope", "aregionthatnobodyknows"])
async def test_without_the_ramp_no_more_than_20_of_a_region_are_called_before_the_budget_stops_it(
    region: str,
) -> None:
    harness = AppHarness(*(broken(f"m{n}", region) for n in range(150)), policy=ALL_AT_ONCE)
    await harness.run_wave(2 * HOUR)
    assert len(harness.azure.redeploys) == 20


async def test_of_150_machines_of_a_subscription_in_many_regions_no_more_than_20_are_called() -> (
    None
):
    regions = ["polandcentral", "italynorth", "spaincentral", "israelcentral", "qatarcentral"]
    harness = AppHarness(*(broken(f"m{n}", regions[n % 5]) for n in range(150)), policy=ALL_AT_ONCE)
    await harness.run_wave(2 * HOUR)
    assert len(harness.azure.redeploys) == 20


async def test_of_four_subscriptions_no_more_than_50_machines_are_in_flight_at_once() -> None:
    harness = AppHarness(
        *(broken(f"m{n}", "polandcentral", OTHERS[n % 4]) for n in range(120)), policy=ALL_AT_ONCE
    )
    await harness.run_wave(20 * MINUTE)  # none has failed yet
    assert len(harness.azure.redeploys) == 50
