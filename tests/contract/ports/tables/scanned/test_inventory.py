"""What every store of the inventory promises."""

from dataclasses import replace

from shared.domain.machine.instance_view import Power
from shared.domain.machine.inventory_entry import EntryKey, InventoryEntry, unread
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import Machine, Orchestration, SubscriptionId, machine_id
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.machine.placement import Scope
from shared.domain.scan.runs import Run, split_into_runs
from shared.domain.scan.sweep import Wanted
from shared.ports import Inventory
from tests.contract.ports.samples import ONE, SCOPE, SET, TWO, a_machine, an_observation

COMPUTE = f"/subscriptions/{ONE}/resourcegroups/rg/providers/microsoft.compute"


def a_run(*machines: Machine, digest: str = "0" * 16) -> Run:
    return Run(digest=digest, machines=tuple(ListedMachine(machine=each) for each in machines))


def planned(machine: Machine) -> InventoryEntry:
    return InventoryEntry(
        machine=machine, observation=an_observation(machine), decision="has a job"
    )


def an_instance(number: int, scale_set: str = "web") -> Machine:
    home = f"{COMPUTE}/virtualmachinescalesets/{scale_set}"
    return Machine(
        id=machine_id(f"{home}/virtualmachines/{number}"),
        location="westeurope",
        scale_set=home,
        orchestration=Orchestration.UNIFORM,
    )


async def entries(
    inventory: Inventory, subscription: SubscriptionId = ONE, at_most: int = 100
) -> list[InventoryEntry]:
    """All entries, page by page."""
    found: list[InventoryEntry] = []
    after: EntryKey | None = None
    while True:
        page = await inventory.page(subscription, after, at_most)
        assert len(page.entries) <= at_most
        found += [replace(each, attention=None) for each in page.entries]
        after = page.last
        if after is None:
            return found


async def names(inventory: Inventory) -> list[str]:
    return sorted(each.machine.id.rpartition("/")[2] for each in await entries(inventory))


async def test_members_of_a_scope_are_named_in_order(inventory: Inventory) -> None:
    machines = [a_machine(name) for name in ("web-2", "web-0", "web-1")]
    await inventory.store_run(ONE, a_run(*machines))

    assert await inventory.members(ONE, SCOPE) == sorted(machine.id for machine in machines)


async def test_machines_of_other_scopes_and_subscriptions_are_not_named(
    inventory: Inventory,
) -> None:
    alone = replace(a_machine("alone"), availability_set=None)
    elsewhere = a_machine("web-0", TWO)
    unplaced = a_machine("unplaced")
    await inventory.note([planned(alone)])
    await inventory.store_run(TWO, a_run(elsewhere))
    seen = an_observation(unplaced, update_domain=None)
    await inventory.note([replace(planned(unplaced), observation=seen)])

    # One whose update domain is unknown is a member, too.
    assert await inventory.members(ONE, SCOPE) == [unplaced.id]
    assert await inventory.members(ONE, Scope(f"vm:{alone.id}")) == [alone.id]


async def test_an_instance_whose_placement_group_is_unknown_is_in_each_scope_of_its_set(
    inventory: Inventory,
) -> None:
    instance, other = an_instance(1), an_instance(1, "db")
    first, second = (Scope(f"vmss:{instance.scale_set}|pg:{group}") for group in ("one", "two"))
    await inventory.store_run(ONE, a_run(instance, other))
    assert [await inventory.members(ONE, each) for each in (first, second)] == [[instance.id]] * 2

    seen = replace(an_observation(instance), placement_group="One")
    await inventory.note([replace(planned(instance), observation=seen)])
    # A listing without its view takes nothing of that back.
    await inventory.store_run(ONE, a_run(instance, other))
    assert [await inventory.members(ONE, each) for each in (first, second)] == [[instance.id], []]


async def test_what_was_seen_and_decided_stays_where_a_listing_tells_nothing_of_it(
    inventory: Inventory,
) -> None:
    machine = a_machine("web-0")
    await inventory.note([planned(machine)])

    await inventory.store_run(ONE, a_run(replace(machine, tags={"tier": "web"})))

    (entry,) = await entries(inventory)
    assert entry.machine.tags == {"tier": "web"}
    assert (entry.observation, entry.decision) == (an_observation(machine), "has a job")


async def test_what_a_listing_tells_of_a_machine_replaces_what_was_seen_before(
    inventory: Inventory,
) -> None:
    machine = a_machine("web-0")
    await inventory.note([planned(machine)])
    seen = replace(an_observation(machine), power=Power.STOPPED)
    listed = ListedMachine(machine=machine, seen=seen, decision="not running")

    await inventory.store_run(ONE, Run(digest="1" * 16, machines=(listed,)))

    assert await entries(inventory) == [
        InventoryEntry(machine=machine, observation=seen, decision="not running", run="1" * 16)
    ]


async def test_an_entry_says_with_which_run_it_was_stored_last(inventory: Inventory) -> None:
    first, second = a_machine("web-0"), a_machine("web-1")
    await inventory.store_run(ONE, a_run(first, second, digest="a" * 16))
    await inventory.store_run(ONE, a_run(first, digest="b" * 16))
    page = await inventory.page(ONE, None, 10)

    # What is noted of an entry leaves its run.
    await inventory.note(
        [replace(each, observation=an_observation(each.machine)) for each in page.entries]
    )

    assert [each.run[0] for each in await entries(inventory)] in (["b", "a"], ["a", "b"])
    runs = {each.machine.id: each.run for each in await entries(inventory)}
    assert runs == {first.id: "b" * 16, second.id: "a" * 16}


async def test_runs_are_told_apart_by_the_entries_in_them(inventory: Inventory) -> None:
    first, second = a_machine("web-0"), a_machine("web-1")
    await inventory.store_run(ONE, a_run(first, second, digest="a" * 16))
    await inventory.store_run(ONE, a_run(first, digest="b" * 16))
    await inventory.store_run(TWO, a_run(a_machine("web-0", TWO), digest="c" * 16))
    page = await inventory.page(ONE, None, 10)
    keys = {each.machine.id: key for key, each in zip(page.keys, page.entries, strict=True)}

    assert await inventory.runs_without(ONE, [keys[first.id]]) == frozenset()
    assert await inventory.runs_without(ONE, [keys[second.id]]) == {"b" * 16}
    assert await inventory.runs_without(ONE, []) == {"a" * 16, "b" * 16}


async def test_a_machine_that_cannot_be_read_keeps_what_was_seen_of_it(
    inventory: Inventory,
) -> None:
    machine = a_machine("web-0")
    await inventory.note([planned(machine)])

    await inventory.note([InventoryEntry(machine=machine, decision="its view cannot be read")])

    (entry,) = await entries(inventory)
    assert entry.observation == an_observation(machine)
    assert entry.decision == "its view cannot be read"


async def test_every_entry_is_on_one_page_whatever_the_size_of_pages(inventory: Inventory) -> None:
    machines = [replace(a_machine(f"vm-{n}"), availability_set=None) for n in range(7)]
    await inventory.store_run(ONE, a_run(*machines))

    for at_most in (1, 3, 7, 100):
        found = await entries(inventory, at_most=at_most)
        assert sorted(each.machine.id for each in found) == sorted(each.id for each in machines)
    assert await entries(inventory, TWO) == []


async def test_machines_that_are_in_no_run_any_more_are_removed(inventory: Inventory) -> None:
    zero, one, two = (a_machine(f"web-{n}") for n in range(3))
    elsewhere = a_machine("web-9", TWO)
    await inventory.store_run(ONE, a_run(zero, one, digest="a" * 16))
    await inventory.store_run(ONE, a_run(two, digest="b" * 16))
    await inventory.store_run(ONE, a_run(one, two, digest="c" * 16))
    await inventory.store_run(TWO, a_run(elsewhere, digest="a" * 16))

    for removed in (1, 0):  # again, nothing is left to do
        assert await inventory.retain_runs(ONE, {"c" * 16}) == removed
        assert await names(inventory) == ["web-1", "web-2"]
    assert await inventory.absent(TWO, [elsewhere.id]) == frozenset()


async def test_a_machine_in_two_runs_stays_while_one_of_them_does(inventory: Inventory) -> None:
    """Pages move while a listing is read, so a machine may be on two of them."""
    twice = a_machine("web-0")
    await inventory.store_run(ONE, a_run(twice, a_machine("web-1"), digest="a" * 16))
    await inventory.store_run(ONE, a_run(a_machine("web-2"), twice, digest="b" * 16))

    assert await inventory.retain_runs(ONE, {"a" * 16}) == 1
    assert await names(inventory) == ["web-0", "web-1"]


async def test_machines_without_an_entry_are_named(inventory: Inventory) -> None:
    known, unknown = a_machine("web-0"), a_machine("web-1")
    await inventory.store_run(ONE, a_run(known))

    assert await inventory.absent(ONE, [known.id, unknown.id]) == {unknown.id}
    assert await inventory.absent(TWO, [known.id]) == {known.id}


async def test_a_machine_that_moved_to_another_scope_is_named_there(inventory: Inventory) -> None:
    machine = a_machine("web-0")
    await inventory.store_run(ONE, a_run(machine, digest="a" * 16))
    moved = replace(machine, availability_set=None)

    await inventory.store_run(ONE, a_run(moved, digest="b" * 16))
    await inventory.retain_runs(ONE, {"b" * 16})

    assert await inventory.members(ONE, SCOPE) == []
    assert await inventory.members(ONE, Scope(f"vm:{machine.id}")) == [machine.id]


async def test_a_longer_text_leaves_nothing_behind_in_a_shorter_one(inventory: Inventory) -> None:
    """A store may cut a text into pieces; merged, the last pieces of a longer one could stay."""
    machine = a_machine("web-0")
    tagged = replace(machine, tags={f"t{n}": "x" * 250 for n in range(200)})
    for each in (tagged, machine, tagged):
        await inventory.store_run(ONE, a_run(each))
        (entry,) = await entries(inventory)
        assert entry.machine == each


async def test_a_run_as_large_as_runs_become_is_stored_whole(inventory: Inventory) -> None:
    machines = [
        replace(a_machine(f"vm-{n}"), tags={f"t{m}": "x" * 200 for m in range(50)})
        for n in range(300)
    ]
    runs = list(split_into_runs(ListedMachine(machine=each) for each in machines))
    for run in runs:
        await inventory.store_run(ONE, run)

    assert len(await entries(inventory)) == 300
    assert await inventory.retain_runs(ONE, [each.digest for each in runs]) == 0


def test_the_samples_are_in_the_set_that_the_tests_name() -> None:
    assert a_machine("x").availability_set == SET
    assert f"avset:{SET}" == SCOPE


async def test_nothing_is_noted_of_no_machines(inventory: Inventory) -> None:
    await inventory.note([])
    assert await entries(inventory) == []


def in_a_wave(machine: Machine) -> InventoryEntry:
    seen = replace(an_observation(machine), maintenance=MaintenanceStatus(allowed=True))
    return InventoryEntry(machine=machine, observation=seen, decision="has a job")


async def shown(inventory: Inventory, wanted: Wanted, at_most: int = 100) -> list[str]:
    """The names of wanted entries, page by page."""
    found: list[str] = []
    after: EntryKey | None = None
    while True:
        page = await inventory.page(ONE, after, at_most, wanted)
        found += [each.machine.id.rpartition("/")[2] for each in page.entries]
        assert all(map(wanted.includes, page.entries))
        after = page.last
        if after is None:
            return sorted(found)


async def test_machines_in_a_wave_and_unread_ones_are_wanted_until_they_are_neither(
    inventory: Inventory,
) -> None:
    machines = [a_machine(f"web-{number}") for number in range(5)]
    await inventory.store_run(ONE, a_run(*machines))
    quiet, wave, unreadable, *_ = machines
    await inventory.note([planned(quiet), in_a_wave(wave)])
    await inventory.note([InventoryEntry(machine=unreadable, decision=unread("HTTP 500"))])

    assert await shown(inventory, Wanted()) == ["web-1", "web-2"]
    assert await shown(inventory, Wanted(), at_most=1) == ["web-1", "web-2"]

    await inventory.store_run(ONE, a_run(*machines, digest="1" * 16))
    assert await shown(inventory, Wanted()) == ["web-1", "web-2"]

    await inventory.note([planned(wave), in_a_wave(unreadable)])
    assert await shown(inventory, Wanted()) == ["web-2"]


async def test_the_machines_that_a_scan_has_stored_are_wanted_by_it(inventory: Inventory) -> None:
    await inventory.store_run(ONE, a_run(a_machine("web-0"), digest="a" * 16), "scan-1")
    await inventory.store_run(ONE, a_run(a_machine("web-1"), digest="b" * 16), "scan-2")

    assert await shown(inventory, Wanted(scan="scan-2")) == ["web-1"]
    assert await inventory.stored_runs(ONE) == {"a" * 16, "b" * 16}
    assert await inventory.stored_runs(TWO) == frozenset()


async def test_each_machine_is_wanted_in_its_turn_and_an_instance_never(
    inventory: Inventory,
) -> None:
    machines = [a_machine(f"web-{number:02}") for number in range(40)]
    await inventory.store_run(ONE, a_run(*machines, an_instance(7)))
    first = await shown(inventory, Wanted(turns=(("", "8"),)), at_most=7)
    second = await shown(inventory, Wanted(turns=(("8", "g"),)))

    assert first
    assert second
    assert sorted(first + second) == sorted(each.id.rpartition("/")[2] for each in machines)


async def test_an_instance_whose_listing_shows_a_wave_is_wanted(inventory: Inventory) -> None:
    instance = an_instance(7)
    seen = in_a_wave(instance).observation
    listed = ListedMachine(machine=instance, seen=seen, decision="has a job")
    await inventory.store_run(ONE, Run(digest="1" * 16, machines=(listed,)))
    assert await shown(inventory, Wanted()) == ["7"]

    listed = replace(listed, seen=an_observation(instance))
    await inventory.store_run(ONE, Run(digest="2" * 16, machines=(listed,)))
    assert await shown(inventory, Wanted()) == []
