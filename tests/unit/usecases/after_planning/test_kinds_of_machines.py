"""A machine that becomes one that is left alone, after its job was planned.

Each kind is tried with and without a scan in between. A test compares the fields of a machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from shared.domain.job.states import State
from shared.domain.machine.kinds.kinds import Kind
from shared.domain.machine.machine import Machine
from shared.domain.machine.traits import Traits
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    availability_set_vm,
    daily,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

AT_NIGHT = policy(calendar=daily("22:00", "04:00"))
OTHER_SET = (
    "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/rg/providers/"
    "microsoft.compute/availabilitysets/other"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a machine shows after its job was planned, and the words that its job ends with."""

    name: str
    machine: Mapping[str, Any]
    reason: str


def traits(**changes: Any) -> dict[str, Any]:
    return {"traits": Traits(size="Standard_D2s_v5", **changes)}


LEFT_ALONE = (
    Change(
        name=Kind.EPHEMERAL_OS_DISK, machine=traits(has_ephemeral_os_disk=True), reason="ephemeral"
    ),
    Change(
        name=Kind.LOCAL_NVME,
        machine={"traits": Traits(size="Standard_L8s_v3")},
        reason="local NVMe disks",
    ),
    Change(name=Kind.SPOT, machine=traits(is_spot=True), reason="Spot machine"),
    Change(
        name=Kind.AKS,
        machine={"tags": {"aks-managed-poolName": "np"}},
        reason="Azure Kubernetes Service",
    ),
    Change(name=Kind.DATABRICKS, machine={"tags": {"Vendor": "Databricks"}}, reason="Databricks"),
    Change(
        name=Kind.SERVICE_FABRIC,
        machine=traits(extension_publishers=("microsoft.azure.servicefabric",)),
        reason="Service Fabric",
    ),
    Change(name=Kind.MANAGED, machine=traits(managed_by="/x/appliances/a"), reason="managed by"),
    Change(
        name=Kind.AZURE_APPLIANCE,
        machine={"tags": {"createdby": "AzureVMImageBuilder"}},
        reason="manages its own machines",
    ),
    Change(name=Kind.DEDICATED_HOST, machine={"dedicated_host": "/hosts/h"}, reason="dedicated"),
    *(
        Change(name=f"tag {key}={value!r}", machine={"tags": {key: value}}, reason="tagged")
        for key, value in (
            ("forestall", "off"),
            ("Forestall", "OFF"),
            ("FORESTALL", " Off "),
            ("forestall", "No"),
            ("forestall", ""),
            ("forestall", "0"),
            ("forestall", "on please"),
            ("forestall", "\u200bon"),
            ("forestall", "\u043e\u043d"),  # Cyrillic letters
        )
    ),
)
GOES = ("on", " ON ", "True", "yes")


def change(harness: AppHarness, name: str, changes: Mapping[str, Any]) -> None:
    vm = harness.azure.vm(vm_id(name))
    vm.machine = replace(vm.machine, **changes)


async def waiting(vm: FakeVm) -> AppHarness:
    """A harness whose job waits for the night."""
    harness = AppHarness(vm, policy=AT_NIGHT)
    await harness.run_wave(HOUR)
    return harness


def test_every_kind_that_a_resource_shows_is_tried() -> None:
    assert {each.name for each in LEFT_ALONE} >= set(Kind) - {Kind.NO_AGENT}


@pytest.mark.parametrize("scanned", [True, False])
@pytest.mark.parametrize("to", LEFT_ALONE, ids=lambda to: to.name)
async def test_a_machine_that_is_left_alone_by_now_is_not_called(
    to: Change, *, scanned: bool
) -> None:
    harness = await waiting(standalone_vm("a"))
    change(harness, "a", to.machine)
    if scanned:
        await harness.scan()
        await harness.run(MINUTE)
        assert await states(harness) == {"a": State.SKIPPED}

    await harness.run(DAY)

    job = await harness.job("a")
    assert job.state is State.SKIPPED
    assert to.reason in job.reason
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


@pytest.mark.parametrize("to", LEFT_ALONE, ids=lambda to: to.name)
async def test_between_two_attempts_it_keeps_its_job_and_its_attempts(to: Change) -> None:
    harness = AppHarness(standalone_vm("a", LANDS_ON_SCHEDULED_HOST))
    await harness.run_wave(5 * MINUTE)
    change(harness, "a", to.machine)

    await harness.run(DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.DEFERRED, 1)
    assert to.reason in job.reason
    assert harness.called_machines() == ["a"]


@pytest.mark.parametrize("value", GOES)
async def test_a_tag_that_says_yes_changes_nothing(value: str) -> None:
    harness = await waiting(standalone_vm("a"))
    change(harness, "a", {"tags": {"Forestall": value}})
    await harness.run(DAY)
    assert await states(harness) == {"a": State.SUCCEEDED}


@pytest.mark.parametrize(
    ("changes", "scope"),
    [
        ({"availability_set": OTHER_SET}, f"avset:{OTHER_SET}"),
        ({"availability_set": None}, "vm:"),
        ({"zone": "2"}, "zones:"),
        ({"location": "westeurope"}, "pair:"),
        ({"tags": {"Forestall-Group": " DB "}}, "group:00000000-0000-4000-8000-000000000001/db"),
    ],
)
async def test_a_machine_that_stands_elsewhere_by_now_takes_the_locks_of_its_new_place(
    changes: dict[str, Any], scope: str
) -> None:
    at_night = policy(calendar=daily("22:00", "04:00"), per_region=2)
    harness = AppHarness(availability_set_vm("a", 0), policy=at_night)
    await harness.run_wave(HOUR)
    change(harness, "a", changes)
    await harness.scan()  # scans store the members of a set

    await harness.run(DAY)

    assert await states(harness) == {"a": State.SUCCEEDED}
    trail = await harness.trail.of((await harness.job("a")).id)
    call = [each for each in trail if each.event == "about_to_call"][-1]
    assert any(lease.startswith(scope) for lease in call.detail["leases"].split(" "))
    await assert_all_invariants(harness)


def test_each_fact_of_a_machine_is_changed_here_or_cannot_change() -> None:
    """A new field of a machine has to count after planning too."""
    #: a machine with another value has another id
    fixed = {"id", "scale_set", "orchestration"}
    of_traits = {"size", "has_dynamic_public_ip", "image_publisher"}  # `harms`, and what made it
    changed = {key for each in LEFT_ALONE for key in each.machine} | {
        "availability_set", "zone", "location",
    }  # fmt: skip
    assert {each.name for each in fields(Machine)} == fixed | changed
    plain = Traits(size="Standard_D2s_v5")
    shown = {
        field.name
        for each in LEFT_ALONE
        for field in fields(Traits)
        if "traits" in each.machine
        and getattr(each.machine["traits"], field.name) != getattr(plain, field.name)
    }
    assert {each.name for each in fields(Traits)} == shown | of_traits
