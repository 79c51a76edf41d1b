"""A rescan reads little of what is stored, and still finds what is new, stale, or of old form."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.adapters.memory import MemoryInventory
from shared.adapters.serialization import to_text
from shared.domain.machine.inventory_entry import InventoryPage
from shared.domain.messages import Cause, ScanRequest
from shared.domain.policy.policy import Canary, Timing
from shared.domain.scan.runs import Run
from shared.domain.scan.status import ScanStatus
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import MINUTE, SUBSCRIPTION, maintenance, policy, standalone_vm, vm_id
from tests.support.paged_azure import PagedAzure

NO_CANARY = Canary()


class Counted:
    """An inventory that counts entries read, and runs written."""

    def __init__(self) -> None:
        self.inner = MemoryInventory()
        self.entries = 0
        self.runs_stored: list[Run] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def page(self, *args: Any) -> InventoryPage:
        page = await self.inner.page(*args)
        self.entries += len(page.entries)
        return page

    async def store_run(self, subscription: Any, run: Run, scan: str = "") -> None:
        self.runs_stored.append(run)
        await self.inner.store_run(subscription, run, scan)


class Rescanned:
    """A subscription with the default period, scanned every quarter of an hour."""

    def __init__(self, count: int, canary: Canary = NO_CANARY) -> None:
        vms = [standalone_vm(f"vm-{number:03}", maintenance=None) for number in range(count)]
        self.harness = AppHarness(*vms, policy=replace(policy(timing=Timing()), canary=canary))
        self.azure = PagedAzure(azure=self.harness.azure, clock=self.harness.clock, page_size=100)
        self.inventory = Counted()
        stores: dict[str, Any] = {"inventory": self.inventory, "azure": self.azure}
        self.app = replace(self.harness.app_without_hook, **stores)

    async def scan(self) -> tuple[int, int, int]:
        """A scan of the timer: entries read, runs stored, views read."""
        entries, runs = self.inventory.entries, len(self.inventory.runs_stored)
        views = len(self.azure.looked_at)
        self.harness.clock.advance(15 * MINUTE)
        trigger = self.harness.clock.now().isoformat()
        await scan_subscription(
            self.app, ScanRequest(subscription=SUBSCRIPTION, trigger_id=trigger, cause=Cause.TIMER)
        )
        return (
            self.inventory.entries - entries,
            len(self.inventory.runs_stored) - runs,
            len(self.azure.looked_at) - views,
        )

    async def status(self) -> ScanStatus:
        return (await self.app.scans.load(SUBSCRIPTION)).value

    async def jobs(self) -> set[str]:
        return {each.machine.rpartition("/")[2] for each in await self.app.jobs.all()}

    def vm(self, number: int) -> FakeVm:
        return self.harness.azure.vm(vm_id(f"vm-{number:03}"))


async def test_an_unchanged_rescan_reads_only_the_entries_whose_turn_it_is() -> None:
    rescanned = Rescanned(480)
    await rescanned.scan()
    found = [await rescanned.scan() for _ in range(24)]

    assert sum(runs for _, runs, _ in found) == 0
    assert sum(entries for entries, _, _ in found) <= 480 + 24
    assert all(views <= entries <= 2 * 480 // 24 for entries, _, views in found)
    assert (await rescanned.status()).machines == 480


async def test_a_page_that_is_known_is_not_read_and_counts_with_all_its_machines() -> None:
    rescanned = Rescanned(250)
    await rescanned.scan()
    known = (await rescanned.status()).pages
    assert sum(each.machines for each in known.values()) == 250
    rescanned.vm(7).machine = replace(rescanned.vm(7).machine, tags={"forestall": "off"})

    await rescanned.scan()

    now = (await rescanned.status()).pages
    assert len(now) == len(known) == 3
    assert len(now.keys() - known.keys()) == 1
    page = await rescanned.inventory.inner.page(SUBSCRIPTION, None, 1_000)
    assert [dict(each.machine.tags) for each in page.entries if each.machine.tags] == [
        {"forestall": "off"}
    ]


async def test_a_machine_that_is_new_is_looked_at_by_the_scan_that_lists_it() -> None:
    rescanned = Rescanned(250)
    await rescanned.scan()
    rescanned.harness.azure.add(standalone_vm("vm-new", maintenance=maintenance()))

    entries, _, _ = await rescanned.scan()

    assert await rescanned.jobs() == {"vm-new"}
    assert entries < 150  # the run that it is in, and the turn of others


async def test_a_run_of_a_late_worker_lets_the_next_scan_go_through_every_entry() -> None:
    rescanned = Rescanned(120)
    await rescanned.scan()
    late = rescanned.inventory.runs_stored[0]
    tagged = [
        replace(each, machine=replace(each.machine, tags={"forestall": "off"}))
        for each in late.machines
    ]
    await rescanned.inventory.inner.store_run(
        SUBSCRIPTION, Run(digest="f" * 16, machines=tuple(tagged)), "late"
    )

    entries, runs, _ = await rescanned.scan()
    assert entries >= 120  # it finds that entries are stale
    assert runs == 0
    _, runs, _ = await rescanned.scan()
    assert runs == 1  # and this one stores them again

    page = await rescanned.inventory.inner.page(SUBSCRIPTION, None, 1_000)
    assert not any(each.machine.tags for each in page.entries)
    entries, runs, _ = await rescanned.scan()
    assert entries < 40
    assert runs == 0
    assert await rescanned.inventory.inner.stored_runs(SUBSCRIPTION) == {
        each.digest for each in rescanned.inventory.runs_stored
    }


async def test_entries_of_an_older_form_are_stored_again_and_none_is_overlooked() -> None:
    rescanned = Rescanned(120)
    await rescanned.scan()
    rescanned.vm(5).maintenance = maintenance()
    page = await rescanned.inventory.inner.page(SUBSCRIPTION, None, 1_000)
    for each in page.entries:
        # As a release without the columns has written it.
        seen = each.observation
        assert seen is not None
        if each.machine.id == vm_id("vm-005"):
            seen = replace(seen, maintenance=maintenance())
        stored = rescanned.inventory.inner._of(SUBSCRIPTION).entries
        stored[each.machine.id] = to_text(replace(each, observation=seen, attention=None, scan=""))
    status = await rescanned.app.scans.load(SUBSCRIPTION)
    await rescanned.app.scans.store(
        replace(status.value, inventory_form=0, pages={}), status.version
    )

    _, runs, _ = await rescanned.scan()

    assert runs == len({each.digest for each in rescanned.inventory.runs_stored})
    assert await rescanned.jobs() == {"vm-005"}
    for _ in range(3):
        before = rescanned.azure.looked_at.count(vm_id("vm-005"))
        await rescanned.scan()
        assert rescanned.azure.looked_at.count(vm_id("vm-005")) == before + 1


async def test_with_canaries_the_machines_of_a_wave_are_planned_without_reading_the_others() -> (
    None
):
    rescanned = Rescanned(240, canary=Canary(machines=1, soak=timedelta(0)))
    await rescanned.scan()
    rescanned.vm(3).maintenance = maintenance()
    found: list[int] = []
    while not await rescanned.jobs():
        assert len(found) <= 24
        found.append((await rescanned.scan())[0])
    assert await rescanned.jobs() == {"vm-003"}
    assert all(entries < 60 for entries in found)


async def test_an_inventory_that_is_lost_alone_is_stored_again_by_the_second_scan() -> None:
    rescanned = Rescanned(120)
    await rescanned.scan()
    stored = len(rescanned.inventory.runs_stored)
    rescanned.inventory.inner = MemoryInventory()

    assert (await rescanned.scan())[1] == 0  # it finds that the runs are lost
    assert (await rescanned.scan())[1] == stored

    page = await rescanned.inventory.inner.page(SUBSCRIPTION, None, 1_000)
    assert len(page.entries) == 120


async def test_the_job_of_a_machine_that_is_deleted_between_two_scans_ends() -> None:
    rescanned = Rescanned(120)
    rescanned.vm(5).maintenance = maintenance()
    await rescanned.scan()
    assert await rescanned.jobs() == {"vm-005"}
    rescanned.harness.azure.delete(vm_id("vm-005"))

    await rescanned.scan()

    (job,) = await rescanned.app.jobs.all()
    assert job.state.is_final
