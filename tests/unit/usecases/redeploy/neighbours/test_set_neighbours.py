"""The neighbours of a scale set: one listing for the whole set, and no view of each member."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from shared.adapters.memory import SettableClock
from shared.domain.job.job import Job
from shared.domain.lock.semaphore import LastRelease
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, MachineId, Orchestration, machine_id
from shared.domain.machine.placement import Lane, Placement, Scope
from shared.errors import AzureUnavailable
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change
from shared.usecases.redeploy.check_neighbours import neighbour_wait
from shared.usecases.redeploy.read_neighbours import drop_views
from shared.usecases.set_views import SetViews
from tests.support.app_harness import AppHarness
from tests.support.fleets import SECOND, START, SUBSCRIPTION, policy, standalone_vm

HOME = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute"
SET = f"{HOME}/virtualmachinescalesets/web"
UNIFORM, FLEXIBLE = Scope(f"vmss:{SET}|pg:one"), Scope(f"vmss:{SET}")


def instance(number: int, **seen: object) -> ListedMachine:
    machine = Machine(
        id=machine_id(f"{SET}/virtualmachines/{number}"),
        location="westeurope",
        scale_set=SET,
        orchestration=Orchestration.UNIFORM,
    )
    view = Observation(
        machine=machine.id,
        at=START,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        update_domain=number % 5,
        placement_group="One",
    )
    return ListedMachine(machine=machine, seen=replace(view, **seen))  # type: ignore[arg-type]


@dataclass(slots=True)
class SetAzure:
    """One scale set in pages of 100; it counts what is asked."""

    machines: list[ListedMachine]
    listings: list[ScaleSet] = field(default_factory=list)
    views: list[MachineId] = field(default_factory=list)
    fault: AzureUnavailable | None = None

    async def list_instances(
        self, scale_set: ScaleSet, link: str | None = None
    ) -> ListingPage[ListedMachine]:
        if self.fault is not None:
            raise self.fault
        self.listings.append(scale_set)
        first = int(link or 0)
        end = first + 100
        return ListingPage(
            elements=tuple(self.machines[first:end]),
            next_link=str(end) if end < len(self.machines) else None,
        )

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        self.views.append(machine)
        return NotFound(machine=machine, at=START)


async def job_in(scope: Scope, app: App) -> Job:
    (job,) = await app.jobs.all()
    machine = instance(0).machine.id
    placement = Placement(scope=scope, lane=Lane("ud:0"))
    return replace(job, machine=machine, placement=placement)


async def app_over(azure: SetAzure, *, kept: timedelta = 10 * SECOND) -> tuple[App, SettableClock]:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    rules = policy()
    timing = replace(rules.timing, neighbour_views_kept=kept)
    entries = [
        InventoryEntry(machine=each.machine, observation=each.seen) for each in azure.machines
    ]
    await harness.app_without_hook.inventory.note(entries)
    app = replace(
        harness.app_without_hook,
        azure=azure,  # type: ignore[arg-type]
        policy=replace(rules, timing=timing),
        set_views=SetViews(),
    )
    return app, harness.clock


@pytest.mark.parametrize("machines", [10, 100, 1000])
@pytest.mark.parametrize("scope", [UNIFORM, FLEXIBLE])
async def test_a_check_costs_the_pages_of_one_listing_and_no_view(
    machines: int, scope: Scope
) -> None:
    azure = SetAzure([instance(number) for number in range(machines)])
    app, _ = await app_over(azure)

    assert await neighbour_wait(app, await job_in(scope, app)) is None

    assert (len(azure.listings), azure.views) == (max(1, machines // 100), [])
    kinds = {each.orchestration for each in azure.listings}
    assert kinds == {Orchestration.UNIFORM if scope is UNIFORM else Orchestration.FLEXIBLE}


async def test_checks_of_the_same_seconds_share_a_listing_and_later_ones_read_again() -> None:
    azure = SetAzure([instance(number) for number in range(50)])
    app, clock = await app_over(azure)
    job = await job_in(UNIFORM, app)
    for _ in range(5):
        await neighbour_wait(app, job)
    assert len(azure.listings) == 1
    clock.advance(11 * SECOND)
    await neighbour_wait(app, job)
    assert len(azure.listings) == 2


async def test_nothing_is_used_that_was_read_before_a_redeploy_of_ours_began() -> None:
    azure = SetAzure([instance(number) for number in range(50)])
    app, _ = await app_over(azure)
    job = await job_in(UNIFORM, app)
    await neighbour_wait(app, job)
    drop_views(app, job)
    await neighbour_wait(app, job)
    assert len(azure.listings) == 2


async def test_nothing_is_used_that_was_read_before_a_move_that_the_lock_knows() -> None:
    """Of another process, or of somebody else whom another process saw."""
    azure = SetAzure([instance(number) for number in range(50)])
    app, clock = await app_over(azure)
    job = await job_in(UNIFORM, app)
    await neighbour_wait(app, job)
    clock.advance(SECOND)
    scope = job.placement.scope
    released = LastRelease(lane=None, at=clock.now())
    await change(app, scope, lambda value: replace(value, last_release=released))
    clock.advance(SECOND)
    await neighbour_wait(app, job)
    await neighbour_wait(app, job)
    assert len(azure.listings) == 2


async def test_with_zero_every_check_reads() -> None:
    azure = SetAzure([instance(number) for number in range(50)])
    app, clock = await app_over(azure, kept=timedelta(0))
    job = await job_in(UNIFORM, app)
    for _ in range(3):
        clock.advance(timedelta(milliseconds=1))
        await neighbour_wait(app, job)
    assert len(azure.listings) == 3


async def test_a_machine_that_moves_holds_back_and_one_of_another_group_does_not() -> None:
    moving = {"provisioning": Provisioning.UPDATING}
    azure = SetAzure([instance(0), instance(1), instance(2, placement_group="two", **moving)])
    app, _ = await app_over(azure, kept=timedelta(0))
    job = await job_in(UNIFORM, app)
    assert await neighbour_wait(app, job) is None

    azure.machines[1] = instance(1, **moving)
    app.set_views.drop(SET)
    wait = await neighbour_wait(app, job)
    assert wait is not None
    assert azure.machines[1].machine.id in wait.reason


async def test_a_machine_that_is_newer_than_the_last_scan_is_a_neighbour_too() -> None:
    azure = SetAzure([instance(0), instance(1)])
    app, _ = await app_over(azure)
    azure.machines.append(instance(7, provisioning=Provisioning.UPDATING))
    wait = await neighbour_wait(app, await job_in(UNIFORM, app))
    assert wait is not None
    assert "/7" in wait.reason


async def test_a_member_that_the_listing_lacks_is_asked_by_itself_and_holds_back() -> None:
    azure = SetAzure([instance(0), instance(1), instance(2)])
    app, _ = await app_over(azure)
    missing = azure.machines.pop()
    wait = await neighbour_wait(app, await job_in(UNIFORM, app))
    assert azure.views == [missing.machine.id]
    assert wait is not None


async def test_a_listing_that_cannot_be_read_is_no_empty_set() -> None:
    azure = SetAzure([instance(0), instance(1)])
    app, _ = await app_over(azure)
    azure.fault = AzureUnavailable("HTTP 429", status=429)
    with pytest.raises(AzureUnavailable):
        await neighbour_wait(app, await job_in(UNIFORM, app))
