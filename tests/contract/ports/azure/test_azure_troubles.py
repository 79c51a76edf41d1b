"""The adapter over the simulator where things go wrong on the way.

What the fake can only repeat from a script.
"""

from collections.abc import Callable

from sandbox.azure.arm.background import Running
from sandbox.azure.fleets.fleet import Listing
from shared.adapters.azure.resource_manager import ArmAzure
from shared.domain.machine.arm_responses import ResponseMeaning, classify
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import MachineId, SubscriptionId, machine_id
from tests.contract.arm.fleets import quick_fleet
from tests.contract.ports.azure.azure_setup import all_machines
from tests.unit.arm import fleets
from tests.unit.arm.fleets import vm

type Simulated = Callable[..., tuple[Running, ArmAzure]]

ONE = machine_id(f"{fleets.GROUP}/virtualMachines/vm-0")


def calls(arm: Running, machine: MachineId) -> int:
    return sum(1 for event in arm.events("redeploy.requested") if event["machine"] == machine)


async def test_a_call_whose_answer_is_lost_was_made_once_and_the_machine_moves(
    simulate: Simulated,
) -> None:
    arm, azure = simulate(quick_fleet(vm("vm-0")))
    arm.control.switch_on("lost-response", on="actions", times=1)

    response = await azure.perform_maintenance(ONE)

    assert classify(response).meaning is ResponseMeaning.OUTCOME_UNKNOWN
    assert calls(arm, ONE) == 1
    seen = await azure.observe(ONE)
    assert isinstance(seen, Observation)
    assert seen.is_in_flight


async def test_a_machine_without_maintenance_is_refused_and_asked_again_itself(
    simulate: Simulated,
) -> None:
    arm, azure = simulate(quick_fleet(vm("vm-0", wave=None)))

    response = await azure.perform_maintenance(ONE)

    assert response.status == 409
    assert classify(response).meaning is ResponseMeaning.READ_AGAIN
    assert calls(arm, ONE) == 1


async def test_a_listing_over_many_pages_is_whole(simulate: Simulated) -> None:
    _, azure = simulate(
        quick_fleet(
            *(vm(f"vm-{number}") for number in range(23)), listing=Listing(page_size=5, vary=True)
        )
    )

    found = await all_machines(azure, SubscriptionId(fleets.SUBSCRIPTION))

    assert len({each.machine.id for each in found}) == len(found) == 23
