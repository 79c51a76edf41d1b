"""Operators are notified once a day of all subscriptions without a complete scan."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.messages import Notification
from shared.usecases.scan.watch_scans import watch_scans
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, HOUR, MINUTE, START, SUBSCRIPTION, standalone_vm


async def scanned() -> AppHarness:
    harness = AppHarness(standalone_vm("a"), subscriptions=(SUBSCRIPTION,))
    await harness.scan()
    await harness.deliver_scans()
    return harness


def notifications(harness: AppHarness) -> list[Notification]:
    found = [each.message for each in harness.queues.notifications]
    return [each for each in found if isinstance(each, Notification)]


async def test_nobody_hears_of_a_scan_that_is_recent() -> None:
    harness = await scanned()
    harness.clock.advance(2 * HOUR)
    assert await watch_scans(harness.app_without_hook) == 0
    assert notifications(harness) == []


async def test_a_scan_that_fails_for_too_long_is_told_once_a_day_with_its_reason() -> None:
    harness = await scanned()
    harness.azure.outages.append((START, START + 9 * DAY))
    harness.clock.advance(MINUTE)
    await harness.scan()
    await harness.deliver_scans()
    harness.clock.advance(2 * HOUR)

    told = [await watch_scans(harness.app_without_hook) for _ in range(3)]
    harness.clock.advance(DAY - MINUTE)
    told.append(await watch_scans(harness.app_without_hook))
    harness.clock.advance(MINUTE)
    told.append(await watch_scans(harness.app_without_hook))

    assert told == [1, 0, 0, 0, 1]
    first = notifications(harness)[0]
    assert first.kind == "scan.overdue"
    assert f"{SUBSCRIPTION}: last complete 2026-11-23T16:00:00Z" in first.text
    assert "503 ServiceUnavailable" in first.text


async def test_a_subscription_that_was_never_scanned_to_the_end_counts_from_its_first_request() -> (
    None
):
    harness = AppHarness(standalone_vm("a"), subscriptions=(SUBSCRIPTION,))
    harness.azure.outages.append((START, START + 9 * DAY))
    await harness.scan()
    await harness.deliver_scans()
    harness.clock.advance(2 * HOUR + MINUTE)

    assert await watch_scans(harness.app_without_hook) == 1
    assert f"{SUBSCRIPTION}: never complete" in notifications(harness)[0].text


async def test_a_complete_scan_lets_the_next_delay_be_told_at_once() -> None:
    harness = await scanned()
    harness.clock.advance(3 * HOUR)
    assert await watch_scans(harness.app_without_hook) == 1
    await harness.scan()
    await harness.deliver_scans()
    harness.clock.advance(timedelta(hours=2, minutes=1))
    assert await watch_scans(harness.app_without_hook) == 1


async def test_a_subscription_that_is_not_watched_any_more_is_not_told_of() -> None:
    harness = await scanned()
    harness.clock.advance(3 * HOUR)
    app = replace(harness.app_without_hook, subscriptions=("another",))
    assert await watch_scans(app) == 0
