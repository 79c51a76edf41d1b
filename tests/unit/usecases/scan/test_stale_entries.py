"""What a listing says of a machine comes back after an older listing was written over it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.listing import ListedMachine
from shared.domain.messages import Cause, ScanRequest
from shared.domain.scan.runs import Run, split_into_runs
from shared.domain.scan.status import MOST_SUSPECTS
from shared.errors import StorageUnavailable
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import SUBSCRIPTION, standalone_vm

OFF = {"forestall": "off"}


class WritesCounted:
    """An inventory that counts the runs that a scan stores."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.runs = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def store_run(self, *args: Any) -> None:
        self.runs += 1
        await self.inner.store_run(*args)


class StoreOutage:
    """A store of scan statuses that is out of reach after some stores; None: it always answers."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.stores_left: int | None = None

    async def load(self, *args: Any) -> Any:
        return await self.inner.load(*args)

    async def store(self, *args: Any) -> Any:
        if self.stores_left is not None:
            if self.stores_left == 0:
                raise StorageUnavailable("the scan table is out of reach")
            self.stores_left -= 1
        return await self.inner.store(*args)


class Scanned:
    """A subscription that is scanned, its inventory, and what the scans wrote."""

    def __init__(self, *vms: FakeVm) -> None:
        self.vms = vms
        self.harness = AppHarness(*vms)
        app = self.harness.app_without_hook
        self.inventory = WritesCounted(app.inventory)
        self.status = StoreOutage(app.scans)
        stores: dict[str, Any] = {"inventory": self.inventory, "scans": self.status}
        self.app = replace(app, **stores)
        self._scans = 0

    async def scan(self) -> int:
        """A whole scan; how many runs it stored."""
        self._scans += 1
        before = self.inventory.runs
        self.harness.clock.advance(timedelta(minutes=15))
        request = ScanRequest(
            subscription=SUBSCRIPTION, trigger_id=f"t{self._scans}", cause=Cause.TIMER
        )
        await scan_subscription(self.app, request)
        return self.inventory.runs - before

    async def entries(self) -> Sequence[InventoryEntry]:
        return (await self.app.inventory.page(SUBSCRIPTION, None, 1_000)).entries

    async def tags(self) -> list[dict[str, str]]:
        return [dict(each.machine.tags) for each in await self.entries()]


def tag(vm: FakeVm, tags: dict[str, str]) -> None:
    vm.machine = replace(vm.machine, tags=tags)


def run_of(*vms: FakeVm) -> Run:
    (run,) = split_into_runs(ListedMachine(machine=each.machine) for each in vms)
    return run


async def test_a_tag_that_an_owner_takes_back_during_a_failing_step_is_gone() -> None:
    (vm,) = vms = [standalone_vm("vm-0")]
    scanned = Scanned(*vms)
    await scanned.scan()
    tag(vm, OFF)
    scanned.status.stores_left = 1  # that it began, and nothing more
    with pytest.raises(StorageUnavailable):
        await scanned.scan()
    scanned.status.stores_left = None
    assert await scanned.tags() == [OFF]

    tag(vm, {})
    await scanned.scan()
    await scanned.scan()

    assert await scanned.tags() == [{}]


async def test_a_worker_that_is_too_late_leaves_nothing_of_its_listing() -> None:
    vms = [standalone_vm(f"vm-{number}") for number in range(3)]
    scanned = Scanned(*vms)
    tag(vms[1], OFF)
    late = run_of(*vms)
    tag(vms[1], {})
    await scanned.scan()
    await scanned.app.inventory.store_run(SUBSCRIPTION, late)

    assert await scanned.scan() == 0  # it finds that the entries are stale
    assert await scanned.scan() == 1  # and this one stores the run again
    assert await scanned.tags() == [{}, {}, {}]
    assert await scanned.scan() == 0


async def test_what_a_late_worker_notes_of_a_machine_is_found_as_well() -> None:
    (vm,) = vms = [standalone_vm("vm-0")]
    scanned = Scanned(*vms)
    tag(vm, OFF)
    await scanned.scan()
    (old,) = await scanned.entries()
    tag(vm, {})
    await scanned.scan()
    await scanned.app.inventory.note([old])

    await scanned.scan()
    await scanned.scan()

    assert await scanned.tags() == [{}]


async def test_a_machine_that_is_deleted_makes_no_other_entry_stale() -> None:
    vms = [standalone_vm(f"vm-{number}") for number in range(3)]
    scanned = Scanned(*vms)
    await scanned.scan()
    scanned.harness.azure.delete(vms[0].machine.id)

    assert await scanned.scan() == 1  # the run without it

    assert len(await scanned.entries()) == 2
    assert await scanned.scan() == 0


async def test_more_stale_entries_than_a_scan_remembers_make_the_next_one_store_every_run() -> None:
    vms = [standalone_vm(f"vm-{number:04}") for number in range(MOST_SUSPECTS + 200)]
    scanned = Scanned(*vms)
    stored = await scanned.scan()
    known = await scanned.entries()
    assert stored >= 4
    await scanned.app.inventory.note([replace(each, run="f" * 16) for each in known])

    await scanned.scan()

    assert await scanned.scan() == stored
    assert await scanned.scan() == 0
