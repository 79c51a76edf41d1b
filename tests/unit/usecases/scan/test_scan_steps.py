"""A scan in steps: no message takes long, nothing is lost, and one machine's fault is its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.machine.instance_view import Observation, Power, Provisioning
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import Machine, Orchestration, machine_id
from shared.domain.messages import Cause, ScanRequest
from shared.domain.scan.status import PATIENCE, ScanStatus
from shared.errors import AzureUnavailable, MachineUnreadable
from shared.usecases.scan.scan_subscription import TIME_BUDGET, scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    MINUTE,
    SECOND,
    START,
    SUBSCRIPTION,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.paged_azure import PagedAzure

THROTTLED = AzureUnavailable("HTTP 429", status=429, retry_after=timedelta(minutes=7))
BROKEN = AzureUnavailable("HTTP 500 InternalServerError", status=500)
FORBIDDEN = AzureUnavailable("HTTP 403 AuthorizationFailed", status=403)


def paged(*vms: FakeVm, **options: Any) -> tuple[AppHarness, PagedAzure]:
    """A harness whose jobs wait for the night, over pages."""
    harness = AppHarness(*vms, policy=policy(calendar=daily("22:00", "04:00")))
    azure = PagedAzure(azure=harness.azure, clock=harness.clock, **options)
    harness.app_without_hook = replace(harness.app_without_hook, azure=azure)
    harness.app = harness.app_without_hook
    return harness, azure


def vms(count: int) -> list[FakeVm]:
    return [standalone_vm(f"vm-{number}") for number in range(count)]


async def scan(
    harness: AppHarness, trigger: str = "t", cause: Cause = Cause.TIMER, **step: Any
) -> None:
    request = ScanRequest(subscription=SUBSCRIPTION, trigger_id=trigger, cause=cause, **step)
    await scan_subscription(harness.app_without_hook, request)


async def status(harness: AppHarness) -> ScanStatus:
    return (await harness.app_without_hook.scans.load(SUBSCRIPTION)).value


def steps_sent(harness: AppHarness) -> list[ScanRequest]:
    """The scan messages that are queued, in the order in which they are due."""
    queued = sorted(harness.queued_messages(), key=lambda each: each.at)
    return [each.message for each in queued if isinstance(each.message, ScanRequest)]


async def finish(harness: AppHarness) -> int:
    """Deliver the messages of the scan until none is left; how many there were."""
    delivered = 0
    while sent := steps_sent(harness):
        due = min(each.at for each in harness.queued_messages() if each.message == sent[0])
        harness.clock.set(max(due, harness.clock.now()))
        harness._queued = [each for each in harness._queued if each.message != sent[0]]
        await scan_subscription(harness.app_without_hook, sent[0])
        delivered += 1
        assert delivered < 200
    return delivered


async def machines_with_jobs(harness: AppHarness) -> set[str]:
    jobs = await harness.app_without_hook.jobs.all()
    return {each.machine.rpartition("/")[2] for each in jobs}


async def inventory_of(harness: AppHarness) -> dict[str, str]:
    page = await harness.app_without_hook.inventory.page(SUBSCRIPTION, None, 1000)
    return {each.machine.id.rpartition("/")[2]: each.decision for each in page.entries}


async def test_a_small_subscription_is_scanned_with_one_message() -> None:
    harness, azure = paged(*vms(5))
    await scan(harness)

    assert steps_sent(harness) == []
    done = await status(harness)
    assert (done.scan, done.last_complete_at, done.machines) == (None, START, 5)
    assert azure.listed == [None, "2", "4"]
    assert len(azure.looked_at) == len(set(azure.looked_at)) == 5
    assert len(await machines_with_jobs(harness)) == 5


async def test_a_listing_that_takes_long_goes_on_from_its_cursor_in_the_next_message() -> None:
    harness, azure = paged(*vms(9), page_takes=timedelta(seconds=15))
    await scan(harness)
    begun = await status(harness)
    assert begun.scan is not None
    assert (begun.scan.step, begun.last_complete_at) == (1, None)
    # What the first message saw is stored.
    assert len(await inventory_of(harness)) == 6

    assert await finish(harness) >= 1

    assert azure.listed == [None, "2", "4", "6", "8"]  # each page once
    assert len(await machines_with_jobs(harness)) == 9


async def test_no_message_begins_anything_after_its_time_is_up() -> None:
    harness, azure = paged(*vms(300), page_size=100, view_takes=timedelta(seconds=1))
    longest = timedelta(0)
    await scan(harness)
    while sent := steps_sent(harness):
        begun = harness.clock.now()
        harness._queued.clear()
        await scan_subscription(harness.app_without_hook, sent[0])
        longest = max(longest, harness.clock.now() - begun)

    # The last unit may take as long again as there are machines in it.
    assert longest <= TIME_BUDGET + timedelta(seconds=64)
    assert len(azure.looked_at) == 300
    assert (await status(harness)).machines == 300


async def test_jobs_are_stored_before_everything_was_looked_at() -> None:
    harness, azure = paged(*vms(300), page_size=100, view_takes=timedelta(seconds=1))
    await scan(harness)
    assert len(azure.looked_at) < 300
    assert len(await machines_with_jobs(harness)) == len(azure.looked_at)


@pytest.mark.parametrize("fault", [BROKEN, FORBIDDEN, MachineUnreadable("no sense")])
async def test_one_machine_that_cannot_be_read_hides_no_other(fault: AzureUnavailable) -> None:
    harness, azure = paged(*vms(50))
    azure.faults[vm_id("vm-7")] = fault

    await scan(harness)

    assert len(await machines_with_jobs(harness)) == 49
    done = await status(harness)
    assert (done.unreadable, done.last_complete_at) == (1, START)
    assert done.first_unreadable == (f"{vm_id('vm-7')}: {fault}",)
    assert str(fault) in (await inventory_of(harness))["vm-7"]


async def test_what_cannot_be_read_is_told_once() -> None:
    harness, azure = paged(*vms(5))
    azure.faults[vm_id("vm-1")] = BROKEN
    for trigger in ("a", "b"):
        await scan(harness, trigger)
    azure.faults[vm_id("vm-2")] = FORBIDDEN
    await scan(harness, "c")

    told = [each.message for each in harness.queues.notifications]
    assert [each.kind for each in told] == ["scan.unreadable"] * 2  # type: ignore[union-attr]
    assert "1 of 5 machines" in told[0].text  # type: ignore[union-attr]
    assert "2 of 5 machines" in told[1].text  # type: ignore[union-attr]


async def test_views_that_azure_throttles_are_read_by_the_next_message_when_azure_said() -> None:
    harness, azure = paged(*vms(20))
    azure.faults[vm_id("vm-3")] = THROTTLED
    await scan(harness)

    waiting = await status(harness)
    assert (waiting.failing_since, waiting.failure) == (START, "HTTP 429")
    (step,) = [each for each in harness.queued_messages() if isinstance(each.message, ScanRequest)]
    assert step.at == START + timedelta(minutes=7)
    del azure.faults[vm_id("vm-3")]

    await finish(harness)

    assert len(await machines_with_jobs(harness)) == 20
    assert (await status(harness)).failing_since is None


async def test_a_machine_that_is_throttled_each_time_ends_nothing() -> None:
    harness, azure = paged(*vms(20))
    azure.faults[vm_id("vm-3")] = THROTTLED
    await scan(harness)
    await finish(harness)

    assert len(await machines_with_jobs(harness)) == 19
    assert (await status(harness)).unreadable == 1


async def test_an_outage_of_azure_makes_no_machine_unreadable() -> None:
    harness, azure = paged(*vms(20))
    azure.faults = {vm_id(f"vm-{number}"): BROKEN for number in range(20)}
    await scan(harness)
    failing = await status(harness)
    assert failing.scan is not None
    assert (failing.failing_since, failing.scan.unreadable) == (START, 0)
    azure.faults.clear()

    await finish(harness)

    assert (await status(harness)).unreadable == 0
    assert len(await machines_with_jobs(harness)) == 20


async def test_retries_wait_longer_each_time_and_never_more_than_a_quarter_of_an_hour() -> None:
    harness, _ = paged(*vms(2))
    harness.azure.outages.append((START, START + DAY))
    waits = []
    await scan(harness)
    for _ in range(8):
        (sent,) = steps_sent(harness)
        (queued,) = harness.queued_messages()
        waits.append(queued.at - harness.clock.now())
        harness.clock.set(queued.at)
        harness._queued.clear()
        await scan_subscription(harness.app_without_hook, sent)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(minutes=15))
    assert (await status(harness)).failing_since == START


async def test_a_request_joins_the_scan_that_is_on_and_a_notice_is_followed_by_another() -> None:
    harness, azure = paged(*vms(9), page_takes=timedelta(seconds=15))
    await scan(harness)
    first = await status(harness)
    await scan(harness, "timer again")
    assert await status(harness) == first
    await scan(harness, "PYN:1", Cause.NOTICE)

    assert len(steps_sent(harness)) == 1
    await finish(harness)

    assert azure.listed == [None, "2", "4", "6", "8"] * 2
    done = await status(harness)
    assert (done.scan, done.again) == (None, None)


async def test_a_message_that_comes_twice_takes_its_step_once() -> None:
    harness, azure = paged(*vms(9), page_takes=timedelta(seconds=15))
    await scan(harness)
    (sent,) = steps_sent(harness)
    harness._queued.clear()
    for _ in range(3):
        await scan_subscription(harness.app_without_hook, sent)

    assert azure.listed == [None, "2", "4", "6", "8"]


async def test_a_step_whose_message_was_lost_is_taken_by_the_next_request() -> None:
    harness, azure = paged(*vms(9), page_takes=timedelta(seconds=15))
    await scan(harness)
    steps_sent(harness)
    harness._queued.clear()  # lost
    harness.clock.advance(PATIENCE - SECOND)
    await scan(harness, "too early")
    assert len(azure.listed) == 3

    harness.clock.advance(MINUTE)
    await scan(harness, "next timer")
    await finish(harness)

    assert azure.listed == [None, "2", "4", "6", "8"]
    assert (await status(harness)).machines == 9


@pytest.mark.parametrize("killed_at", range(0, 40, 3))
async def test_a_process_that_dies_anywhere_loses_nothing(killed_at: int) -> None:
    """The queue delivers its message again; what the dead one had done is done once."""

    class Killed(Exception):
        pass

    calls = 0

    async def hook(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == killed_at + 1:
            raise Killed

    harness = AppHarness(*vms(9), hook=hook, policy=policy(calendar=daily("22:00", "04:00")))
    request = ScanRequest(subscription=SUBSCRIPTION, trigger_id="t")
    while True:
        try:
            await scan_subscription(harness.app, request)
            break
        except Killed:
            continue
    await finish(harness)

    assert (await status(harness)).machines == 9
    assert len(await harness.app_without_hook.jobs.all()) == 9
    assert len(await inventory_of(harness)) == 9


async def test_a_link_that_azure_refuses_begins_the_listing_again() -> None:
    harness, azure = paged(*vms(9), page_takes=timedelta(seconds=15))
    refused: list[str] = []

    def refuse_once(link: str | None) -> None:
        if link == "6" and not refused:
            refused.append(link)
            raise AzureUnavailable("HTTP 400 InvalidSkipToken", status=400)

    azure.before_page = refuse_once
    await scan(harness)
    await finish(harness)

    assert azure.listed == [None, "2", "4", None, "2", "4", "6", "8"]
    done = await status(harness)
    assert (done.machines, done.unknown_elements) == (9, 0)


async def test_a_link_that_is_refused_each_time_is_an_outage_that_people_see() -> None:
    harness, azure = paged(*vms(9))

    def refuse(link: str | None) -> None:
        if link == "4":
            raise AzureUnavailable("HTTP 400 InvalidSkipToken", status=400)

    azure.before_page = refuse
    await scan(harness)

    failing = await status(harness)
    assert (failing.failing_since, failing.failure) == (START, "HTTP 400 InvalidSkipToken")
    assert len(steps_sent(harness)) == 1


async def test_machines_are_removed_only_when_the_listing_is_complete() -> None:
    harness, _ = paged(*vms(9), page_takes=timedelta(seconds=15))
    await scan(harness)
    await finish(harness)
    harness.azure.delete(vm_id("vm-0"))
    harness.azure.delete(vm_id("vm-8"))

    await scan(harness, "u")
    assert len(await inventory_of(harness)) == 9
    await finish(harness)

    assert set(await inventory_of(harness)) == {f"vm-{number}" for number in range(1, 8)}


async def test_an_element_that_nobody_can_read_keeps_every_machine() -> None:
    harness, azure = paged(*vms(4))
    await scan(harness)
    harness.azure.delete(vm_id("vm-3"))
    azure.unreadable = ("an element has no id",)
    await scan(harness, "u")
    assert set(await inventory_of(harness)) == {f"vm-{number}" for number in range(4)}
    assert (await status(harness)).unknown_elements == 1
    azure.unreadable = ()

    await scan(harness, "v")

    assert set(await inventory_of(harness)) == {"vm-0", "vm-1", "vm-2"}


async def test_a_scan_in_which_nothing_changed_writes_where_it_stands_and_nothing_else() -> None:
    harness, _ = paged(*vms(9))
    await scan(harness)
    counted = harness.app_without_hook.inventory
    stored = [0]

    class Counting:
        def __getattr__(self, name: str) -> Any:
            return getattr(counted, name)

        async def store_run(self, *_: Any) -> None:
            stored[0] += 1

        async def note(self, entries: list[Any]) -> None:
            stored[0] += len(entries)

    counting: Any = Counting()
    harness.app_without_hook = replace(harness.app_without_hook, inventory=counting)
    await scan(harness, "u")

    assert stored == [0]
    assert (await status(harness)).machines == 9


def an_instance(number: int, *, wave: bool = True) -> ListedMachine:
    home = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute"
    scale_set = f"{home}/virtualmachinescalesets/web"
    machine = Machine(
        id=machine_id(f"{scale_set}/virtualmachines/{number}"),
        location="westeurope",
        scale_set=scale_set,
        orchestration=Orchestration.UNIFORM,
    )
    seen = Observation(
        machine=machine.id,
        at=START,
        power=Power.RUNNING,
        provisioning=Provisioning.SUCCEEDED,
        agent_ready=True,
        update_domain=number % 5,
        placement_group="pg",
        maintenance=maintenance() if wave else None,
    )
    return ListedMachine(machine=machine, seen=seen)


async def test_a_uniform_set_is_judged_by_its_listing_alone() -> None:
    harness, azure = paged(standalone_vm("vm-0"))
    instances = [an_instance(number) for number in range(20)]
    azure.instances[str(instances[0].machine.scale_set)] = instances

    await scan(harness)

    assert azure.looked_at == [vm_id("vm-0")]
    assert len(await machines_with_jobs(harness)) == 21
    assert (await status(harness)).machines == 21


async def test_an_instance_that_its_listing_shows_without_a_view_is_read_by_itself() -> None:
    harness, azure = paged()
    instances = [an_instance(number) for number in range(3)]
    listed = [replace(instances[0], seen=None), *instances[1:]]
    azure.instances[str(instances[0].machine.scale_set)] = listed
    azure.faults[instances[0].machine.id] = BROKEN

    await scan(harness)

    assert azure.looked_at == [instances[0].machine.id]
    assert (await status(harness)).unreadable == 1
    assert await machines_with_jobs(harness) == {"1", "2"}


async def test_a_job_knows_the_size_of_its_wave_as_far_as_it_is_planned() -> None:
    """Planned in portions, it counts those planned with it and before it, never more."""
    harness, _ = paged(*vms(150), page_size=100)
    await scan(harness)
    sizes = sorted(each.wave_size for each in await harness.app_without_hook.jobs.all())
    assert (sizes[0], sizes[-1]) == (64, 150)
