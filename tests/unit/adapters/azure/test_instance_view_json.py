"""What is made of an instance view: of recorded ones, and of odd ones."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.azure.instance_view_json import read_instance_view
from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.machine import machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.errors import MachineUnreadable
from tests.unit.adapters.azure.recorded import recorded

AT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
VM = machine_id("/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm")


def read(view: object) -> Observation:
    return read_instance_view(VM, view, AT)


def of_vm(name: str) -> Observation:
    return read(recorded(name)["body"]["properties"]["instanceView"])


def test_a_recorded_standalone_vm_has_no_update_domain() -> None:
    seen = of_vm("vm-get-instanceview-standalone-running")

    assert seen == Observation(
        machine=VM,
        at=AT,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        provisioned_at=datetime(2019, 12, 13, 18, 11, 3, 51660, tzinfo=UTC),
        agent_ready=True,
    )
    assert seen.is_ready


def test_a_recorded_member_of_an_availability_set_is_in_domain_zero() -> None:
    view = recorded("vm-get-instanceview-in-availabilityset-transcript")["exchanges"][1]["body"]

    seen = read(view)

    assert (seen.update_domain, seen.fault_domain) == (0, 0)
    assert seen.placement_group is None


def test_a_recorded_uniform_instance_has_its_placement_group() -> None:
    seen = read(recorded("vmss-vm-instanceview-3")["body"])

    assert seen.update_domain == 3
    assert seen.placement_group == "4e088e17-457b-4fa0-8698-afce89f0c65c"
    assert seen.is_ready


def test_a_recorded_deallocated_vm_has_no_agent() -> None:
    seen = of_vm("vm-get-instanceview-deallocated")

    assert (seen.power, seen.agent_ready, seen.is_ready) == (Power.DEALLOCATED, False, False)


def test_a_recorded_vm_that_installs_its_system_has_several_codes_and_no_ready_agent() -> None:
    seen = of_vm("vm-get-instanceview-ppg-os-provisioning")

    assert (seen.power, seen.provisioning) == (Power.RUNNING, Provisioning.SUCCEEDED)
    assert not seen.agent_ready


def test_a_recorded_vm_on_a_dedicated_host_is_read() -> None:
    assert of_vm("vm-get-instanceview-dedicated-host").is_ready


def test_the_maintenance_status_of_the_specification_is_read() -> None:
    moment = datetime(2022, 1, 14, 16, 43, 41, 682_000, tzinfo=UTC)

    seen = read(recorded("maintenance-redeploy-status-rest"))

    assert seen.maintenance == MaintenanceStatus(
        allowed=True,
        self_service_start=moment,
        self_service_end=moment,
        scheduled_start=moment,
        scheduled_end=moment,
        last_result="None",
        last_message="aa",
    )


def test_the_gap_between_the_phases_of_the_documentations_sample_is_kept() -> None:
    status = read(recorded("maintenance-redeploy-status-cli")).maintenance

    assert status is not None
    assert status.self_service_end == datetime(2018, 5, 19, 12, 30, tzinfo=UTC)
    assert status.scheduled_start == datetime(2018, 5, 21, 16, 30, tzinfo=UTC)


def test_no_maintenance_status_means_that_none_is_planned() -> None:
    assert read({}).maintenance is None
    assert read({"maintenanceRedeployStatus": None}).maintenance is None


def test_an_empty_maintenance_status_is_one_that_allows_nothing() -> None:
    assert read({"maintenanceRedeployStatus": {}}).maintenance == MaintenanceStatus()


@pytest.mark.parametrize("value", ["true", 1, "yes", None, False])
def test_only_the_json_value_true_allows_maintenance(value: object) -> None:
    status = read(
        {"maintenanceRedeployStatus": {"isCustomerInitiatedMaintenanceAllowed": value}}
    ).maintenance

    assert status is not None
    assert not status.allowed


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-18T04:30:00Z", datetime(2026, 11, 18, 4, 30, tzinfo=UTC)),
        (
            "2026-11-18T04:30:00.1234567+00:00",
            datetime(2026, 11, 18, 4, 30, 0, 123_456, tzinfo=UTC),
        ),
        ("2019-12-17T11:21:46+08:00", datetime(2019, 12, 17, 3, 21, 46, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_in_every_form_that_azure_writes(
    text: str | None, moment: datetime | None
) -> None:
    status = read({"maintenanceRedeployStatus": {"maintenanceWindowStartTime": text}}).maintenance

    assert status is not None
    assert status.scheduled_start == moment


@pytest.mark.parametrize(
    "text", ["2026-11-18T04:30:00", "2026-11-18", "soon", 17, "9999-12-31T23:59:59-10:00"]
)
def test_a_time_that_leaves_a_doubt_makes_the_view_unusable(text: object) -> None:
    with pytest.raises(
        MachineUnreadable, match="preMaintenanceWindowEndTime is no time with a zone"
    ):
        read({"maintenanceRedeployStatus": {"preMaintenanceWindowEndTime": text}})


def test_a_maintenance_status_that_is_no_object_makes_the_view_unusable() -> None:
    with pytest.raises(MachineUnreadable, match="maintenanceRedeployStatus is no object"):
        read({"maintenanceRedeployStatus": "planned"})


@pytest.mark.parametrize("view", [None, [], "text", 3])
def test_a_view_that_is_no_object_is_unusable(view: object) -> None:
    with pytest.raises(MachineUnreadable, match="the instance view is no object"):
        read(view)


def codes(*texts: str) -> dict[str, Any]:
    return {"statuses": [{"code": text} for text in texts]}


@pytest.mark.parametrize(
    ("view", "power"),
    [
        (codes("PowerState/running"), Power.RUNNING),
        (codes("ProvisioningState/succeeded", "powerstate/Deallocated"), Power.DEALLOCATED),
        (codes("PowerState/stopping", "PowerState/stopped"), Power.STOPPED),
        (codes("PowerState/hibernating"), Power.UNKNOWN),
        (codes("PowerState/"), Power.UNKNOWN),
        (codes("OSState/generalized"), Power.UNKNOWN),
        ({"statuses": [3, None, {"code": None}, {}]}, Power.UNKNOWN),
        ({"statuses": "odd"}, Power.UNKNOWN),
        ({}, Power.UNKNOWN),
    ],
)
def test_power_is_read_by_its_prefix(view: dict[str, Any], power: Power) -> None:
    assert read(view).power is power


@pytest.mark.parametrize(
    ("view", "provisioning"),
    [
        (codes("ProvisioningState/succeeded"), Provisioning.SUCCEEDED),
        (codes("ProvisioningState/updating"), Provisioning.UPDATING),
        (codes("ProvisioningState/creating"), Provisioning.UPDATING),
        (codes("ProvisioningState/deleting"), Provisioning.UPDATING),
        (codes("ProvisioningState/failed/InternalExecutionError"), Provisioning.FAILED),
        (codes("ProvisioningState/succeeded", "ProvisioningState/updating"), Provisioning.UPDATING),
        (codes("ProvisioningState/failed", "ProvisioningState/updating"), Provisioning.UPDATING),
        (codes("ProvisioningState/succeeded", "ProvisioningState/failed"), Provisioning.FAILED),
        (codes("ProvisioningState/succeeded", "ProvisioningState/pondering"), Provisioning.UNKNOWN),
        (codes("PowerState/running"), Provisioning.UNKNOWN),
    ],
)
def test_provisioning_is_read_from_all_its_codes(
    view: dict[str, Any], provisioning: Provisioning
) -> None:
    assert read(view).provisioning is provisioning


@pytest.mark.parametrize(
    ("words", "ready"),
    [
        (["Ready"], True),
        (["ready "], True),
        (["Not Ready"], False),
        (["Ready", "Not Ready"], False),
        ([], False),
    ],
)
def test_the_agent_is_ready_when_it_says_so(words: list[str], *, ready: bool) -> None:
    view = {"vmAgent": {"statuses": [{"displayStatus": word} for word in words]}}

    assert read(view).agent_ready is ready


@pytest.mark.parametrize("value", [None, "1", True, 1.0, {}])
def test_a_domain_that_is_no_whole_number_is_no_domain(value: object) -> None:
    assert read({"platformUpdateDomain": value}).update_domain is None
