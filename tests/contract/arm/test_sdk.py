"""Microsoft's azure-mgmt-compute and azure-identity against the simulator.

What they read, start, poll and raise.
"""

import asyncio
from datetime import UTC
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.mgmt.compute.models import (
    MaintenanceOperationResultCodeTypes,
    VirtualMachineScaleSetVMInstanceIDs,
)

from sandbox.azure.arm.background import Running
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import COLLEAGUE, Identity, Limits, Listing, Outcome
from tests.contract.arm.conftest import ClientFor
from tests.contract.arm.fleets import quick_fleet
from tests.unit.arm.fleets import FLEXIBLE, GROUP, INTERNAL, SUBSCRIPTION, instance, vm

RG = "rg-shop"  # created as RG-Shop; ARM does not care


async def wait_for(arm: Running, event: str) -> None:
    """Until an event of this name has happened.

    Polled, because the log is the simulator's alone.
    """
    for _ in range(500):
        if arm.events(event):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{event} did not happen within 10 s")


async def test_listing_shows_placement_as_azure_does(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    machines = {one.name: one async for one in client.virtual_machines.list_all()}
    assert "0" not in machines, "Uniform instances are not in the VM list"
    in_set = machines["vm-app-0"]
    assert in_set.id.split("/")[4] == "RG-Shop", "the casing of creation is echoed"
    assert in_set.availability_set.id.endswith("/availabilitySets/AS-APP"), (
        "the set's name comes in capitals"
    )
    assert in_set.instance_view is None
    assert in_set.tags == {"app": "shop"}
    assert machines["vm-zonal"].zones == ["2"]
    assert machines["worker_0"].virtual_machine_scale_set.id == FLEXIBLE


async def test_status_only_has_views_but_no_tags_and_no_maintenance(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    machines = {one.name: one async for one in client.virtual_machines.list_all(status_only="true")}
    one = machines["vm-app-0"]
    assert one.instance_view.platform_update_domain == 0
    assert one.instance_view.maintenance_redeploy_status is None
    assert one.tags is None
    assert one.hardware_profile is None


async def test_a_run_may_say_that_status_only_carries_maintenance(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet(listing=Listing(status_only_maintenance=True)))
    client = await client_for(arm, SUBSCRIPTION)
    machines = {one.name: one async for one in client.virtual_machines.list_all(status_only="true")}
    assert machines["vm-app-0"].instance_view.maintenance_redeploy_status is not None
    assert machines["vm-alone"].instance_view.maintenance_redeploy_status is None


async def test_a_list_expands_views_only_with_the_scale_set_filter(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    with pytest.raises(HttpResponseError) as refused:
        _ = [one async for one in client.virtual_machines.list_all(expand="instanceView")]
    assert refused.value.status_code == 400
    chosen = f"'virtualMachineScaleSet/id' eq {FLEXIBLE}"
    listed = [
        one async for one in client.virtual_machines.list_all(expand="instanceView", filter=chosen)
    ]
    assert {one.name for one in listed} == {"worker_0", "worker_1"}
    assert all(one.instance_view.maintenance_redeploy_status is not None for one in listed)


@pytest.mark.parametrize(
    "listing", [Listing(page_size=2), Listing(vary=True), Listing(page_size=1)]
)
async def test_pages_of_any_size_lose_nothing(
    start_arm: StartArm, client_for: ClientFor, listing: Listing
) -> None:
    machines = tuple(vm(f"vm-{number:04d}") for number in range(700 if listing.vary else 7))
    client = await client_for(start_arm(quick_fleet(*machines, listing=listing)), SUBSCRIPTION)
    names = [one.name async for one in client.virtual_machines.list_all()]
    assert names == [one.id.rpartition("/")[2] for one in machines]


async def test_the_instance_view_has_all_seven_fields(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    view = await client.virtual_machines.instance_view(RG, "vm-app-1")
    assert (view.platform_update_domain, view.platform_fault_domain) == (1, 1)
    status = view.maintenance_redeploy_status
    assert status.is_customer_initiated_maintenance_allowed is True
    times = (
        status.pre_maintenance_window_start_time,
        status.pre_maintenance_window_end_time,
        status.maintenance_window_start_time,
        status.maintenance_window_end_time,
    )
    assert list(times) == sorted(times)
    assert all(one.tzinfo is UTC or one.utcoffset().total_seconds() == 0 for one in times)
    assert status.last_operation_result_code == MaintenanceOperationResultCodeTypes.NONE
    assert status.last_operation_message is None


async def test_a_machine_without_planned_maintenance_has_no_status(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    view = await client.virtual_machines.instance_view(RG, "vm-alone")
    assert view.maintenance_redeploy_status is None
    assert view.platform_update_domain is None, (
        "a machine standing alone has no update domain, not 0"
    )


async def test_a_deallocated_machine_has_no_agent_and_no_domains(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    machine = await client.virtual_machines.get(RG, "vm-gone", expand="instanceView")
    assert machine.instance_view.vm_agent is None
    assert [one.code for one in machine.instance_view.statuses] == [
        "ProvisioningState/succeeded",
        "PowerState/deallocated",
    ]


async def test_a_uniform_scale_set_is_read_by_its_instances(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    sets = {one.name: one async for one in client.virtual_machine_scale_sets.list_all()}
    assert {name: one.orchestration_mode for name, one in sets.items()} == {
        "front": "Uniform",
        "worker": "Flexible",
    }
    assert sets["front"].sku.capacity == 3
    instances = client.virtual_machine_scale_set_vms
    listed = [one async for one in instances.list(RG, "front", expand="instanceView")]
    assert [one.instance_id for one in listed] == ["0", "1", "2"]
    assert [one.instance_view.platform_update_domain for one in listed] == [0, 1, 2]
    view = await instances.get_instance_view(RG, "front", "1")
    assert view.placement_group_id == "4E088E17-457b-4fa0-8698-afce89f0c65c"
    assert view.maintenance_redeploy_status.is_customer_initiated_maintenance_allowed is True
    assert (await instances.get(RG, "front", "1", expand="instanceView")).instance_view is None, (
        "as recorded"
    )


async def test_availability_sets_name_their_members_in_capitals(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    listed = [one async for one in client.availability_sets.list_by_subscription()]
    (one,) = listed
    assert (one.platform_update_domain_count, one.name) == (5, "as-app")
    assert {member.id.rpartition("/")[2] for member in one.virtual_machines} == {
        "VM-APP-0",
        "VM-APP-1",
    }
    assert (await client.availability_sets.get(RG, "AS-APP")).id == one.id


async def test_maintenance_is_performed_polled_and_over(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION)
    poller = await client.virtual_machines.begin_perform_maintenance(RG, "vm-app-0")
    await poller.result()
    assert poller.status() == "Succeeded"
    await wait_for(arm, "agent.ready")
    after = await client.virtual_machines.instance_view(RG, "vm-app-0")
    assert after.maintenance_redeploy_status is None
    assert after.vm_agent.statuses[0].display_status == "Ready"


async def test_while_it_is_moved_a_machine_is_updating_and_not_allowed(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet(vm(outcomes=(Outcome.HANGS,)))), SUBSCRIPTION)
    await client.virtual_machines.begin_perform_maintenance(RG, "vm-0", polling=False)
    during = await client.virtual_machines.instance_view(RG, "vm-0")
    assert during.statuses[0].code == "ProvisioningState/updating"
    assert during.maintenance_redeploy_status.is_customer_initiated_maintenance_allowed is False


async def test_an_instance_of_a_uniform_set_is_moved_alone(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION)
    poller = await client.virtual_machine_scale_set_vms.begin_perform_maintenance(RG, "front", "2")
    await poller.result()
    assert [one["update_domain"] for one in arm.events("machine.down")] == [2]


async def test_the_trap_a_whole_set_is_moved_when_no_instance_is_named(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION, client_id=COLLEAGUE.client_id)
    await (await client.virtual_machine_scale_sets.begin_perform_maintenance(RG, "front")).result()
    assert len(arm.events("machine.down")) == 3


async def test_the_apps_own_role_cannot_move_a_whole_set(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION)
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        await client.virtual_machine_scale_sets.begin_perform_maintenance(RG, "front")


async def test_named_instances_of_a_set_are_moved_together(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION, client_id=COLLEAGUE.client_id)
    ids = VirtualMachineScaleSetVMInstanceIDs(instance_ids=["0", "2"])
    await (
        await client.virtual_machine_scale_sets.begin_perform_maintenance(RG, "front", ids)
    ).result()
    assert sorted(str(one["update_domain"]) for one in arm.events("machine.down")) == ["0", "2"]


async def test_a_failed_operation_raises_its_error(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet(vm(outcomes=(Outcome.ALLOCATION_FAILED,))))
    client = await client_for(arm, SUBSCRIPTION)
    poller = await client.virtual_machines.begin_perform_maintenance(RG, "vm-0")
    with pytest.raises(HttpResponseError, match="AllocationFailed"):
        await poller.result()
    assert poller.status() == "Failed"


async def test_an_ineligible_subscription_is_refused_as_recorded(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet(vm("vm3347", group=GROUP.replace(SUBSCRIPTION, INTERNAL))))
    client = await client_for(arm, INTERNAL)
    with pytest.raises(ResourceExistsError) as refused:
        await client.virtual_machines.begin_perform_maintenance(RG, "vm3347")
    assert refused.value.status_code == 409
    error: Any = refused.value.error
    assert error.code == "OperationNotAllowed"
    assert error.message == (
        "Operation 'performMaintenance' is not allowed on VM 'vm3347' since the Subscription of "
        "this VM is not eligible."
    )


async def test_a_second_call_while_the_first_runs_is_a_conflict(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet(instance(0, (Outcome.HANGS,)))), SUBSCRIPTION)
    await client.virtual_machine_scale_set_vms.begin_perform_maintenance(
        RG, "front", "0", polling=False
    )
    with pytest.raises(
        ResourceExistsError, match="on VM 'front_0' since another operation is in progress"
    ):
        await client.virtual_machine_scale_set_vms.begin_perform_maintenance(RG, "front", "0")


async def test_what_does_not_exist_is_404(start_arm: StartArm, client_for: ClientFor) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION)
    with pytest.raises(ResourceNotFoundError, match="ResourceNotFound"):
        await client.virtual_machines.get(RG, "vm-none")
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        await client.virtual_machines.get("rg-none", "vm-app-0")
    stranger = await client_for(arm, "0a0a0a0a-0000-4000-8000-00000000000f")
    with pytest.raises(ResourceNotFoundError, match="SubscriptionNotFound"):
        await stranger.virtual_machines.get(RG, "vm-app-0")


async def test_a_caller_may_do_what_his_role_says(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    reader = Identity(name="reader", client_id="r1", actions=("*/read",))
    arm = start_arm(quick_fleet(identities=(reader,)))
    client = await client_for(arm, SUBSCRIPTION, client_id="r1")
    assert (await client.virtual_machines.instance_view(RG, "vm-app-0")).statuses
    with pytest.raises(
        HttpResponseError, match=r"performMaintenance/action' over scope '/subscriptions/"
    ) as refused:
        await client.virtual_machines.begin_perform_maintenance(RG, "vm-app-0")
    assert refused.value.status_code == 403
    assert arm.events("redeploy.requested") == [], "it never reached Compute"


async def test_a_token_is_only_given_to_known_identities(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    client = await client_for(start_arm(quick_fleet()), SUBSCRIPTION, client_id="nobody")
    with pytest.raises(ClientAuthenticationError):
        await client.virtual_machines.get(RG, "vm-app-0")


async def test_the_log_knows_who_called(start_arm: StartArm, client_for: ClientFor) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION, client_id=COLLEAGUE.client_id)
    await client.virtual_machines.begin_redeploy(RG, "vm-alone", polling=False)
    (requested,) = arm.events("redeploy.requested")
    assert (requested["by"], requested["verb"], requested["accepted"]) == (
        COLLEAGUE.client_id,
        "redeploy",
        True,
    )


async def test_limits_strike_with_429_and_retry_after(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet(limits=Limits(scale=1 / 12)))  # one UpdateVM call per machine
    client = await client_for(arm, SUBSCRIPTION)
    await client.virtual_machines.begin_redeploy(RG, "vm-alone", polling=False)
    with pytest.raises(HttpResponseError) as throttled:
        await client.virtual_machines.begin_redeploy(RG, "vm-alone", polling=False)
    assert throttled.value.status_code == 429
    response: Any = throttled.value.response
    assert int(response.headers["Retry-After"]) > 0
    assert len(arm.events("redeploy.requested")) == 1


async def test_a_lost_answer_is_lost_after_the_act(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet())
    arm.control.switch_on("lost-response", on="actions", times=1)
    client = await client_for(arm, SUBSCRIPTION)
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        await client.virtual_machines.begin_perform_maintenance(RG, "vm-app-0")
    (requested,) = arm.events("redeploy.requested")
    assert (requested["accepted"], requested["response_lost"]) == (True, True)
    assert [one["kind"] for one in arm.events("fault.injected")] == ["lost-response"]
    await wait_for(arm, "operation.finished")


async def test_a_stale_read_shows_what_was(start_arm: StartArm, client_for: ClientFor) -> None:
    arm = start_arm(quick_fleet())
    client = await client_for(arm, SUBSCRIPTION)
    await (await client.virtual_machines.begin_perform_maintenance(RG, "vm-app-0")).result()
    arm.control.switch_on("stale-reads", seconds=3600)
    old = await client.virtual_machines.instance_view(RG, "vm-app-0")
    assert "updating" not in old.statuses[0].code
    assert arm.events("instance_view.read")[-1]["stale"] is True
    arm.control.switch_off("stale-reads")
    new = await client.virtual_machines.instance_view(RG, "vm-app-0")
    assert new.maintenance_redeploy_status is None
    assert arm.events("instance_view.read")[-1]["stale"] is False


async def test_a_broken_next_link_ends_the_listing_with_502(
    start_arm: StartArm, client_for: ClientFor
) -> None:
    arm = start_arm(quick_fleet(listing=Listing(page_size=2)))
    arm.control.switch_on("broken-next-link", on="lists", times=1, body="error")
    client = await client_for(arm, SUBSCRIPTION)
    pages = client.virtual_machines.list_all().by_page()
    assert len([one async for one in await anext(pages)]) == 2
    with pytest.raises(HttpResponseError) as broken:
        await anext(pages)
    assert broken.value.status_code == 502
