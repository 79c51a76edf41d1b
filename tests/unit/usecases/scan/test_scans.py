"""Scans and the notices that ask for them.

Which jobs they make, and why they leave the others alone.
"""

import pytest

from shared.domain.machine.instance_view import Power
from shared.domain.machine.machine import Machine, SubscriptionId
from shared.domain.machine.traits import Traits
from shared.domain.messages import Cause, ScanRequest
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    SECOND,
    START,
    SUBSCRIPTION,
    availability_set_vm,
    maintenance,
    standalone_vm,
    vm_id,
)

NOT_PLANNED: dict[str, tuple[FakeVm, str]] = {
    "without maintenance": (standalone_vm("a", maintenance=None), "no maintenance is planned"),
    "tagged off": (standalone_vm("a", tags={"FORESTALL": " Off "}), "tagged forestall=off"),
    "before its phase": (
        standalone_vm("a", maintenance=maintenance(self_service_start=START + DAY)),
        "not open (before)",
    ),
    "after its phase": (
        standalone_vm("a", maintenance=maintenance(self_service_end=START)),
        "not open (closed)",
    ),
    "stopped": (standalone_vm("a", power=Power.DEALLOCATED), "not running (deallocated)"),
    "not allowed": (
        standalone_vm("a", maintenance=maintenance(allowed=False, last_result="RetryLater")),
        "(RetryLater)",
    ),
    "completed": (
        standalone_vm("a", maintenance=maintenance(last_result="MaintenanceCompleted")),
        "completed",
    ),
    "a Spot machine": (
        FakeVm(
            machine=Machine(id=vm_id("a"), location="westeurope", traits=Traits(is_spot=True)),
            maintenance=maintenance(),
        ),
        "it is a Spot machine",
    ),
    "without times": (
        standalone_vm("a", maintenance=maintenance(self_service_start=None, self_service_end=None)),
        "cannot be distinguished from the next",
    ),
    "on a dedicated host": (
        FakeVm(
            machine=Machine(id=vm_id("a"), location="westeurope", dedicated_host="/hosts/h"),
            maintenance=maintenance(),
        ),
        "dedicated host",
    ),
}


async def scan(harness: AppHarness, tick: str = "t") -> None:
    await scan_subscription(
        harness.app_without_hook, ScanRequest(subscription=SUBSCRIPTION, trigger_id=tick)
    )


@pytest.mark.parametrize(("vm", "reason"), NOT_PLANNED.values(), ids=NOT_PLANNED.keys())
async def test_a_machine_is_left_alone_with_its_reason(vm: FakeVm, reason: str) -> None:
    harness = AppHarness(vm, standalone_vm("b"))

    await scan(harness)

    assert [each.machine for each in await harness.app_without_hook.jobs.all()] == [vm_id("b")]
    page = await harness.app_without_hook.inventory.page(SUBSCRIPTION, None, 10)
    decisions = {each.machine.id: each.decision for each in page.entries}
    assert reason in decisions[vm_id("a")]
    assert decisions[vm_id("b")] == "has a job"


async def test_a_scan_again_makes_no_second_job_and_sends_no_second_message() -> None:
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(3)))
    await scan(harness)
    jobs = await harness.app_without_hook.jobs.all()
    assert len(harness.queued_messages()) == 3

    for tick in ("t", "u"):
        await scan(harness, tick)

    assert await harness.app_without_hook.jobs.all() == jobs
    assert len(harness.queued_messages()) == 3


async def test_a_job_says_what_found_it() -> None:
    harness = AppHarness(standalone_vm("a"))
    await scan_subscription(
        harness.app_without_hook,
        ScanRequest(subscription=SUBSCRIPTION, trigger_id="PYN:1", cause=Cause.NOTICE),
    )
    (line,) = await harness.trail.of((await harness.job("a")).id)
    assert line.detail["cause"] == "notice PYN:1"


async def test_a_listing_that_cannot_be_read_is_no_empty_subscription() -> None:
    harness = AppHarness(standalone_vm("a"))
    await scan(harness)
    harness.azure.outages.append((START, START + DAY))
    await scan(harness, "u")
    status = (await harness.app_without_hook.scans.load(SUBSCRIPTION)).value
    assert status.failing_since == START
    assert status.failure == "503 ServiceUnavailable"
    assert len(await harness.app_without_hook.jobs.all()) == 1
    assert await harness.app_without_hook.inventory.absent(SUBSCRIPTION, [vm_id("a")]) == set()


async def test_every_subscription_that_is_seen_is_scanned_once_a_tick() -> None:
    harness = AppHarness(standalone_vm("a"))
    for _ in range(2):
        assert await request_scans(harness.app_without_hook) == 1
    assert len(harness.queued_messages()) == 1
    harness.clock.advance(SECOND)
    await request_scans(harness.app_without_hook)
    assert len(harness.queued_messages()) == 2


async def test_only_the_subscriptions_of_the_settings_are_scanned_where_they_name_some() -> None:
    harness = AppHarness(standalone_vm("a"), subscriptions=("s1", "s2"))
    assert await request_scans(harness.app_without_hook) == 2
    messages = [each.message for each in harness.queued_messages()]
    assert [each.subscription for each in messages if isinstance(each, ScanRequest)] == [
        SubscriptionId("s1"),
        SubscriptionId("s2"),
    ]
