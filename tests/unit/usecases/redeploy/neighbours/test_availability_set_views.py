"""Checks of one availability set share the views of its members, as long as these may count."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.machine.machine import MachineId
from shared.errors import AzureUnavailable
from shared.usecases.redeploy.check_neighbours import neighbour_wait
from shared.usecases.redeploy.read_neighbours import drop_views
from shared.usecases.set_views import SetViews
from tests.support.app_harness import AppHarness
from tests.support.fleets import (
    MINUTE,
    SECOND,
    START,
    availability_set_vm,
    policy,
    vm_id,
)
from tests.support.virtual_loop import LoopClock, run_on_virtual_time

HOME = "set"
MEMBERS = [vm_id(f"web-{n}") for n in range(200)]
#: of one read, so that 200 of them, 16 at a time, take 13 s
LATENCY = 1.0
KEPT = 10 * SECOND


@dataclass(slots=True)
class SlowAzure:
    """Each read takes a second, and shows the machine as it is then."""

    clock: LoopClock
    reads: list[MachineId] = field(default_factory=list)
    moving: set[MachineId] = field(default_factory=set)
    missing: set[MachineId] = field(default_factory=set)
    fails_at: int | None = None
    latency: float = LATENCY

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        self.reads.append(machine)
        if len(self.reads) == self.fails_at:
            raise AzureUnavailable("429", status=429)
        await asyncio.sleep(self.latency)
        if machine in self.missing:
            return NotFound(machine=machine, at=self.clock.now())
        state = Provisioning.UPDATING if machine in self.moving else Provisioning.SUCCEEDED
        return Observation(
            machine=machine,
            at=self.clock.now(),
            power=Power.RUNNING,
            provisioning=state,
            agent_ready=True,
        )


class Checks:
    """Checks of one process."""

    def __init__(self) -> None:
        self.clock = LoopClock(START, Random(1))  # noqa: S311 - numbers that come again
        self.azure = SlowAzure(self.clock)
        self.views = SetViews()

    async def check(
        self,
        own: int = 0,
        *,
        members: int = len(MEMBERS),
        kept: timedelta = KEPT,
        moved_after: float | None = None,
    ) -> list[Observation | NotFound]:
        moved_at = None if moved_after is None else START + timedelta(seconds=moved_after)
        others = [each for n, each in enumerate(MEMBERS[:members]) if n != own]
        found = await self.views.of_members(
            self.azure,  # type: ignore[arg-type]
            self.clock,
            HOME,
            others,
            kept=kept,
            moved_at=moved_at,
        )
        assert [each.machine for each in found] == others
        return found


def test_ten_jobs_that_start_together_read_each_member_once_and_the_first_machine() -> None:
    async def work() -> None:
        checks = Checks()
        await asyncio.gather(*(checks.check(own) for own in range(10)))
        assert set(checks.azure.reads) == set(MEMBERS)
        # The first job did not read its own machine. The nine others may read it at the same time.
        assert len(checks.azure.reads) <= len(MEMBERS) - 1 + 9

    run_on_virtual_time(work())


@pytest.mark.parametrize(("pause", "again"), [(8.0, 0), (10.5, 5)])
def test_a_later_check_uses_what_is_younger_than_the_policy_says(pause: float, again: int) -> None:
    async def work() -> None:
        checks = Checks()
        await checks.check(members=6)
        await asyncio.sleep(pause)
        await checks.check(members=6)
        assert len(checks.azure.reads) == 5 + again

    run_on_virtual_time(work())


def test_no_view_is_older_than_30_seconds_however_long_a_job_waited_for_it() -> None:
    async def work() -> None:
        checks = Checks()
        checks.azure.latency = 6.0
        await asyncio.gather(checks.check(0), checks.check(0))
        # 13 rounds of 6 s took 78 s: only those of the last 30 s count for the second job.
        assert len(checks.azure.reads) > len(MEMBERS) + 100

    run_on_virtual_time(work())


def test_with_zero_every_check_reads_everything() -> None:
    async def work() -> None:
        checks = Checks()
        await asyncio.gather(*(checks.check(0, members=6, kept=timedelta(0)) for _ in range(3)))
        assert len(checks.azure.reads) == 15

    run_on_virtual_time(work())


def test_nothing_is_used_that_was_read_before_a_move_that_the_lock_knows() -> None:
    async def work() -> None:
        checks = Checks()
        await checks.check(members=6)
        await asyncio.sleep(1)
        checks.azure.moving.add(MEMBERS[3])
        found = await checks.check(members=6, moved_after=1.5)
        assert [each.machine for each in found if getattr(each, "is_in_flight", False)] == [
            MEMBERS[3]
        ]

    run_on_virtual_time(work())


def test_nothing_is_used_that_was_being_read_when_a_redeploy_of_ours_began() -> None:
    async def work() -> None:
        checks = Checks()
        first = asyncio.create_task(checks.check())
        second = asyncio.create_task(checks.check())
        await asyncio.sleep(5.5)  # the first one has read some
        read = len(checks.azure.reads)
        checks.views.drop(HOME)
        await first
        await second
        assert 0 < read < len(MEMBERS)
        assert len(checks.azure.reads) == 2 * (len(MEMBERS) - 1)

    run_on_virtual_time(work())


def test_a_machine_that_was_not_found_is_read_again() -> None:
    async def work() -> None:
        checks = Checks()
        checks.azure.missing.add(MEMBERS[2])
        await checks.check(members=6)
        await checks.check(members=6)
        assert checks.azure.reads.count(MEMBERS[2]) == 2
        assert len(checks.azure.reads) == 6

    run_on_virtual_time(work())


def test_what_was_read_before_a_refusal_is_used_by_the_next_check() -> None:
    async def work() -> None:
        checks = Checks()
        checks.azure.fails_at = 50
        with pytest.raises(AzureUnavailable):
            await checks.check()
        read = len(checks.azure.reads)
        await checks.check()
        # Those that were on their way when it failed are read again.
        assert len(checks.azure.reads) <= read + len(MEMBERS) - 1 - (50 - 16 - 1)

    run_on_virtual_time(work())


@pytest.mark.parametrize("slots", [1, 2])
async def test_a_call_in_an_availability_set_is_marked_where_two_may_go_together(
    slots: int,
) -> None:
    """Without the mark another process would use what it read before the call."""
    rules = policy(slots=slots)
    harness = AppHarness(*(availability_set_vm(f"web-{n}", 0) for n in range(2)), policy=rules)
    await harness.scan()
    await harness.run(MINUTE)
    semaphores = await harness.app_without_hook.semaphores.all()
    marked = [lease.called_at for each in semaphores for lease in each.holders]
    assert [each is not None for each in marked] == [slots > 1] * slots


async def test_a_check_of_an_availability_set_shares_views_and_a_redeploy_ends_it() -> None:
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(20)), policy=policy())
    await harness.scan()
    await harness.deliver_scans()
    app = harness.app_without_hook
    reads: list[MachineId] = []
    observe = harness.azure.observe

    async def counted(machine: MachineId) -> Observation | NotFound:
        reads.append(machine)
        return await observe(machine)

    harness.azure.observe = counted  # type: ignore[method-assign]
    job = await harness.job("web-3")
    for _ in range(3):
        assert await neighbour_wait(app, job) is None
    assert len(reads) == 19
    drop_views(app, job)
    assert await neighbour_wait(app, job) is None
    assert len(reads) == 38
