"""What every store of sightings promises."""

from dataclasses import replace

from shared.domain.placement import Scope
from shared.ports import Sightings
from tests.contract.ports.samples import ONE, SCOPE, TWO, a_machine, an_observation


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

    assert await sightings.members(ONE, SCOPE) == []
    assert await sightings.members(ONE, Scope(f"vm:{alone.id}")) == [alone.id]


async def test_a_machine_that_moved_is_named_where_it_was_seen_last(sightings: Sightings) -> None:
    machine = a_machine()
    await sightings.note(machine, an_observation(machine), "planned")
    moved = replace(machine, availability_set=None)

    await sightings.note(moved, an_observation(moved), "planned")

    assert await sightings.members(ONE, SCOPE) == []
    assert await sightings.members(ONE, Scope(f"vm:{machine.id}")) == [machine.id]
