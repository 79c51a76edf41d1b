"""How machines are named and observed.

Ids that compare, phases, and what counts as well or in flight.
"""

from datetime import datetime, timedelta, timezone

import pytest

from shared.domain.audit import AuditRecord
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.machine import Address, MachineId, SubscriptionId, address_of, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus, Phase
from shared.domain.redeploy.pauses import normal_target
from shared.domain.utc import in_utc, require_aware, rfc3339
from tests.unit.domain.samples import (
    DAY,
    NOW,
    SUBSCRIPTION,
    a_machine,
    observation,
    open_phase,
    vm_id,
)

VM = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Shop/providers/Microsoft.Compute"
    "/virtualMachines/Web-1"
)
INSTANCE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Shop"
    "/providers/Microsoft.Compute/virtualMachineScaleSets/Workers/virtualMachines/3"
)


class TestIds:
    @pytest.mark.parametrize("text", [VM, VM.upper(), VM.lower(), f" {VM} ", f"{VM}/"])
    def test_the_casing_that_azure_echoes_does_not_matter(self, text: str) -> None:
        assert machine_id(text) == VM.lower()

    @pytest.mark.parametrize(
        ("group", "own"),
        [
            ("RG-İSTANBUL", "rg-İstanbul"),
            ("RG-\u212aELVIN", "rg-\u212aelvin"),
            ("RG-ÜBUNG", "rg-übung"),
            ("rg-Straße", "rg-straße"),
            ("RG-ЯКОРЬ", "rg-якорь"),
            ("RG-仮想", "rg-仮想"),
        ],
    )
    def test_an_id_stays_the_name_of_the_same_resource(self, group: str, own: str) -> None:
        listed = machine_id(VM.replace("Shop", group))

        assert address_of(listed).resource_group == own
        assert machine_id(listed) == listed
        assert normal_target(f"Machine: {VM.replace('Shop', group)}") == f"machine:{listed}"

    def test_a_machine_has_the_parts_of_its_id(self) -> None:
        assert address_of(machine_id(VM)) == Address(
            subscription=SubscriptionId(SUBSCRIPTION), resource_group="shop", name="web-1"
        )
        assert address_of(machine_id(INSTANCE)) == Address(
            subscription=SubscriptionId(SUBSCRIPTION),
            resource_group="shop",
            name="3",
            scale_set="workers",
        )
        assert a_machine().subscription == SUBSCRIPTION

    @pytest.mark.parametrize(
        "text",
        [
            "", "web-1", VM.removesuffix("Web-1"), f"{VM}/instanceView", VM[1:],
            VM.replace("virtualMachines", "disks"), INSTANCE.removesuffix("/virtualMachines/3"),
            VM.replace(SUBSCRIPTION, ""), f"https://management{VM}",
        ],
    )  # fmt: skip
    def test_another_id_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not the ARM id of a virtual machine"):
            machine_id(text)

    def test_an_id_that_is_not_canonical_has_no_address(self) -> None:
        with pytest.raises(ValueError, match="not the ARM id"):
            address_of(MachineId(VM))


class TestPhases:
    STATUS = open_phase(self_service_start=NOW, self_service_end=NOW + DAY)

    @pytest.mark.parametrize(
        ("status", "at", "phase"),
        [
            (STATUS, NOW - timedelta(microseconds=1), Phase.BEFORE),
            (STATUS, NOW, Phase.SELF_SERVICE),
            (STATUS, NOW + DAY - timedelta(microseconds=1), Phase.SELF_SERVICE),
            (STATUS, NOW + DAY, Phase.CLOSED),
            (MaintenanceStatus(self_service_start=NOW), NOW + 99 * DAY, Phase.SELF_SERVICE),
            (MaintenanceStatus(self_service_end=NOW), NOW - 99 * DAY, Phase.SELF_SERVICE),
            (MaintenanceStatus(self_service_end=NOW), NOW, Phase.CLOSED),
            (MaintenanceStatus(), NOW, Phase.SELF_SERVICE),
        ],
    )
    def test_a_moment_lies_in_a_phase(
        self, status: MaintenanceStatus, at: datetime, phase: Phase
    ) -> None:
        assert status.phase_at(at) is phase

    @pytest.mark.parametrize(
        ("result", "completed"),
        [
            ("MaintenanceCompleted", True),
            ("maintenancecompleted", True),
            ("None", False),
            ("RetryLater", False),
            ("MaintenanceAborted", False),
            (None, False),
        ],
    )
    def test_only_one_result_says_completed(self, result: str | None, completed: bool) -> None:
        assert open_phase(last_result=result).is_completed is completed

    def test_what_azure_does_not_say_is_not_allowed(self) -> None:
        assert not MaintenanceStatus().allowed

    @pytest.mark.parametrize(
        "name", ["self_service_start", "self_service_end", "scheduled_start", "scheduled_end"]
    )
    def test_a_moment_without_time_zone_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"{name} has no time zone"):
            open_phase(**{name: NOW.replace(tzinfo=None)})


class TestObservations:
    @pytest.mark.parametrize(
        ("shown", "ready", "moving"),
        [
            (observation(), True, False),
            (observation(agent_ready=False), False, False),
            (observation(provisioning=Provisioning.UPDATING), False, True),
            (observation(provisioning=Provisioning.FAILED), True, False),
            (observation(provisioning=Provisioning.UNKNOWN), False, False),
            (observation(power=Power.STARTING), False, True),
            (observation(power=Power.STOPPING), False, True),
            (observation(power=Power.DEALLOCATING), False, True),
            (observation(power=Power.STOPPED), False, False),
            (observation(power=Power.DEALLOCATED), False, False),
            (observation(power=Power.UNKNOWN), False, False),
            (Observation(machine=vm_id(), at=NOW), False, False),
        ],
    )
    def test_what_is_well_and_what_is_moving(
        self,
        shown: Observation,
        ready: bool,
        moving: bool,
    ) -> None:
        assert (shown.is_ready, shown.is_in_flight) == (ready, moving)


class TestInstants:
    def test_an_instant_is_stamped_in_utc(self) -> None:
        assert rfc3339(NOW.astimezone(timezone(timedelta(hours=9)))) == "2026-11-23T12:00:00Z"
        assert in_utc(NOW.astimezone(timezone(timedelta(hours=9)))).hour == 12

    def test_no_moment_is_no_fault(self) -> None:
        require_aware(nothing=None, something=NOW)

    @pytest.mark.parametrize("make", [
        in_utc, rfc3339, lambda at: NotFound(machine=vm_id(), at=at), lambda at: observation(at=at),
        lambda at: AuditRecord(at=at, subject="s", event="e"),
    ])  # fmt: skip
    def test_a_moment_without_time_zone_is_refused_everywhere(self, make: object) -> None:
        assert callable(make)
        with pytest.raises(ValueError, match="no time zone"):
            make(NOW.replace(tzinfo=None))
