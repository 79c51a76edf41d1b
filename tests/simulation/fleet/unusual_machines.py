"""Machines of a seed that are not ordinary: kinds that are left alone, no agent, no domain."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from shared.domain.machine.machine import Orchestration
from shared.domain.machine.traits import Traits
from tests.support.fake_azure import FakeVm
from tests.support.fleets import SET

_FLEXIBLE = SET.replace("availabilitysets", "virtualmachinescalesets")
_KINDS = (
    Traits(is_spot=True),
    Traits(has_ephemeral_os_disk=True),
    Traits(size="Standard_L8s_v3"),
    Traits(managed_by="/subscriptions/s/providers/contoso.things/things/t"),
)


def add_unusual_machines(random: Random, vms: Sequence[FakeVm]) -> None:
    """Make some machines unusual; in half of the seeds there are none."""
    if random.random() < 0.5:
        return
    draw = random.random()
    if draw < 0.3:
        _give_kind(random, random.choice(vms))
    elif draw < 0.6:
        _remove_agent(random, random.choice(vms))
    elif draw < 0.8:
        for vm in vms:
            vm.hides_update_domain = random.random() < 0.6
    else:
        _make_flexible(vms)


def _give_kind(random: Random, vm: FakeVm) -> None:
    vm.machine = replace(vm.machine, traits=random.choice(_KINDS))
    vm.must_stay = "it is of a kind that nobody allowed"


def _remove_agent(random: Random, vm: FakeVm) -> None:
    vm.has_agent = False
    if random.random() < 0.5:
        vm.machine = replace(vm.machine, tags={**vm.machine.tags, "forestall-allow": "no-agent"})
    else:
        vm.must_stay = "it has no agent, and nobody allowed that"


def _make_flexible(vms: Sequence[FakeVm]) -> None:
    """The availability set becomes a Flexible scale set for which Azure names no domain."""
    for vm in vms:
        if vm.machine.availability_set is not None:
            vm.machine = replace(
                vm.machine,
                availability_set=None,
                scale_set=_FLEXIBLE,
                orchestration=Orchestration.FLEXIBLE,
            )
            vm.update_domain = None
