"""A subscription that Azure refuses hides no other, and is shown with since when and why."""

from dataclasses import replace
from typing import Any, cast

import pytest

from shared.domain.messages import ScanRequest
from shared.domain.policy.policy import Timing
from shared.domain.scan.status import ScanStatus
from shared.errors import AzureUnavailable
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.watch_scans import watch_scans
from shared.usecases.show.scans import list_scans
from tests.support.app_harness import AppHarness
from tests.support.fleets import HOUR, MINUTE, SUBSCRIPTION, policy, standalone_vm

REFUSED = "0" * 8 + "-0000-4000-8000-" + "f" * 12
NEW = "0" * 8 + "-0000-4000-8000-" + "e" * 12

FAULTS = {
    "no role": AzureUnavailable("403 AuthorizationFailed", status=403),
    "deleted": AzureUnavailable("404 SubscriptionNotFound", status=404),
    "disabled": AzureUnavailable("409 ReadOnlyDisabledSubscription", status=409),
    "throttled": AzureUnavailable("429 SubscriptionRequestsThrottled", status=429),
    "broken": AzureUnavailable("503", status=503),
    "no response": AzureUnavailable("no answer within 60 s"),
}


class RefusingAzure:
    """The fake Azure, with subscriptions whose listings are refused."""

    def __init__(self, azure: Any) -> None:
        self._azure = azure
        self.refused: dict[str, AzureUnavailable] = {}
        self.visible = [SUBSCRIPTION, REFUSED]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._azure, name)

    async def subscriptions(self) -> list[str]:
        return list(self.visible)

    async def list_vms(self, subscription: str, *more: Any) -> Any:
        if subscription in self.refused:
            raise self.refused[subscription]
        return await self._azure.list_vms(subscription, *more)


def two_subscriptions() -> tuple[AppHarness, RefusingAzure]:
    harness = AppHarness(standalone_vm("vm-0"), policy=policy(timing=Timing()))
    azure = RefusingAzure(harness.azure)
    app = replace(harness.app_without_hook, azure=cast("Any", azure))
    harness.app = harness.app_without_hook = app
    return harness, azure


async def scanned(harness: AppHarness) -> list[ScanStatus]:
    """One run of the timer, and what is shown after it."""
    await harness.scan()
    await harness.deliver_scans()
    return list((await list_scans(harness.app_without_hook)).statuses)


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_a_refused_subscription_hides_no_other_and_is_shown_first(fault: str) -> None:
    harness, azure = two_subscriptions()
    azure.refused[REFUSED] = FAULTS[fault]
    since = harness.clock.now()

    failing, working = await scanned(harness)

    assert (failing.subscription, failing.failing_since) == (REFUSED, since)
    assert failing.failure == str(FAULTS[fault])
    assert working.subscription == SUBSCRIPTION
    assert (working.failing_since, working.machines) == (None, 1)
    assert len(await harness.app_without_hook.jobs.all()) == 1


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_since_when_it_fails_stays_until_a_scan_succeeds(fault: str) -> None:
    harness, azure = two_subscriptions()
    azure.refused[REFUSED] = FAULTS[fault]
    since = harness.clock.now()
    for _ in range(4):
        await scanned(harness)
        harness.clock.advance(15 * MINUTE)

    failing, _ = await scanned(harness)
    assert failing.failing_since == since

    azure.refused.clear()
    harness.clock.advance(15 * MINUTE)
    assert [each.failing_since for each in await scanned(harness)] == [None, None]


async def test_people_are_told_of_a_subscription_that_fails_for_too_long() -> None:
    harness, azure = two_subscriptions()
    azure.refused[REFUSED] = FAULTS["no role"]
    for _ in range(5):
        await scanned(harness)
        harness.clock.advance(HOUR)

    assert await watch_scans(harness.app_without_hook) >= 1

    told = [each.message for each in harness.queued_messages()]
    texts = [
        each.text
        for each in told
        if not isinstance(each, ScanRequest | str) and hasattr(each, "text")
    ]
    assert any(REFUSED in text and "403" in text for text in texts)


async def test_a_new_subscription_is_scanned_by_the_next_run_and_a_lost_one_no_more() -> None:
    harness, azure = two_subscriptions()
    await scanned(harness)
    azure.visible = [SUBSCRIPTION, NEW]
    harness.clock.advance(15 * MINUTE)
    before = harness.clock.now()

    shown = {str(each.subscription): each.last_complete_at for each in await scanned(harness)}

    assert shown[NEW] == before
    lost = shown[REFUSED]
    assert lost is not None
    assert lost < before


async def test_a_subscription_that_is_left_out_of_all_is_neither_scanned_nor_shown() -> None:
    harness, _ = two_subscriptions()
    left_out = replace(harness.app_without_hook, excluded=frozenset({REFUSED}))
    harness.app = harness.app_without_hook = left_out

    assert [each.subscription for each in await scanned(harness)] == [SUBSCRIPTION]


async def test_tens_of_thousands_begin_at_another_place_each_time() -> None:
    harness, azure = two_subscriptions()
    azure.visible = [f"00000000-0000-4000-8000-{number:012}" for number in range(20_000)]
    firsts = set()
    for _ in range(8):
        harness.queues.scans.clear()
        await request_scans(harness.app_without_hook)
        asked = [each.message for each in harness.queues.scans]
        requests = [each for each in asked if isinstance(each, ScanRequest)]
        assert len({each.subscription for each in requests}) == 20_000
        firsts.add(requests[0].subscription)
        harness.clock.advance(15 * MINUTE)

    assert len(firsts) == 8
