"""Operators get one notification, in time, of machines without a job that Azure will reboot."""

import pytest

from shared.domain.machine.instance_view import Power
from shared.domain.messages import Notification
from shared.errors import Unavailable
from shared.usecases.notify.left_alone import watch_left_alone
from tests.support.app_harness import AppHarness
from tests.support.faults import FailingStore, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, START, maintenance, standalone_vm, vm_id
from tests.unit.usecases.show.test_machines import scan, spot_vm

CLOSES = START + 30 * DAY


def told(harness: AppHarness) -> list[str]:
    return [
        each.message.text
        for each in harness.queued_messages()
        if isinstance(each.message, Notification) and each.message.kind == "deadline.left_alone"
    ]


async def left_alone(count: int = 1) -> AppHarness:
    harness = AppHarness(
        *(spot_vm(f"s{n}") for n in range(count)),
        standalone_vm("stopped", power=Power.STOPPED),
        standalone_vm("goes"),
        standalone_vm("off", tags={"forestall": "off"}),
    )
    await scan(harness)
    return harness


async def test_all_machines_are_told_of_in_one_message_in_good_time() -> None:
    harness = await left_alone(40)
    harness.clock.set(CLOSES - 3 * DAY - MINUTE)
    assert await watch_left_alone(harness.app_without_hook) == 0

    harness.clock.set(CLOSES - 3 * DAY + MINUTE)
    assert await watch_left_alone(harness.app_without_hook) == 41

    (text,) = told(harness)
    assert "41 machines are left alone" in text
    assert "40 by the rule kind" in text
    assert "1 by the rule not-running" in text
    assert "and 35 more" in text
    assert "2026-12-23T16:00:00Z" in text
    # Its owner chose that; the other has a job.
    assert vm_id("off") not in text
    assert "/goes" not in text


async def test_it_is_told_once_and_again_for_another_end() -> None:
    harness = await left_alone()
    harness.clock.set(CLOSES - 2 * DAY)
    for _ in range(3):
        await watch_left_alone(harness.app_without_hook)
        harness.clock.advance(MINUTE)
        await scan(harness)
    assert len(told(harness)) == 1

    harness.azure.vm(vm_id("s0")).maintenance = maintenance(self_service_end=CLOSES + HOUR)
    harness.clock.advance(MINUTE)
    await scan(harness)
    assert await watch_left_alone(harness.app_without_hook) == 1


async def test_a_short_phase_is_told_of_at_its_half() -> None:
    harness = AppHarness(spot_vm("s"))
    harness.azure.vm(vm_id("s")).maintenance = maintenance(self_service_end=START + 4 * HOUR)
    await scan(harness)
    assert await watch_left_alone(harness.app_without_hook) == 0
    harness.clock.advance(2 * HOUR)
    assert await watch_left_alone(harness.app_without_hook) == 1


@pytest.mark.parametrize("broken", ["queues.send_notification", "exemptions.store"])
async def test_an_outage_delays_the_message_and_does_not_lose_it(broken: str) -> None:
    harness = await left_alone()
    harness.clock.set(CLOSES - DAY)
    failing = FailingStore(broken)
    with pytest.raises(Unavailable):
        await watch_left_alone(with_hook(harness.app_without_hook, failing))
    assert await watch_left_alone(harness.app_without_hook) == 2
    assert len(told(harness)) >= 1


async def test_a_phase_that_has_closed_is_not_told_of() -> None:
    harness = await left_alone()
    harness.clock.set(CLOSES)
    assert await watch_left_alone(harness.app_without_hook) == 0
