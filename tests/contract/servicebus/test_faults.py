"""Faults on request through the SDK: what it makes of them, and so what the app has to survive."""

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusServerBusyError

from sandbox.azure.servicebus.thread import BrokerThread
from sandbox.azure.servicebus.wire.faults import Fault

pytestmark = pytest.mark.usefixtures("sdk_leaves_sockets_open")


async def test_a_busy_server_is_tried_again(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender
) -> None:
    service_bus.plan_fault(Fault.SERVER_BUSY, queue)

    await sender.send_messages(ServiceBusMessage("x"))

    assert service_bus.message_count(queue) == 1


async def test_a_server_that_stays_busy_is_reported(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender
) -> None:
    service_bus.plan_fault(Fault.SERVER_BUSY, queue, times=3)

    with pytest.raises(ServiceBusServerBusyError):
        await sender.send_messages(ServiceBusMessage("x"))

    assert service_bus.message_count(queue) == 0


async def test_a_lost_answer_to_a_send_makes_the_sdk_send_twice(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender
) -> None:
    service_bus.plan_fault(Fault.SEND_RESPONSE_LOST, queue)

    await sender.send_messages(ServiceBusMessage("x"))

    assert service_bus.message_count(queue) == 2


async def test_links_and_connections_that_are_taken_away_are_opened_again(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender, receiver: ServiceBusReceiver
) -> None:
    assert service_bus.detach_links(queue) == 2
    await sender.send_messages(ServiceBusMessage("after a detach"))
    assert service_bus.cut_connections() >= 2
    await sender.send_messages(ServiceBusMessage("after a cut"))

    received: set[str] = set()
    while len(received) < 2:
        for message in await receiver.receive_messages(2, max_wait_time=5):
            received.add(str(message))
            await receiver.complete_message(message)

    assert received == {"after a detach", "after a cut"}
    assert service_bus.message_count(queue) == 0


async def test_a_lost_answer_to_a_settlement_leaves_the_message_settled(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender, receiver: ServiceBusReceiver
) -> None:
    await sender.send_messages(ServiceBusMessage("x"))
    (message,) = await receiver.receive_messages(1, max_wait_time=5)
    service_bus.plan_fault(Fault.SETTLEMENT_RESPONSE_LOST, queue)

    # The SDK opens the link again and settles through $management, with a lock token that is used
    # up.
    with pytest.raises(MessageLockLostError):
        await receiver.complete_message(message)

    assert service_bus.message_count(queue) == 0
