"""Azure takes a wave back, moves it, or shows it again.

Jobs that wait follow at the next scan, those in flight are left alone.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ListingPage, unless_known
from shared.domain.machine.machine import Machine, MachineId, SubscriptionId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.messages import Cause, ScanRequest
from shared.domain.policy.policy import Canary
from shared.errors import MachineUnreadable
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.show.explain import explain
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    SECOND,
    START,
    SUBSCRIPTION,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants

AT_NIGHT = policy(calendar=daily("22:00", "04:00"))
NEW = {"self_service_start": START - HOUR, "self_service_end": START + 40 * DAY}


async def waiting(*vms: FakeVm) -> AppHarness:
    """A harness whose jobs wait for the night."""
    harness = AppHarness(*vms, policy=AT_NIGHT)
    await harness.run_wave(HOUR)
    assert {each.state for each in await harness.app_without_hook.jobs.all()} == {State.DEFERRED}
    return harness


async def scan_again(harness: AppHarness, tick: str = "PYN_-ZL8") -> None:
    """What a notice of stage Canceled or Rescheduled starts: a scan like any other."""
    await scan_subscription(
        harness.app_without_hook,
        ScanRequest(subscription=SUBSCRIPTION, trigger_id=tick, cause=Cause.NOTICE),
    )


async def jobs_of(harness: AppHarness, name: str) -> list[Job]:
    found = [
        each for each in await harness.app_without_hook.jobs.all() if each.machine == vm_id(name)
    ]
    return sorted(found, key=lambda job: job.created_at)


async def test_a_cancelled_wave_ends_its_waiting_job_at_the_scan_and_not_at_its_next_step() -> None:
    harness = await waiting(standalone_vm("a"), standalone_vm("b"))
    harness.azure.vm(vm_id("a")).maintenance = None

    await scan_again(harness)

    job = await harness.job("a")
    assert (job.state, job.due) == (State.SKIPPED, None)
    assert job.reason == "the machine is not scheduled for maintenance any more"
    last = (await harness.trail.of(job.id))[-1]
    assert (last.event, last.detail["cause"]) == ("job.skipped", "notice PYN_-ZL8")
    assert (await harness.job("b")).state is State.DEFERRED
    await harness.run()
    assert harness.called_machines() == ["b"]
    await assert_all_invariants(harness)


async def test_a_wave_that_moved_is_planned_under_its_new_times_in_the_same_scan() -> None:
    harness = await waiting(standalone_vm("a"))
    harness.azure.vm(vm_id("a")).maintenance = maintenance(**NEW)

    await scan_again(harness)

    old, new = await jobs_of(harness, "a")
    assert (old.state, "moved the wave" in old.reason) == (State.SKIPPED, True)
    assert (new.state, new.wave, new.self_service_end) == (State.PLANNED, *NEW.values())
    await harness.run()
    old, new = await jobs_of(harness, "a")
    assert (old.state, new.state) == (State.SKIPPED, State.SUCCEEDED)
    assert harness.called_machines() == ["a"]
    await assert_all_invariants(harness)


@pytest.mark.parametrize(
    "shown",
    [maintenance(**NEW), maintenance(self_service_start=START - 9 * DAY), None],
    ids=["later", "earlier", "taken back and shown again"],
)
async def test_what_is_explained_is_the_job_that_goes_on(shown: MaintenanceStatus | None) -> None:
    harness = await waiting(standalone_vm("a"))
    vm = harness.azure.vm(vm_id("a"))
    before, vm.maintenance = vm.maintenance, shown
    await scan_again(harness, "first")
    vm.maintenance = shown or before
    harness.clock.advance(SECOND)
    await scan_again(harness, "second")

    explained = await explain(harness.app_without_hook, vm_id("a"))

    assert explained is not None
    assert explained.job is not None
    assert (explained.job.state, len(await jobs_of(harness, "a"))) == (State.PLANNED, 2)


@pytest.mark.parametrize("flickers", [0, 1, 2])
async def test_a_canary_whose_status_flickers_still_goes_first(flickers: int) -> None:
    rules = replace(AT_NIGHT, canary=Canary(machines=1, soak=HOUR))
    first = standalone_vm("z-canary", tags={"forestall-group": "shop", "forestall-canary": "on"})
    harness = AppHarness(
        first,
        *(standalone_vm(name, tags={"forestall-group": "shop"}) for name in "ab"),
        policy=rules,
    )
    await harness.run_wave(HOUR)
    vm = harness.azure.vm(vm_id("z-canary"))
    for n in range(flickers):
        shown, vm.maintenance = vm.maintenance, None
        await scan_again(harness, f"gone {n}")
        vm.maintenance = shown
        harness.clock.advance(SECOND)
        await scan_again(harness, f"back {n}")

    await harness.run()

    assert len(await jobs_of(harness, "z-canary")) == flickers + 1
    assert harness.called_machines()[0] == "z-canary"
    assert sorted(harness.called_machines()) == ["a", "b", "z-canary"]
    await assert_all_invariants(harness)


async def test_nobody_waits_for_a_canary_whose_wave_was_taken_back() -> None:
    rules = replace(AT_NIGHT, canary=Canary(machines=1, soak=HOUR))
    first = standalone_vm("z-canary", tags={"forestall-group": "shop", "forestall-canary": "on"})
    harness = AppHarness(first, standalone_vm("a", tags={"forestall-group": "shop"}), policy=rules)
    await harness.run_wave(HOUR)
    harness.azure.vm(vm_id("z-canary")).maintenance = None
    await scan_again(harness)

    await harness.run()

    assert harness.called_machines() == ["a"]


async def test_an_ended_job_leaves_the_queue_of_its_lock() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=40 * MINUTE)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(20 * MINUTE)
    waiter = await harness.job("web-1")
    (lock,) = [
        each
        for each in await harness.app_without_hook.semaphores.all()
        if each.scope == waiter.placement.scope
    ]
    assert [each.job for each in lock.waiters] == [waiter.id]
    harness.azure.vm(vm_id("web-1")).maintenance = None

    await scan_again(harness)

    assert (await harness.job("web-1")).state is State.SKIPPED
    assert (
        await harness.app_without_hook.semaphores.load(waiter.placement.scope)
    ).value.waiters == ()
    await harness.run()
    assert harness.called_machines() == ["web-0"]
    await assert_all_invariants(harness)


@pytest.mark.parametrize(
    ("after", "state"),
    [(MINUTE, State.REDEPLOYING), (3 * MINUTE, State.VERIFYING)],
    ids=str,
)
@pytest.mark.parametrize("shown", [None, maintenance(**NEW)], ids=["cancelled", "moved"])
async def test_a_job_in_flight_is_never_ended_by_a_scan(
    after: timedelta, state: State, shown: object
) -> None:
    harness = AppHarness(
        standalone_vm("a", RedeployScript(duration=2 * MINUTE, agent_ready_after=4 * MINUTE))
    )
    await harness.run_wave(after)
    before = await harness.job("a")
    assert before.state is state
    harness.azure.vm(vm_id("a")).maintenance = shown  # type: ignore[assignment]

    await scan_again(harness)

    assert (await jobs_of(harness, "a"))[0] == before


async def test_a_status_that_flickers_costs_no_machine_its_wave_and_moves_it_once() -> None:
    harness = await waiting(standalone_vm("a"))
    vm = harness.azure.vm(vm_id("a"))
    for n in range(3):
        shown, vm.maintenance = vm.maintenance, None
        await scan_again(harness, f"gone {n}")
        vm.maintenance = shown
        harness.clock.advance(SECOND)
        await scan_again(harness, f"back {n}")

    await harness.run()

    *ended, last = await jobs_of(harness, "a")
    assert [each.state for each in ended] == [State.SKIPPED] * 3
    assert last.state is State.SUCCEEDED
    assert harness.called_machines() == ["a"]
    await assert_all_invariants(harness)


async def test_a_job_that_has_called_is_judged_by_its_own_step_not_by_a_scan() -> None:
    harness = AppHarness(
        standalone_vm("a", LANDS_ON_SCHEDULED_HOST), policy=policy(calendar=daily("15:00", "16:31"))
    )
    await harness.run_wave(6 * HOUR)
    before = await harness.job("a")
    assert (before.state, before.attempts) == (State.DEFERRED, 1)
    harness.azure.vm(vm_id("a")).maintenance = None

    await scan_again(harness)

    assert await harness.job("a") == before
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.called_machines() == ["a"]


class PartialAzure:
    """The world, some of whose machines a listing leaves out, or that cannot be read."""

    def __init__(self, harness: AppHarness, *, hidden: str = "", unreadable: str = "") -> None:
        self._harness = harness
        self._hidden = vm_id(hidden) if hidden else None
        self._unreadable = vm_id(unreadable) if unreadable else None
        self.asked: list[MachineId] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._harness.azure, name)

    async def list_vms(
        self,
        subscription: SubscriptionId,
        link: str | None = None,
        known: Collection[str] = (),
    ) -> ListingPage[Machine]:
        page = await self._harness.azure.list_vms(subscription, link)
        shown = tuple(each for each in page.elements if each.id != self._hidden)
        return unless_known(replace(page, elements=shown), known)

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        self.asked.append(machine)
        if machine == self._unreadable:
            raise MachineUnreadable(f"{machine}: makes no sense")
        return await self._harness.azure.observe(machine)


async def scan_with(harness: AppHarness, azure: PartialAzure) -> None:
    app = replace(harness.app_without_hook, azure=azure)  # type: ignore[arg-type]
    await scan_subscription(app, ScanRequest(subscription=SUBSCRIPTION, trigger_id="eyes"))


async def test_a_machine_that_cannot_be_read_ends_no_job() -> None:
    harness = await waiting(standalone_vm("a"))
    harness.azure.vm(vm_id("a")).maintenance = None
    before = await harness.job("a")
    await scan_with(harness, PartialAzure(harness, unreadable="a"))
    assert await harness.job("a") == before


async def test_a_machine_that_a_listing_leaves_out_is_asked_and_only_its_own_404_ends_its_job() -> (
    None
):
    harness = await waiting(standalone_vm("a"), standalone_vm("b"))
    before = await harness.job("a")
    azure = PartialAzure(harness, hidden="a")
    await scan_with(harness, azure)
    assert vm_id("a") in azure.asked
    assert await harness.job("a") == before

    harness.azure.delete(vm_id("a"))
    await scan_again(harness)

    job = await harness.job("a")
    assert (job.state, job.reason) == (State.SKIPPED, "the machine was deleted")


async def test_a_machine_that_is_listed_and_answers_404_by_itself_ends_no_job() -> None:
    harness = await waiting(standalone_vm("a"))
    before = await harness.job("a")
    now = harness.clock.now()
    harness.azure.missed = [(vm_id("a"), now, now + SECOND)]
    await scan_again(harness)
    assert await harness.job("a") == before


async def test_what_a_step_did_after_the_look_is_not_undone_by_older_news() -> None:
    """The scan reads, is delayed, and judges after the job was deferred again."""
    harness = await waiting(standalone_vm("a"))
    before = await harness.job("a")

    class Late(PartialAzure):
        async def observe(self, machine: MachineId) -> Observation | NotFound:
            seen = await super().observe(machine)
            assert isinstance(seen, Observation)
            return replace(seen, maintenance=None, at=before.state_entered_at - SECOND)

    await scan_with(harness, Late(harness))

    assert await harness.job("a") == before
