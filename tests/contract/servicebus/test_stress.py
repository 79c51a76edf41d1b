"""Many clients, random misbehaviour, and then every message is counted: none lost, none done twice.

FORESTALL_STRESS_MESSAGES=2000 makes it as large as the published run (docs/sandbox/servicebus.md).
"""

import asyncio
import logging
import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from sandbox.azure.servicebus.pytest_plugin import NewQueue
from sandbox.azure.servicebus.thread import BrokerThread

log = logging.getLogger(__name__)

MESSAGES = int(os.environ.get("FORESTALL_STRESS_MESSAGES", "200"))
PRODUCERS, CONSUMERS, BATCH = 2, 4, 10
LOCK = 1.0  # seconds
DEADLINE = 60.0 + MESSAGES / 20  # seconds

# Share of each thing that a consumer does with a message.
COMPLETE, ABANDON, DEAD_LETTER, TOO_LATE, FORGET, CUT = 0.80, 0.08, 0.04, 0.01, 0.04, 0.03


@dataclass
class Totals:
    """What the clients know that they have done."""

    completed: Counter[str] = field(default_factory=Counter)
    dead_lettered: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    all_finished: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, how: Counter[str], message_id: str) -> None:
        how[message_id] += 1
        if len(set(self.completed) | set(self.dead_lettered)) == MESSAGES:
            self.all_finished.set()


@pytest.mark.usefixtures("sdk_leaves_sockets_open")
@pytest.mark.timeout(DEADLINE * 2)
@pytest.mark.parametrize("seed", [1])
async def test_every_message_ends_exactly_once(
    service_bus: BrokerThread, new_queue: NewQueue, seed: int
) -> None:
    queue, totals = new_queue(lock_duration=LOCK, max_delivery_count=100), Totals()

    async with asyncio.TaskGroup() as group:
        for number in range(CONSUMERS):
            chance = random.Random(f"{seed}/{number}")  # noqa: S311 - chance, not secrecy
            group.create_task(_consume(service_bus.connection_string, queue, totals, chance))
        for number in range(PRODUCERS):
            group.create_task(_produce(service_bus.connection_string, queue, number))
        await asyncio.wait_for(totals.all_finished.wait(), DEADLINE)

    done = totals.completed.total(), totals.dead_lettered.total()
    log.info("%d completed, %d dead-lettered, mishaps: %s", *done, dict(totals.errors))
    assert totals.errors["cut"]
    assert totals.errors["lock lost"]
    assert sum(done) == MESSAGES
    assert not set(totals.completed) & set(totals.dead_lettered)
    assert service_bus.message_count(queue) == 0
    assert service_bus.message_count(f"{queue}/$deadletterqueue") == len(totals.dead_lettered)


async def _produce(connection_string: str, queue: str, number: int) -> None:
    async with (
        ServiceBusClient.from_connection_string(connection_string) as client,
        client.get_queue_sender(queue) as sender,
    ):
        for start in range(0, MESSAGES // PRODUCERS, BATCH):
            ids = [f"{number}-{start + offset}" for offset in range(BATCH)]
            await sender.send_messages(
                [ServiceBusMessage("x", message_id=message_id) for message_id in ids]
            )


async def _consume(
    connection_string: str, queue: str, totals: Totals, chance: random.Random
) -> None:
    while not totals.all_finished.is_set():
        try:
            async with (
                ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client,
                client.get_queue_receiver(
                    queue, prefetch_count=chance.choice([0, 0, 20])
                ) as receiver,
            ):
                await _work(receiver, totals, chance)
        except (ServiceBusError, ConnectionError, OSError) as end:
            totals.errors[type(end).__name__] += 1


async def _work(receiver: ServiceBusReceiver, totals: Totals, chance: random.Random) -> None:
    for _ in range(chance.randint(3, 40)):
        if totals.all_finished.is_set():
            return
        for message in await receiver.receive_messages(chance.randint(1, 10), max_wait_time=0.5):
            try:
                await _settle(receiver, message, totals, chance)
            except MessageLockLostError:
                totals.errors["lock lost"] += 1


async def _settle(
    receiver: ServiceBusReceiver,
    message: ServiceBusReceivedMessage,
    totals: Totals,
    chance: random.Random,
) -> None:
    message_id = str(message.message_id)
    (what,) = chance.choices(
        ["complete", "abandon", "dead-letter", "too late", "forget", "cut"],
        [COMPLETE, ABANDON, DEAD_LETTER, TOO_LATE, FORGET, CUT],
    )
    if what == "too late":
        await asyncio.sleep(1.2 * LOCK)
    if what in {"complete", "too late"}:
        await receiver.complete_message(message)
        totals.finish(totals.completed, message_id)
    elif what == "abandon":
        await receiver.abandon_message(message)
    elif what == "dead-letter":
        await receiver.dead_letter_message(message, reason="stress")
        totals.finish(totals.dead_lettered, message_id)
    elif what == "cut":
        totals.errors["cut"] += 1
        connection = receiver._handler._connection
        connection._transport.writer.transport.abort()  # type: ignore[union-attr]
        raise ConnectionError("cut by the test")
