"""Nothing of a message runs after its handler has ended, well or not (structured concurrency)."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from shared.errors import AzureUnavailable, StorageUnavailable, Unavailable
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.show.health import report_health
from tests.support.app_harness import AppHarness
from tests.support.fleets import HOUR, availability_set_vm, standalone_vm

PLACES = [
    "azure.observe",
    "azure.list_machines",
    "azure.perform_maintenance",
    "azure.read_operation",
    "jobs.save",
    "semaphores.store",
    "pauses.all",
    "scans.store",
    "scans.load_clocks",
    "inventory.note",
    "audit_trail.append",
    "marks.load",
]


class FailsLater:
    """Every third call of one port method fails immediately. All other calls take their time."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.calls = 0

    async def __call__(self, place: str) -> None:
        if place != self.place:
            for _ in range(20):  # so that it is still on when the other one fails
                await asyncio.sleep(0)
            return
        self.calls += 1
        if self.calls % 3 == 1:
            raise (AzureUnavailable if place.startswith("azure") else StorageUnavailable)(place)


class WatchedHarness(AppHarness):
    """Looks after each delivery and each recovery whether a task is left."""

    left: list[str]

    async def _deliver_due(self) -> None:
        before = asyncio.all_tasks()
        await super()._deliver_due()
        self.left = [*getattr(self, "left", []), *map(repr, asyncio.all_tasks() - before)]


@pytest.mark.parametrize("place", PLACES)
async def test_no_message_leaves_a_task_behind(place: str) -> None:
    fleet = [availability_set_vm(f"web-{n}", n % 3) for n in range(12)]
    hook = FailsLater(place)
    harness = WatchedHarness(*fleet, standalone_vm("db"), hook=hook)

    await harness.scan()
    await harness.run(3 * HOUR)

    assert harness.left == []


@pytest.mark.parametrize("place", ["pauses.all", "scans.load_clocks", "marks.load"])
async def test_a_request_for_the_health_leaves_no_task_behind(place: str) -> None:
    harness = AppHarness(hook=FailsLater(place))
    before = asyncio.all_tasks()
    for _ in range(3):
        with suppress(Unavailable):
            await report_health(harness.app)
        await keep_ticking(harness.app)
        assert asyncio.all_tasks() - before == set()
        harness.clock.set(harness.clock.now() + timedelta(minutes=6))
