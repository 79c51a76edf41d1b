"""What every set of queues promises."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.delivery import Delivery
from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, JobStep, Notification, ScanRequest
from shared.errors import TooLarge
from tests.contract.ports.samples import ONE, TWO, a_job
from tests.contract.ports.service_bus.queue_ends import (
    DEAD_LETTERS,
    NOTIFICATIONS,
    QUEUES,
    SCANS,
    STEPS,
    QueuesUnderTest,
)

STEP = JobStep(job=a_job().id, step=7)


def a_request(
    subscription: SubscriptionId = ONE, tick: str = "2026-11-23T16:00:00Z"
) -> ScanRequest:
    return ScanRequest(subscription=subscription, trigger_id=tick, cause=Cause.NOTICE)


async def test_scans_arrive_as_they_were_sent(ends: QueuesUnderTest) -> None:
    requests = [a_request(), a_request(TWO)]

    await ends.queues.send_scans(requests)

    assert await ends.arrived(SCANS) == requests


async def test_no_scans_are_no_messages(ends: QueuesUnderTest) -> None:
    await ends.queues.send_scans([])

    assert await ends.arrived(SCANS) == []


async def test_a_scan_asked_for_twice_for_one_occasion_arrives_once(ends: QueuesUnderTest) -> None:
    next_tick = a_request(tick="2026-11-23T17:00:00Z")
    await ends.queues.send_scans([a_request(), a_request()])
    await ends.queues.send_scans([a_request(), next_tick])

    assert await ends.arrived(SCANS) == [a_request(), next_tick]


async def test_more_scans_than_fit_into_one_batch_all_arrive(ends: QueuesUnderTest) -> None:
    requests = [a_request(tick=f"{number:04d}{'x' * 600}") for number in range(500)]

    await ends.queues.send_scans(requests)

    assert await ends.arrived(SCANS) == requests


async def test_a_step_without_a_time_arrives_at_once(ends: QueuesUnderTest) -> None:
    await ends.queues.send_step(STEP)

    assert await ends.arrived(STEPS) == [STEP]


async def test_a_step_whose_time_has_come_arrives_at_once(ends: QueuesUnderTest) -> None:
    now = ends.clock.now()
    await ends.queues.send_step(STEP, now)
    await ends.queues.send_step(STEP, now - timedelta(days=1))

    assert await ends.arrived(STEPS) == [STEP, STEP]


async def test_a_step_for_later_is_held_back_until_then(ends: QueuesUnderTest) -> None:
    later = (ends.clock.now() + timedelta(hours=3)).replace(microsecond=0)

    await ends.queues.send_step(STEP, later)

    assert await ends.arrived(STEPS) == []
    (queued,) = await ends.scheduled(STEPS)
    assert (queued.message, queued.scheduled_at) == (STEP, later)


async def test_the_same_step_sent_twice_arrives_twice(ends: QueuesUnderTest) -> None:
    """Recovery sends a step again whose message is lost.

    The queue must not think that it knows it.
    """
    await ends.queues.send_step(STEP)
    await ends.queues.send_step(STEP)

    assert await ends.arrived(STEPS) == [STEP, STEP]


async def test_steps_sent_at_once_arrive_once_each(ends: QueuesUnderTest) -> None:
    steps = [JobStep(job=a_job().id, step=number) for number in range(20)]

    await asyncio.gather(*(ends.queues.send_step(step) for step in steps))

    assert await ends.arrived(STEPS) == steps


async def test_a_notification_arrives_with_every_character(ends: QueuesUnderTest) -> None:
    notification = Notification(
        kind="job.failed", subject=str(a_job().id), text="Üble Sache 🙂\n\0"
    )

    await ends.queues.send_notification(notification)

    assert await ends.arrived(NOTIFICATIONS) == [notification]


async def test_a_message_that_no_queue_takes_is_refused(ends: QueuesUnderTest) -> None:
    with pytest.raises(TooLarge, match="queue"):
        await ends.queues.send_notification(Notification(kind="k", subject="s", text="x" * 300_000))


@pytest.mark.parametrize("queue", [SCANS, STEPS, NOTIFICATIONS])
async def test_a_copy_comes_later_with_what_is_known_of_it(
    ends: QueuesUnderTest, queue: str
) -> None:
    now = ends.clock.now().replace(microsecond=0)
    copy = Delivery(queue=QUEUES[queue], body="not JSON 🙂", attempt=3, failing_since=now)

    await ends.queues.send_copy(copy, now + timedelta(hours=1))

    (queued,) = await ends.scheduled(queue)
    assert queued.delivery == copy
    assert queued.scheduled_at == now + timedelta(hours=1)
    assert await ends.arrived(queue) == []


async def test_a_dead_letter_arrives_with_its_source_and_its_reason(ends: QueuesUnderTest) -> None:
    dead = Delivery(queue=QUEUES[STEPS], body="{").as_dead_letter("not a JobStep: …")

    await ends.queues.send_copy(dead)

    (queued,) = await ends.peek(DEAD_LETTERS)
    assert (queued.delivery, queued.scheduled_at) == (dead, None)


async def test_no_queue_drops_a_copy_as_a_duplicate(ends: QueuesUnderTest) -> None:
    """Not even the queue of scans, which drops a second request for one occasion."""
    await ends.queues.send_scans([a_request()])
    copy = (await ends.peek(SCANS))[0].delivery

    for _ in range(2):
        await ends.queues.send_copy(copy)

    assert await ends.arrived(SCANS) == [a_request()] * 3
