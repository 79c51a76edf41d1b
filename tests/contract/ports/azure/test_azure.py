"""What Azure promises the use cases: the twin as it is scripted, the adapter over the simulator by HTTP."""

import asyncio

import pytest

from shared.domain.machine.arm_responses import Meaning, OperationReading, Progress, classify
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.machine import MachineId
from tests.contract.ports.azure.azure_stage import (
    EMPTY_SUBSCRIPTION,
    FLEET,
    MACHINES,
    NO_MACHINE,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    Stage,
    id_of,
    listed,
)


async def observed(stage: Stage, name: str) -> Observation:
    seen = await stage.azure.observe(id_of(name))
    assert isinstance(seen, Observation)
    return seen


async def test_subscriptions_are_in_lower_case_and_sorted(stage: Stage) -> None:
    assert await stage.azure.subscriptions() == SUBSCRIPTIONS


async def test_every_machine_is_listed_with_its_placement(stage: Stage) -> None:
    machines = {machine.id: machine async for machine in stage.azure.machines(SUBSCRIPTION)}

    assert machines == {machine.id: machine for machine in map(listed, FLEET.machines)}


async def test_a_subscription_without_machines_lists_none(stage: Stage) -> None:
    assert [machine async for machine in stage.azure.machines(EMPTY_SUBSCRIPTION)] == []


async def test_a_running_member_of_an_availability_set_is_seen_with_its_domain(stage: Stage) -> None:
    seen = await observed(stage, "vm-app-0")

    assert (seen.power, seen.provisioning, seen.agent_ready) == (
        Power.RUNNING,
        Provisioning.SUCCEEDED,
        True,
    )
    assert (seen.update_domain, seen.fault_domain, seen.placement_group) == (0, 0, None)


async def test_a_machine_with_an_open_phase_says_that_maintenance_is_allowed(stage: Stage) -> None:
    status = (await observed(stage, "vm-app-0")).maintenance

    assert status is not None
    assert status.allowed
    assert not status.is_completed


async def test_a_machine_without_a_wave_shows_no_maintenance(stage: Stage) -> None:
    assert (await observed(stage, "vm-alone")).maintenance is None


async def test_a_machine_standing_alone_names_no_update_domain(stage: Stage) -> None:
    assert (await observed(stage, "vm-zonal")).update_domain is None


async def test_a_uniform_instance_names_its_placement_group_and_domain(stage: Stage) -> None:
    seen = await observed(stage, "2")

    assert seen.update_domain == 2
    assert seen.placement_group is not None


async def test_a_deallocated_machine_is_not_well(stage: Stage) -> None:
    seen = await observed(stage, "vm-gone")

    assert seen.power is Power.DEALLOCATED
    assert not seen.is_well


@pytest.mark.parametrize("name", ["vm-app-1", "vm-zonal", "1", "worker_0"])
async def test_a_machine_read_by_itself_is_the_one_that_the_listing_shows(stage: Stage, name: str) -> None:
    machine = await stage.azure.read_machine(id_of(name))
    assert machine == listed(MACHINES[name])


async def test_a_machine_that_does_not_exist_has_no_resource(stage: Stage) -> None:
    found = await stage.azure.read_machine(NO_MACHINE)
    assert isinstance(found, NotFound)
    assert found.machine == NO_MACHINE


async def test_a_machine_that_does_not_exist_is_not_found(stage: Stage) -> None:
    seen = await stage.azure.observe(NO_MACHINE)

    assert isinstance(seen, NotFound)
    assert seen.machine == NO_MACHINE


async def test_a_text_that_is_no_machine_is_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="not the ARM id"):
        await stage.azure.observe(MachineId("/subscriptions/1"))


@pytest.mark.parametrize("name", ["vm-app-1", "1", "worker_0"])
async def test_maintenance_is_started_with_one_call_and_followed_to_its_end(stage: Stage, name: str) -> None:
    answer = await stage.azure.perform_maintenance(id_of(name))

    assert classify(answer).meaning is Meaning.ACCEPTED
    assert answer.operation is not None
    assert (await _ended(stage, answer.operation)).progress is Progress.SUCCEEDED
    assert stage.calls(id_of(name)) == 1


async def test_a_call_for_a_machine_that_does_not_exist_says_so(stage: Stage) -> None:
    answer = await stage.azure.perform_maintenance(NO_MACHINE)

    assert classify(answer).meaning is Meaning.NOT_FOUND


async def test_an_operation_that_nobody_started_is_expired(stage: Stage) -> None:
    assert (await stage.azure.read_operation(stage.no_operation)).progress is Progress.EXPIRED


async def _ended(stage: Stage, url: str) -> OperationReading:
    for _ in range(500):
        reading = await stage.azure.read_operation(url)
        if reading.progress is not Progress.RUNNING:
            return reading
        await asyncio.sleep(0.02)
    pytest.fail("the operation did not end within 10 s")
