"""The real azure-servicebus SDK against the broker in a thread.

Opening or closing a sender or a receiver costs the SDK half a second, so each kind of queue has one
set of them for the whole run, opened concurrently. A test leaves its queue empty, which is checked.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
    ServiceBusSubQueue,
    aio,
)

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.pytest_plugin import NewQueue
from sandbox.azure.servicebus.thread import BrokerThread

SHORT_LOCK = 1.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueClients:
    """A queue with a sender, a receiver, and a receiver of its dead letters."""

    name: str
    broker: BrokerThread
    sender: ServiceBusSender
    receiver: ServiceBusReceiver
    dead_letters: ServiceBusReceiver

    def receive(self, count: int = 1, wait: float = 5.0) -> list[ServiceBusReceivedMessage]:
        """Exactly `count` messages."""
        return _receive(self.receiver, count, wait)

    def receive_dead(self, count: int = 1) -> list[ServiceBusReceivedMessage]:
        return _receive(self.dead_letters, count, 5.0)

    def complete(self, messages: list[ServiceBusReceivedMessage]) -> None:
        for message in messages:
            self.receiver.complete_message(message)

    @property
    def message_count(self) -> int:
        return self.broker.message_count(self.name)


def _receive(
    receiver: ServiceBusReceiver, count: int, wait: float
) -> list[ServiceBusReceivedMessage]:
    messages: list[ServiceBusReceivedMessage] = []
    while len(messages) < count:
        more = receiver.receive_messages(
            max_message_count=count - len(messages), max_wait_time=wait
        )
        assert more, f"{len(messages)} of {count} messages came"
        messages += more
    return messages


_KINDS = {
    "plain": QueueProperties(lock_duration=30.0),
    "short": QueueProperties(lock_duration=SHORT_LOCK, max_delivery_count=3),
    "detecting": QueueProperties(requires_duplicate_detection=True),
    "expiring": QueueProperties(dead_letters_expired=True),
}


@pytest.fixture(scope="session")
def client(service_bus: BrokerThread) -> Iterator[ServiceBusClient]:
    # No retries: a refusal that the SDK repeats would cost seconds in every negative test.
    with ServiceBusClient.from_connection_string(
        service_bus.connection_string, retry_total=0
    ) as client:
        yield client


@pytest.fixture(scope="session")
def all_queue_clients(
    service_bus: BrokerThread, client: ServiceBusClient
) -> Iterator[dict[str, QueueClients]]:
    names = {kind: f"{kind}-{uuid.uuid4().hex[:8]}" for kind in _KINDS}
    for kind, properties in _KINDS.items():
        service_bus.create_queue(names[kind], properties)
    all_queue_clients = {kind: _lane(service_bus, client, name) for kind, name in names.items()}
    handlers = [
        handler
        for queue_clients in all_queue_clients.values()
        for handler in (queue_clients.sender, queue_clients.receiver, queue_clients.dead_letters)
    ]
    with ThreadPoolExecutor(len(handlers)) as pool:
        list(pool.map(_open, handlers))
        yield all_queue_clients
        list(pool.map(_close, handlers))


def _lane(broker: BrokerThread, client: ServiceBusClient, name: str) -> QueueClients:
    return QueueClients(
        name=name,
        broker=broker,
        sender=client.get_queue_sender(name),
        receiver=client.get_queue_receiver(name),
        dead_letters=client.get_queue_receiver(name, sub_queue=ServiceBusSubQueue.DEAD_LETTER),
    )


def _open(handler: Any) -> None:
    handler.__enter__()


def _close(handler: Any) -> None:
    handler.close()


def _clean(all_queue_clients: dict[str, QueueClients], kind: str) -> Iterator[QueueClients]:
    queue_clients = all_queue_clients[kind]
    yield queue_clients
    left = (
        queue_clients.message_count,
        queue_clients.broker.message_count(f"{queue_clients.name}/$deadletterqueue"),
    )
    assert left == (0, 0), "the test left messages for the next one"


@pytest.fixture
def plain(all_queue_clients: dict[str, QueueClients]) -> Iterator[QueueClients]:
    yield from _clean(all_queue_clients, "plain")


@pytest.fixture
def short(all_queue_clients: dict[str, QueueClients]) -> Iterator[QueueClients]:
    """Locks of one second, three deliveries."""
    yield from _clean(all_queue_clients, "short")


@pytest.fixture
def detecting(all_queue_clients: dict[str, QueueClients]) -> Iterator[QueueClients]:
    yield from _clean(all_queue_clients, "detecting")


@pytest.fixture
def expiring(all_queue_clients: dict[str, QueueClients]) -> Iterator[QueueClients]:
    yield from _clean(all_queue_clients, "expiring")


type NewTopic = Callable[..., str]


@pytest.fixture
def new_topic(service_bus: BrokerThread) -> Iterator[NewTopic]:
    names: list[str] = []

    def create(*subscriptions: str, **properties: Any) -> str:
        name = f"t-{uuid.uuid4().hex[:12]}"
        wanted = replace(QueueProperties(), **properties)
        service_bus.create_topic(name, dict.fromkeys(subscriptions, wanted))
        names.append(name)
        return name

    yield create
    list(map(partial(BrokerThread.delete, service_bus), names))


@pytest.fixture
def queue(new_queue: NewQueue) -> str:
    return new_queue(lock_duration=2.0)


@pytest.fixture
async def aio_client(service_bus: BrokerThread) -> AsyncIterator[aio.ServiceBusClient]:
    async with aio.ServiceBusClient.from_connection_string(
        service_bus.connection_string, retry_total=2, retry_backoff_factor=0.05
    ) as client:
        yield client


@pytest.fixture
async def sender(
    aio_client: aio.ServiceBusClient, queue: str
) -> AsyncIterator[aio.ServiceBusSender]:
    async with aio_client.get_queue_sender(queue) as sender:
        yield sender


@pytest.fixture
async def receiver(
    aio_client: aio.ServiceBusClient, queue: str
) -> AsyncIterator[aio.ServiceBusReceiver]:
    async with aio_client.get_queue_receiver(queue) as receiver:
        yield receiver
