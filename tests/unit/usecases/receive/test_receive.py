"""A message whose handler fails: postponed, or given to the dead letters, and never raised for."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.delivery import Delivery
from shared.domain.job.job import JobId
from shared.domain.messages import JobStep, Notification, Queue, ScanRequest, encode
from shared.errors import AzureUnavailable, QueueUnavailable, StorageUnavailable
from shared.usecases.app import App
from shared.usecases.receive import handlers as real
from shared.usecases.receive.handlers import Handler
from shared.usecases.receive.receive import receive
from tests.support.app_harness import AppHarness
from tests.support.faults import FailingStore, with_hook
from tests.support.fleets import DAY, HOUR, MINUTE, START, SUBSCRIPTION, standalone_vm
from tests.support.watched_handlers import no_work

BODIES = {
    Queue.SCANS: encode(ScanRequest(subscription=SUBSCRIPTION, trigger_id="t")),
    Queue.REDEPLOYS: encode(JobStep(job=JobId("s~1"), step=1)),
    Queue.NOTIFICATIONS: encode(Notification(kind="job.parked", subject="s~1", text="look")),
}
A_MINUTE = timedelta(seconds=60)
HANDLERS = real.handlers(no_work)


def handlers(
    fault: BaseException | None, deadline: timedelta = A_MINUTE
) -> Mapping[Queue, Handler]:
    """Handlers that raise, or that never end."""

    async def handle(_: App, __: Delivery) -> None:
        if fault is None:
            await asyncio.Event().wait()
        else:
            raise fault

    return dict.fromkeys(Queue, Handler(handle=handle, deadline=deadline))


def a_delivery(queue: Queue) -> Delivery:
    if queue is Queue.DEAD_LETTERS:
        return Delivery(queue=Queue.REDEPLOYS, body=BODIES[Queue.REDEPLOYS]).as_dead_letter("why")
    return Delivery(queue=queue, body=BODIES[queue])


async def no_pause(_: float) -> None:
    pass


@pytest.mark.parametrize("queue", Queue)
async def test_an_outage_is_one_attempt_and_one_scheduled_copy(queue: Queue) -> None:
    harness = AppHarness()
    throttled = AzureUnavailable("429", status=429, retry_after=20 * MINUTE)

    await receive(harness.app, a_delivery(queue), handlers=handlers(throttled), pause=no_pause)

    (copy,) = harness.queued_messages()
    assert (copy.delivery.queue, copy.delivery.body) == (queue, a_delivery(queue).body)
    assert (copy.delivery.attempt, copy.delivery.failing_since) == (2, START)
    assert copy.at == START + 20 * MINUTE
    assert copy.delivery.source == a_delivery(queue).source


async def test_a_store_that_is_away_for_a_minute_makes_no_dead_letter() -> None:
    broken = FailingStore("jobs.get")
    harness = AppHarness(standalone_vm("a"), hook=broken)

    await harness.run_wave(MINUTE)
    broken.is_failing = False
    await harness.run(HOUR)

    assert harness.dead_letters == 0
    assert harness.called_machines() == ["a"]


async def test_one_slow_answer_of_azure_is_one_scan_and_not_ten() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    harness.azure.outages.append((START, START + 20 * MINUTE))

    await harness.deliver_scans()

    (copy,) = harness.queued_messages()
    assert isinstance(copy.message, ScanRequest)
    assert copy.at > START
    await harness.run(HOUR)
    assert harness.called_machines() == ["a"]


@pytest.mark.parametrize("queue", Queue)
async def test_a_handler_that_never_ends_is_ended_by_its_deadline(queue: Queue) -> None:
    harness = AppHarness()
    quick = handlers(None, timedelta(milliseconds=1))

    await receive(harness.app, a_delivery(queue), handlers=quick, pause=no_pause)

    (copy,) = harness.queued_messages()
    assert (copy.delivery.queue, copy.delivery.attempt) == (queue, 2)


async def test_a_neighbour_of_a_message_that_hangs_is_handled_all_the_same() -> None:
    harness = AppHarness()
    quick = dict(handlers(None, timedelta(milliseconds=20)))
    quick[Queue.NOTIFICATIONS] = HANDLERS[Queue.NOTIFICATIONS]

    await asyncio.gather(
        receive(harness.app, a_delivery(Queue.SCANS), handlers=quick, pause=no_pause),
        *(
            receive(harness.app, a_delivery(Queue.NOTIFICATIONS), handlers=quick, pause=no_pause)
            for _ in range(15)
        ),
    )

    assert len(await harness.trail.of("s~1")) == 15


@pytest.mark.parametrize("queue", list(BODIES))
async def test_what_nobody_wrote_goes_to_the_dead_letters_with_its_reason(queue: Queue) -> None:
    harness = AppHarness()

    await receive(
        harness.app, Delivery(queue=queue, body="not JSON"), handlers=HANDLERS, pause=no_pause
    )
    await harness.run(MINUTE)

    (record,) = await harness.trail.of(f"dead-letter:{queue.value}")
    assert record.detail["body"] == "not JSON"
    assert record.detail["reason"].startswith("not a ")
    assert harness.queued_messages() == []


@pytest.mark.parametrize("queue", list(BODIES))
async def test_a_message_of_a_newer_release_waits_and_is_told_of_after_a_day(queue: Queue) -> None:
    harness = AppHarness()
    newer = Delivery(queue=queue, body='{"version": 2}')

    await receive(harness.app, newer, handlers=HANDLERS, pause=no_pause)
    (copy,) = harness.queued_messages()
    assert 4 * MINUTE <= copy.at - START <= 5 * MINUTE
    assert copy.delivery.body == newer.body
    await harness.run(23 * HOUR)
    assert len(harness.queued_messages()) == 1
    await harness.run(2 * HOUR)

    assert harness.queued_messages() == []
    (record,) = await harness.trail.of(f"dead-letter:{queue.value}")
    assert "schema version 2" in record.detail["reason"]


async def test_a_bug_is_tried_some_times_and_then_goes_to_the_dead_letters() -> None:
    harness = AppHarness()
    delivery = a_delivery(Queue.REDEPLOYS)
    seen = []
    for _ in range(5):
        await receive(harness.app, delivery, handlers=handlers(KeyError("x")), pause=no_pause)
        (copy,) = harness.queued_messages()
        harness.queued_messages().clear()
        seen.append(copy.delivery.queue)
        delivery = copy.delivery
        harness.clock.set(max(copy.at, harness.clock.now()))

    assert seen == [Queue.REDEPLOYS] * 4 + [Queue.DEAD_LETTERS]
    assert (delivery.source, delivery.reason) == (Queue.REDEPLOYS, "KeyError: 'x'")


async def test_a_dead_letter_is_looked_at_at_most_once_a_minute_while_the_store_is_away() -> None:
    """Hundred dead letters and ten minutes: none of them spins."""
    broken = FailingStore("audit_trail.append")
    harness = AppHarness(hook=broken)
    for n in range(100):
        dead = Delivery(queue=Queue.SCANS, body=f"{{{n}").as_dead_letter("why")
        await harness.queues.send_copy(dead)
    counted = CountingHook(broken)
    app = with_hook(harness.app_without_hook, counted)
    harness.app = app

    await harness.run(10 * MINUTE)

    assert counted.calls <= 100 * 10
    broken.is_failing = False
    await harness.run(HOUR)
    assert len(await harness.trail.of("dead-letter:scans")) == 100
    assert harness.queued_messages() == []


class CountingHook:
    """Counts the calls that a failing store refuses."""

    def __init__(self, broken: FailingStore) -> None:
        self._broken = broken
        self.calls = 0

    async def __call__(self, place: str) -> None:
        self.calls += place == "audit_trail.append"
        await self._broken(place)


async def test_a_queue_that_takes_no_copy_gets_the_message_back_after_a_pause() -> None:
    harness = AppHarness(hook=FailingQueue())
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    with pytest.raises(QueueUnavailable):
        await receive(
            harness.app,
            a_delivery(Queue.NOTIFICATIONS),
            handlers=handlers(StorageUnavailable("away")),
            pause=pause,
        )

    assert paused
    assert paused[0] >= 5


class FailingQueue:
    """A queue that takes nothing."""

    async def __call__(self, place: str) -> None:
        if place.startswith("queues."):
            raise QueueUnavailable(f"{place} refused")


async def test_a_notification_outlives_a_store_that_is_away_for_two_days() -> None:
    broken = FailingStore("audit_trail.append")
    harness = AppHarness(hook=broken)
    await harness.queues.send_notification(
        Notification(kind="job.parked", subject="s~1", text="look")
    )

    await harness.run(2 * DAY)
    assert await harness.trail.of("s~1") == []
    broken.is_failing = False
    await harness.run(HOUR)

    assert [each.event for each in await harness.trail.of("s~1")] == ["notification.delivered"]


def test_every_queue_has_a_handler_with_a_deadline_well_under_the_hosts(
    host_timeout: float,
) -> None:
    assert set(HANDLERS) == set(Queue)
    for handler in HANDLERS.values():
        assert handler.deadline.total_seconds() <= 0.5 * host_timeout


@pytest.fixture
def host_timeout() -> float:
    host: Any = json.loads((Path(__file__).parents[4] / "host.json").read_text(encoding="utf-8"))
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds()
