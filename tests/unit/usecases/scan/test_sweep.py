"""What a scan reads when most of it was read before: little, and yet no wave is missed."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.messages import Cause, ScanRequest
from shared.domain.policy.policy import Timing
from shared.errors import AzureUnavailable
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fleets import MINUTE, SUBSCRIPTION, maintenance, policy, standalone_vm, vm_id
from tests.support.paged_azure import PagedAzure

PERIOD = timedelta(hours=6)
TICK = 15 * MINUTE
SCANS_A_PERIOD = 24


class Swept:
    """A subscription under the default period; the timer asks every quarter of an hour."""

    def __init__(self, count: int) -> None:
        rules = policy(timing=Timing())
        vms = [standalone_vm(f"vm-{number}", maintenance=None) for number in range(count)]
        self.harness = AppHarness(*vms, policy=rules)
        self.azure = PagedAzure(azure=self.harness.azure, clock=self.harness.clock, page_size=100)
        self.harness.app_without_hook = replace(self.harness.app_without_hook, azure=self.azure)

    async def scan(self, cause: Cause = Cause.TIMER) -> int:
        """One scan, and what follows from it; how many views were read."""
        before = len(self.azure.looked_at)
        now = self.harness.clock.now()
        request = ScanRequest(subscription=SUBSCRIPTION, trigger_id=now.isoformat(), cause=cause)
        await scan_subscription(self.harness.app_without_hook, request)
        while self.harness.queues.scans:
            queued = self.harness.queues.scans.pop(0)
            assert isinstance(queued.message, ScanRequest)
            await scan_subscription(self.harness.app_without_hook, queued.message)
        self.harness.clock.advance(TICK)
        return len(self.azure.looked_at) - before

    async def in_waves(self) -> set[str]:
        jobs = await self.harness.app_without_hook.jobs.all()
        return {each.machine.rpartition("/")[2] for each in jobs}

    def announce(self, name: str) -> None:
        self.harness.azure.vm(vm_id(name)).maintenance = maintenance()


async def test_a_rescan_reads_the_pages_and_each_machine_once_in_a_period() -> None:
    swept = Swept(240)
    assert await swept.scan() == 240  # the first one reads all

    reads = [await swept.scan() for _ in range(SCANS_A_PERIOD)]

    assert sum(reads) == 240
    assert max(reads) <= 30
    assert len(set(swept.azure.looked_at[240:])) == 240


async def test_a_wave_without_any_hint_is_found_within_the_period_and_then_all_are_read() -> None:
    swept = Swept(60)
    await swept.scan()
    for number in range(60):
        swept.announce(f"vm-{number}")

    reads = 0
    for _ in range(SCANS_A_PERIOD):
        reads += await swept.scan()
        if await swept.in_waves():
            break

    # The first machine that was found brought all the others with it.
    assert len(await swept.in_waves()) == 60
    assert reads <= 2 * 60


async def test_what_a_notice_asks_for_reads_every_machine() -> None:
    swept = Swept(60)
    await swept.scan()
    swept.announce("vm-7")
    assert await swept.scan(Cause.NOTICE) == 60
    assert await swept.in_waves() == {"vm-7"}


async def test_a_machine_in_a_wave_and_a_new_one_are_read_by_every_scan() -> None:
    swept = Swept(60)
    swept.announce("vm-3")
    await swept.scan()
    reads = [swept.azure.looked_at.count(vm_id("vm-3"))]
    for _ in range(4):
        await swept.scan()
        reads.append(swept.azure.looked_at.count(vm_id("vm-3")))
    assert reads == [1, 2, 3, 4, 5]


async def test_a_machine_that_could_not_be_read_is_tried_again_by_the_next_scan() -> None:
    swept = Swept(60)
    swept.azure.faults[vm_id("vm-5")] = AzureUnavailable("HTTP 500", status=500)
    await swept.scan()
    swept.azure.faults.clear()
    swept.announce("vm-5")
    await swept.scan()
    assert "vm-5" in await swept.in_waves()


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, SCANS_A_PERIOD - 1), st.integers(0, 19)), min_size=1, max_size=12
    )
)
async def test_whatever_waves_come_when_all_are_found_within_a_period(
    events: list[tuple[int, int]],
) -> None:
    swept = Swept(20)
    await swept.scan()
    for scan in range(2 * SCANS_A_PERIOD):
        for at, number in events:
            if at == scan:
                swept.announce(f"vm-{number}")
        await swept.scan()
    assert await swept.in_waves() == {f"vm-{number}" for _, number in events}
