"""The queues in Service Bus where links break, responses are lost, and no process listens."""

import asyncio
import gc
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from sandbox.azure.servicebus.pytest_plugin import NewQueue
from sandbox.azure.servicebus.thread import BrokerThread
from sandbox.azure.servicebus.wire.faults import Fault
from shared.adapters.clock import SystemClock
from shared.adapters.service_bus import sender as service_bus_sender
from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.domain.messages import JobStep
from shared.errors import QueueUnavailable, SettingsError
from tests.contract.ports.samples import a_job

STEP = JobStep(job=a_job().id, step=7)
EMULATOR = (
    "Endpoint=sb://127.0.0.1:{};SharedAccessKeyName=k;SharedAccessKey=k;"
    "UseDevelopmentEmulator=true;"
)

# azure-servicebus 7.15 does not close the socket of a connection that broke or never came to be;
# the collector does.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]

type Connect = Callable[[str, str], ServiceBusQueues]


@pytest.fixture
def collected() -> Iterator[None]:
    """Let such sockets be found while it is still this test's turn."""
    yield
    gc.collect()


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Queues at a connection string, whose steps go to the queue named."""
    opened: list[ServiceBusQueues] = []

    def connected(connection_string: str, redeploys: str) -> ServiceBusQueues:
        opened.append(
            ServiceBusQueues(
                clock=SystemClock(), connection_string=connection_string, redeploys=redeploys
            )
        )
        return opened[-1]

    yield connected
    for queues in opened:
        await queues.close()


@pytest.mark.parametrize("break_it", [BrokerThread.cut_connections, BrokerThread.detach_links])
async def test_a_link_that_broke_between_two_messages_is_opened_again(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect, break_it: Callable[..., int]
) -> None:
    name = new_queue()
    queues = connect(service_bus.connection_string, name)
    await queues.send_step(STEP)

    broken = break_it(service_bus, *([name] if break_it is BrokerThread.detach_links else []))
    await queues.send_step(STEP)

    assert broken > 0
    assert service_bus.message_count(name) == 2


async def test_a_message_refused_once_is_sent_again(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect
) -> None:
    name = new_queue()
    service_bus.plan_fault(Fault.SERVER_BUSY, name)

    await connect(service_bus.connection_string, name).send_step(STEP)

    assert service_bus.message_count(name) == 1


async def test_a_message_whose_answer_was_lost_arrives_at_least_once(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect
) -> None:
    name = new_queue()
    service_bus.plan_fault(Fault.SEND_RESPONSE_LOST, name)

    await connect(service_bus.connection_string, name).send_step(STEP)

    assert service_bus.message_count(name) == 2


async def test_the_copy_of_such_a_message_is_dropped_where_the_queue_detects_duplicates(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect
) -> None:
    name = new_queue(requires_duplicate_detection=True)
    service_bus.plan_fault(Fault.SEND_RESPONSE_LOST, name)

    await connect(service_bus.connection_string, name).send_step(STEP)

    assert service_bus.message_count(name) == 1


async def test_a_queue_that_stays_busy_is_an_outage_and_serves_again_afterwards(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect
) -> None:
    name = new_queue()
    queues = connect(service_bus.connection_string, name)
    service_bus.plan_fault(Fault.SERVER_BUSY, name, times=2)

    with pytest.raises(QueueUnavailable, match=f"Service Bus queue {name}: "):
        await queues.send_step(STEP)
    await queues.send_step(STEP)

    assert service_bus.message_count(name) == 1


async def test_a_queue_that_does_not_exist_is_an_outage(
    service_bus: BrokerThread, connect: Connect
) -> None:
    queues = connect(service_bus.connection_string, "no-such-queue")

    with pytest.raises(QueueUnavailable, match="no-such-queue"):
        await queues.send_step(STEP)


async def test_a_service_bus_that_does_not_listen_is_an_outage(connect: Connect) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        queues = connect(EMULATOR.format(taken.getsockname()[1]), "q")

        with pytest.raises(QueueUnavailable):
            await queues.send_step(STEP)


async def test_a_service_bus_that_never_answers_is_an_outage_in_bounded_time(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_bus_sender, "_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        queues = connect(EMULATOR.format(silent.getsockname()[1]), "q")
        started = time.monotonic()

        with pytest.raises(QueueUnavailable):
            await asyncio.wait_for(queues.send_step(STEP), 20)

        assert time.monotonic() - started < 10


async def test_a_sender_that_was_closed_sends_again(
    service_bus: BrokerThread, new_queue: NewQueue, connect: Connect
) -> None:
    name = new_queue()
    queues = connect(service_bus.connection_string, name)
    await queues.send_step(STEP)
    await queues.close()

    await queues.send_step(STEP)

    assert service_bus.message_count(name) == 2


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(SettingsError, match="needs either a connection string or a namespace"):
        ServiceBusQueues(clock=SystemClock())
    with pytest.raises(SettingsError, match="needs either"):
        ServiceBusQueues(clock=SystemClock(), namespace="a.servicebus.windows.net")


async def test_a_connection_string_that_is_none_is_refused_at_the_first_message(
    connect: Connect,
) -> None:
    with pytest.raises(SettingsError, match="Service Bus: "):
        await connect("Endpoint=nonsense", "q").send_step(STEP)
