"""The asyncio half of the SDK, which is what the app uses."""

import asyncio
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusReceiver, ServiceBusSender

from sandbox.azure.servicebus.thread import BrokerThread


async def test_messages_are_scheduled_received_renewed_and_completed(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender, receiver: ServiceBusReceiver
) -> None:
    await sender.send_messages([ServiceBusMessage("now")])
    await sender.schedule_messages(
        ServiceBusMessage("later"), datetime.now(UTC) + timedelta(seconds=0.3)
    )

    for expected in ("now", "later"):
        (message,) = await receiver.receive_messages(1, max_wait_time=5)
        assert str(message) == expected
        await receiver.renew_message_lock(message)
        await receiver.complete_message(message)

    assert service_bus.message_count(queue) == 0


async def test_several_messages_are_completed_side_by_side(
    service_bus: BrokerThread, queue: str, sender: ServiceBusSender, receiver: ServiceBusReceiver
) -> None:
    await sender.send_messages([ServiceBusMessage(f"{number}") for number in range(20)])
    left = 20

    while left:
        messages = await receiver.receive_messages(20, max_wait_time=5)
        await asyncio.gather(*map(receiver.complete_message, messages))
        left -= len(messages)

    assert service_bus.message_count(queue) == 0
