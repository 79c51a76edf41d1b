"""Scans of the timer find what the machines show, after any events.

Events come between scans, in any order: waves begin, move and end, machines are made and deleted,
owners tag them. Hints name machines that are in a wave, and machines that are not; or none comes,
as rows of Resource Graph may be missing. The truth is what the simulator has at the end.
"""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.messages import Cause, ScanRequest
from shared.domain.policy.policy import Timing
from shared.usecases.hints.look_at_named import look_at_named
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import MINUTE, SUBSCRIPTION, maintenance, policy, standalone_vm, vm_id
from tests.support.paged_azure import PagedAzure

SCANS_A_PERIOD = 24
MACHINES = 12


class Event(StrEnum):
    """What happens to one machine."""

    ANNOUNCE = "announce"
    MOVE = "move"
    END = "end"
    DELETE = "delete"
    CREATE = "create"
    EXCLUDE = "exclude"
    INCLUDE = "include"
    HINT = "hint"


class Subscription:
    """Machines that events happen to, and the app that scans them every quarter of an hour."""

    def __init__(self) -> None:
        vms = [standalone_vm(f"vm-{number}", maintenance=None) for number in range(MACHINES)]
        self.harness = AppHarness(*vms, policy=policy(timing=Timing()))
        azure = PagedAzure(azure=self.harness.azure, clock=self.harness.clock, page_size=5)
        self.app = replace(self.harness.app_without_hook, azure=azure)
        self.vms = dict(enumerate(vms))

    async def happens(self, event: Event, number: int) -> None:
        vm = self.vms.get(number)
        if event is Event.CREATE and vm is None:
            self.vms[number] = standalone_vm(f"vm-{number}", maintenance=None)
            self.harness.azure.add(self.vms[number])
        if event is Event.HINT:
            name = f"hint {number} {self.harness.clock.now()}"
            request = ScanRequest(
                subscription=SUBSCRIPTION,
                trigger_id=name,
                cause=Cause.HINT,
                machines=(vm_id(f"vm-{number}"),),
            )
            await look_at_named(self.app, request)
        if vm is None:
            return
        match event:
            case Event.ANNOUNCE:
                vm.maintenance = maintenance()
            case Event.MOVE if vm.maintenance is not None:
                start = vm.maintenance.self_service_start
                assert start is not None
                vm.maintenance = replace(
                    vm.maintenance, self_service_start=start + timedelta(minutes=1)
                )
            case Event.END:
                vm.maintenance = None
            case Event.DELETE:
                self.harness.azure.delete(vm.machine.id)
                del self.vms[number]
            case Event.EXCLUDE:
                _tag(vm, {"forestall": "off"})
            case Event.INCLUDE:
                _tag(vm, {})
            case _:
                pass

    async def scan(self) -> None:
        """A scan of the timer, and what follows from it."""
        now = self.harness.clock.now()
        request = ScanRequest(
            subscription=SUBSCRIPTION, trigger_id=now.isoformat(), cause=Cause.TIMER
        )
        await scan_subscription(self.app, request)
        while self.harness.queues.scans:
            queued = self.harness.queues.scans.pop(0)
            assert isinstance(queued.message, ScanRequest)
            await scan_subscription(self.app, queued.message)
        self.harness.clock.advance(15 * MINUTE)

    async def believed(self) -> tuple[set[str], set[str], set[str]]:
        """Machines with an open job, those that are left alone, and all that are known."""
        jobs = {each.machine for each in await self.app.jobs.all() if not each.state.is_final}
        alone = await self.app.exemptions.of_subscription(SUBSCRIPTION)
        page = await self.app.inventory.page(SUBSCRIPTION, None, 1_000)
        known = {str(each.machine.id) for each in page.entries}
        return {str(each) for each in jobs}, {str(each.machine) for each in alone}, known

    def true(self) -> tuple[set[str], set[str], set[str]]:
        """The same, as the simulator has it."""
        in_wave = [each for each in self.vms.values() if each.maintenance is not None]
        excluded = {str(each.machine.id) for each in in_wave if each.machine.tags}
        planned = {str(each.machine.id) for each in in_wave} - excluded
        return planned, excluded, {str(each.machine.id) for each in self.vms.values()}


def _tag(vm: FakeVm, tags: dict[str, str]) -> None:
    vm.machine = replace(vm.machine, tags=tags)


EVENTS = st.lists(
    st.tuples(
        st.integers(0, SCANS_A_PERIOD),
        st.sampled_from(Event),
        st.integers(0, MACHINES + 2),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
async def test_after_a_period_without_events_the_app_knows_the_truth(
    events: list[tuple[int, Event, int]],
) -> None:
    subscription = Subscription()
    for scan in range(SCANS_A_PERIOD + 1):
        for at, event, number in events:
            if at == scan:
                await subscription.happens(event, number)
        await subscription.scan()
    for _ in range(SCANS_A_PERIOD):
        await subscription.scan()

    assert await subscription.believed() == subscription.true()
