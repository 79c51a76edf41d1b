"""However many machines a wave has, and however little its owner configured: few are called before any came back."""

from collections import deque

import pytest

from shared.domain.machine.machine import Machine, MachineId, machine_id
from shared.domain.policy.policy import Policy
from tests.support.fleets import HOUR, MINUTE, NEVER_COMES_BACK, SUBSCRIPTION, wave
from tests.support.house import House
from tests.support.world import Guest

OTHERS = [SUBSCRIPTION, *(f"00000000-0000-4000-8000-0000000000{n:02}" for n in range(2, 5))]


def machine(name: str, subscription: str = SUBSCRIPTION) -> MachineId:
    home = f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.compute"
    return machine_id(f"{home}/virtualmachines/{name}")


def broken(name: str, region: str, subscription: str = SUBSCRIPTION, zone: str | None = None) -> Guest:
    """A machine that stands alone and does not come back."""
    return Guest(
        machine=Machine(id=machine(name, subscription), location=region, zone=zone),
        status=wave(),
        fates=deque([NEVER_COMES_BACK]),
    )


@pytest.mark.parametrize("region", ["polandcentral", "westeurope", "aregionthatnobodyknows"])
async def test_of_150_machines_of_a_region_no_more_than_20_are_called_before_the_budget_stops_it(
    region: str,
) -> None:
    house = House(*(broken(f"m{n}", region) for n in range(150)), policy=Policy())
    await house.run_a_wave(2 * HOUR)
    assert len(house.world.moves) == 20
    assert [each.kind for each in house.told].count("budget.spent") == 1


async def test_of_150_machines_of_a_subscription_in_many_regions_no_more_than_20_are_called() -> None:
    regions = ["polandcentral", "italynorth", "spaincentral", "israelcentral", "qatarcentral"]
    house = House(*(broken(f"m{n}", regions[n % 5]) for n in range(150)), policy=Policy())
    await house.run_a_wave(2 * HOUR)
    assert len(house.world.moves) == 20


async def test_of_four_subscriptions_no_more_than_50_machines_are_in_flight_at_once() -> None:
    house = House(*(broken(f"m{n}", "polandcentral", OTHERS[n % 4]) for n in range(120)), policy=Policy())
    await house.run_a_wave(20 * MINUTE)  # none has failed yet
    assert len(house.world.moves) == 50
