"""What Azure promises the use cases.

The fake as it is scripted, the adapter over the simulator by HTTP.
"""

import asyncio
from dataclasses import replace

import pytest

from shared.domain.machine.arm_responses import (
    OperationState,
    OperationStatus,
    ResponseMeaning,
    classify,
)
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.listing import ScaleSet
from shared.domain.machine.machine import MachineId, Orchestration, SubscriptionId
from shared.domain.quota.level import ReadPurpose
from shared.errors import AzureUnavailable
from shared.ports.reads import reads_for
from tests.contract.ports.azure.azure_setup import (
    EMPTY_SUBSCRIPTION,
    FLEET,
    MACHINES,
    NO_MACHINE,
    SUBSCRIPTION,
    SUBSCRIPTIONS,
    AzureSetup,
    all_machines,
    id_of,
    listed,
)


async def observed(setup: AzureSetup, name: str) -> Observation:
    seen = await setup.azure.observe(id_of(name))
    assert isinstance(seen, Observation)
    return seen


@pytest.mark.parametrize("name", sorted(MACHINES))
async def test_the_reads_of_a_machine_follow_their_reservation(
    setup: AzureSetup, name: str
) -> None:
    with reads_for(ReadPurpose.STEP) as reads:
        await setup.azure.reserve_reads(id_of(name))
        assert await setup.azure.read_machine(id_of(name)) == listed(MACHINES[name])
        await observed(setup, name)
        assert reads.reserved.total() == 0


async def test_subscriptions_are_in_lower_case_and_sorted(setup: AzureSetup) -> None:
    assert await setup.azure.subscriptions() == SUBSCRIPTIONS


async def test_subscriptions_have_names(setup: AzureSetup) -> None:
    assert await setup.azure.subscription_names() == {
        each.id.lower(): each.name or each.id for each in FLEET.subscriptions
    }


async def test_every_machine_is_listed_with_its_placement(setup: AzureSetup) -> None:
    found = await all_machines(setup.azure, SUBSCRIPTION)
    machines = {each.machine.id: each.machine for each in found}

    assert machines == {machine.id: machine for machine in map(listed, FLEET.machines)}


async def test_uniform_instances_are_listed_with_their_own_instance_views_and_vms_without(
    setup: AzureSetup,
) -> None:
    found = {each.machine.id: each.seen for each in await all_machines(setup.azure, SUBSCRIPTION)}

    assert found[id_of("vm-app-0")] is None
    listed_view, own_view = found[id_of("2")], await observed(setup, "2")
    assert listed_view is not None
    assert replace(listed_view, at=own_view.at) == own_view


async def test_the_members_of_a_flexible_set_are_listed_with_power_and_provisioning(
    setup: AzureSetup,
) -> None:
    member = id_of("worker_0")
    scale_set = listed(MACHINES["worker_0"]).scale_set
    assert scale_set is not None

    page = await setup.azure.list_instances(
        ScaleSet(id=scale_set, orchestration=Orchestration.FLEXIBLE)
    )

    seen = {each.machine.id: each.seen for each in page.elements}
    own = await observed(setup, "worker_0")
    view = seen[member]
    assert view is not None
    assert (view.power, view.provisioning, view.agent_ready) == (
        own.power,
        own.provisioning,
        own.agent_ready,
    )
    assert all(each.machine.scale_set == scale_set for each in page.elements)


async def test_a_subscription_without_machines_lists_none(setup: AzureSetup) -> None:
    assert await all_machines(setup.azure, EMPTY_SUBSCRIPTION) == []


async def test_a_running_member_of_an_availability_set_is_seen_with_its_domain(
    setup: AzureSetup,
) -> None:
    seen = await observed(setup, "vm-app-0")

    assert (seen.power, seen.provisioning, seen.agent_ready) == (
        Power.RUNNING,
        Provisioning.SUCCEEDED,
        True,
    )
    assert (seen.update_domain, seen.fault_domain, seen.placement_group) == (0, 0, None)


async def test_a_machine_with_an_open_phase_says_that_maintenance_is_allowed(
    setup: AzureSetup,
) -> None:
    status = (await observed(setup, "vm-app-0")).maintenance

    assert status is not None
    assert status.allowed
    assert not status.is_completed


async def test_a_machine_without_a_wave_shows_no_maintenance(setup: AzureSetup) -> None:
    assert (await observed(setup, "vm-alone")).maintenance is None


async def test_a_standalone_machine_names_no_update_domain(setup: AzureSetup) -> None:
    assert (await observed(setup, "vm-zonal")).update_domain is None


async def test_a_uniform_instance_names_its_placement_group_and_domain(setup: AzureSetup) -> None:
    seen = await observed(setup, "2")

    assert seen.update_domain == 2
    assert seen.placement_group is not None


async def test_a_deallocated_machine_is_not_well(setup: AzureSetup) -> None:
    seen = await observed(setup, "vm-gone")

    assert seen.power is Power.DEALLOCATED
    assert not seen.is_ready


@pytest.mark.parametrize("name", ["vm-app-1", "vm-zonal", "1", "worker_0"])
async def test_a_machine_read_by_itself_is_the_one_that_the_listing_shows(
    setup: AzureSetup, name: str
) -> None:
    machine = await setup.azure.read_machine(id_of(name))
    assert machine == listed(MACHINES[name])


async def test_a_machine_that_does_not_exist_has_no_resource(setup: AzureSetup) -> None:
    found = await setup.azure.read_machine(NO_MACHINE)
    assert isinstance(found, NotFound)
    assert found.machine == NO_MACHINE


async def test_a_machine_that_does_not_exist_is_not_found(setup: AzureSetup) -> None:
    seen = await setup.azure.observe(NO_MACHINE)

    assert isinstance(seen, NotFound)
    assert seen.machine == NO_MACHINE


async def test_a_text_that_is_no_machine_is_refused(setup: AzureSetup) -> None:
    with pytest.raises(ValueError, match="not the ARM id"):
        await setup.azure.observe(MachineId("/subscriptions/1"))


@pytest.mark.parametrize("name", ["vm-app-1", "1", "worker_0"])
async def test_maintenance_is_started_with_one_call_and_followed_to_its_end(
    setup: AzureSetup, name: str
) -> None:
    response = await setup.azure.perform_maintenance(id_of(name))

    assert classify(response).meaning is ResponseMeaning.ACCEPTED
    assert response.operation is not None
    assert (await _ended(setup, response.operation)).state is OperationState.SUCCEEDED
    assert setup.calls(id_of(name)) == 1


async def test_a_call_for_a_machine_that_does_not_exist_says_so(setup: AzureSetup) -> None:
    response = await setup.azure.perform_maintenance(NO_MACHINE)

    assert classify(response).meaning is ResponseMeaning.NOT_FOUND


async def test_an_operation_that_nobody_started_is_expired(setup: AzureSetup) -> None:
    assert (await setup.azure.read_operation(setup.no_operation)).state is OperationState.EXPIRED


async def _ended(setup: AzureSetup, url: str) -> OperationStatus:
    for _ in range(500):
        reading = await setup.azure.read_operation(url)
        if reading.state is not OperationState.RUNNING:
            return reading
        await asyncio.sleep(0.02)
    pytest.fail("the operation did not end within 10 s")


async def test_a_page_that_the_caller_has_comes_without_its_machines(setup: AzureSetup) -> None:
    subscription, *_ = await setup.azure.subscriptions()
    page = await setup.azure.list_vms(subscription)
    assert page.elements
    assert not page.is_known

    again = await setup.azure.list_vms(subscription, None, {page.digest})

    assert again.is_known
    assert (again.elements, again.digest, again.next_link) == ((), page.digest, page.next_link)
    assert await setup.azure.list_vms(subscription, None, {"another"}) == page


async def test_tags_of_a_subscription_are_read_alone(setup: AzureSetup) -> None:
    tags = {each.id.lower(): each.tags for each in FLEET.subscriptions}

    assert await setup.azure.subscription_tags(SUBSCRIPTION) == tags[SUBSCRIPTION]


async def test_tags_of_an_unknown_subscription_are_an_outage(setup: AzureSetup) -> None:
    with pytest.raises(AzureUnavailable):
        await setup.azure.subscription_tags(SubscriptionId("00000000-0000-4000-8000-00000000dead"))
