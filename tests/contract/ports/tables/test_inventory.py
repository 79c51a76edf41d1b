"""What every store of the inventory promises."""

from dataclasses import replace

from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.placement import Scope
from shared.ports import Inventory
from tests.contract.ports.samples import ONE, SCOPE, SET, TWO, a_machine, an_observation


def scope_of(machine: Machine) -> Scope:
    return Scope(f"avset:{machine.availability_set}")


async def test_members_of_a_scope_are_named_in_order(inventory: Inventory) -> None:
    machines = [a_machine(name) for name in ("web-2", "web-0", "web-1")]
    for machine in machines:
        await inventory.note(machine, an_observation(machine), "planned")

    assert await inventory.members(ONE, SCOPE) == sorted(machine.id for machine in machines)


async def test_machines_of_other_scopes_and_subscriptions_are_not_named(
    inventory: Inventory,
) -> None:
    alone = replace(a_machine("alone"), availability_set=None)
    elsewhere = a_machine("web-0", TWO)
    unplaced = a_machine("unplaced")
    await inventory.note(alone, an_observation(alone), "planned")
    await inventory.note(elsewhere, an_observation(elsewhere), "planned")
    await inventory.note(unplaced, an_observation(unplaced, update_domain=None), "no update domain")

    assert await inventory.members(ONE, SCOPE) == [
        unplaced.id
    ]  # its update domain is unknown, its set is not
    assert await inventory.members(ONE, Scope(f"vm:{alone.id}")) == [alone.id]


async def test_machines_that_a_listing_lacks_are_forgotten_and_others_are_not(
    inventory: Inventory,
) -> None:
    kept, gone, elsewhere = a_machine("web-0"), a_machine("web-1"), a_machine("web-1", TWO)
    for machine in (kept, gone, elsewhere):
        await inventory.note(machine, an_observation(machine), "planned")

    for _ in range(2):  # again changes nothing
        await inventory.retain(ONE, [kept.id])

    assert await inventory.members(ONE, SCOPE) == [kept.id]
    assert await inventory.members(TWO, scope_of(elsewhere)) == [elsewhere.id]


async def test_a_machine_whose_view_was_never_read_may_be_in_the_scope(
    inventory: Inventory,
) -> None:
    machine = a_machine()
    await inventory.note_unreadable(machine, "unreadable")
    assert await inventory.members(ONE, SCOPE) == [machine.id]


async def test_an_instance_whose_view_was_never_read_may_be_in_every_placement_group_of_its_set(
    inventory: Inventory,
) -> None:
    instance = replace(
        a_machine(), availability_set=None, scale_set=f"{SET}s", orchestration=Orchestration.UNIFORM
    )
    await inventory.note_unreadable(instance, "unreadable")
    first, second = (Scope(f"vmss:{SET}s|pg:{each}") for each in ("one", "two"))
    assert [await inventory.members(ONE, each) for each in (first, second)] == [[instance.id]] * 2

    await inventory.note(
        instance, replace(an_observation(instance), placement_group="One"), "planned"
    )
    await inventory.note_unreadable(instance, "unreadable")  # nothing changes: it was noted before

    assert [await inventory.members(ONE, each) for each in (first, second)] == [[instance.id], []]


async def test_a_machine_that_moved_is_named_where_it_was_seen_last(inventory: Inventory) -> None:
    machine = a_machine()
    await inventory.note(machine, an_observation(machine), "planned")
    moved = replace(machine, availability_set=None)

    await inventory.note(moved, an_observation(moved), "planned")

    assert await inventory.members(ONE, SCOPE) == []
    assert await inventory.members(ONE, Scope(f"vm:{machine.id}")) == [machine.id]
