"""What every store of sightings promises."""

from dataclasses import replace

from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.placement import Scope
from shared.ports import Sightings
from tests.contract.ports.samples import ONE, SCOPE, SET, TWO, a_machine, an_observation


def scope_of(machine: Machine) -> Scope:
    return Scope(f"avset:{machine.availability_set}")


async def test_members_of_a_scope_are_named_in_order(sightings: Sightings) -> None:
    machines = [a_machine(name) for name in ("web-2", "web-0", "web-1")]
    for machine in machines:
        await sightings.note(machine, an_observation(machine), "planned")

    assert await sightings.members(ONE, SCOPE) == sorted(machine.id for machine in machines)


async def test_machines_of_other_scopes_and_subscriptions_are_not_named(sightings: Sightings) -> None:
    alone = replace(a_machine("alone"), availability_set=None)
    elsewhere = a_machine("web-0", TWO)
    unplaced = a_machine("unplaced")
    await sightings.note(alone, an_observation(alone), "planned")
    await sightings.note(elsewhere, an_observation(elsewhere), "planned")
    await sightings.note(unplaced, an_observation(unplaced, update_domain=None), "no update domain")

    assert await sightings.members(ONE, SCOPE) == [
        unplaced.id
    ]  # its update domain is unknown, its set is not
    assert await sightings.members(ONE, Scope(f"vm:{alone.id}")) == [alone.id]


async def test_machines_that_a_listing_lacks_are_forgotten_and_others_are_not(sightings: Sightings) -> None:
    kept, gone, elsewhere = a_machine("web-0"), a_machine("web-1"), a_machine("web-1", TWO)
    for machine in (kept, gone, elsewhere):
        await sightings.note(machine, an_observation(machine), "planned")

    for _ in range(2):  # again changes nothing
        await sightings.retain(ONE, [kept.id])

    assert await sightings.members(ONE, SCOPE) == [kept.id]
    assert await sightings.members(TWO, scope_of(elsewhere)) == [elsewhere.id]


async def test_a_machine_whose_view_was_never_read_may_be_in_the_scope(sightings: Sightings) -> None:
    machine = a_machine()
    await sightings.note_unread(machine, "unreadable")
    assert await sightings.members(ONE, SCOPE) == [machine.id]


async def test_an_instance_whose_view_was_never_read_may_be_in_every_placement_group_of_its_set(
    sightings: Sightings,
) -> None:
    instance = replace(
        a_machine(), availability_set=None, scale_set=f"{SET}s", orchestration=Orchestration.UNIFORM
    )
    await sightings.note_unread(instance, "unreadable")
    first, second = (Scope(f"vmss:{SET}s|pg:{each}") for each in ("one", "two"))
    assert [await sightings.members(ONE, each) for each in (first, second)] == [[instance.id]] * 2

    await sightings.note(instance, replace(an_observation(instance), placement_group="One"), "planned")
    await sightings.note_unread(instance, "unreadable")  # nothing changes: it was noted before

    assert [await sightings.members(ONE, each) for each in (first, second)] == [[instance.id], []]


async def test_a_machine_that_moved_is_named_where_it_was_seen_last(sightings: Sightings) -> None:
    machine = a_machine()
    await sightings.note(machine, an_observation(machine), "planned")
    moved = replace(machine, availability_set=None)

    await sightings.note(moved, an_observation(moved), "planned")

    assert await sightings.members(ONE, SCOPE) == []
    assert await sightings.members(ONE, Scope(f"vm:{machine.id}")) == [machine.id]
