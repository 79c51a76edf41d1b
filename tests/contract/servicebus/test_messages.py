"""What is sent arrives: properties, bodies, batches, ways to receive, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceiveMode,
)
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    ServiceBusAuthenticationError,
    ServiceBusError,
    ServiceBusQuotaExceededError,
)

from sandbox.azure.servicebus.pytest_plugin import NewQueue
from tests.contract.servicebus.conftest import NewTopic, QueueClients


def _now() -> datetime:
    return datetime.now(UTC)


def test_every_property_arrives_and_the_broker_adds_its_own(plain: QueueClients) -> None:
    plain.sender.send_messages(
        ServiceBusMessage(
            "hello",
            message_id="m1",
            subject="subject",
            correlation_id="c",
            content_type="text/plain",
            application_properties={"a": 1, "s": "x", "b": True, "f": 1.5},
            to="to",
            reply_to="rt",
            partition_key="pk",
            time_to_live=timedelta(hours=1),
        )
    )

    (message,) = plain.receive()

    assert (str(message), message.message_id, message.subject) == ("hello", "m1", "subject")
    assert message.application_properties == {b"a": 1, b"s": b"x", b"b": True, b"f": 1.5}
    assert (message.correlation_id, message.to, message.reply_to, message.partition_key) == (
        "c",
        "to",
        "rt",
        "pk",
    )
    assert (message.delivery_count, message.state) == (0, ServiceBusMessageState.ACTIVE)
    assert (message.time_to_live, message.content_type) == (timedelta(hours=1), "text/plain")
    assert message.locked_until_utc is not None
    assert message.enqueued_time_utc is not None
    assert timedelta(seconds=28) < message.locked_until_utc - _now() <= timedelta(seconds=30)
    assert abs(message.enqueued_time_utc - _now()) < timedelta(seconds=2)
    plain.receiver.complete_message(message)


def test_every_kind_of_body_arrives_also_in_several_frames(plain: QueueClients) -> None:
    plain.sender.send_messages(AmqpAnnotatedMessage(value_body={"k": [1, 2]}))
    plain.sender.send_messages(AmqpAnnotatedMessage(sequence_body=[1, "a"]))
    plain.sender.send_messages(AmqpAnnotatedMessage(data_body=[b"a", b"b"]))
    plain.sender.send_messages(ServiceBusMessage(b"y" * 200_000))

    messages = plain.receive(4)

    kinds = AmqpMessageBodyType
    assert [m.body_type for m in messages] == [kinds.VALUE, kinds.SEQUENCE, kinds.DATA, kinds.DATA]
    assert messages[0].body == {b"k": [1, 2]}
    assert list(messages[2].body) == [b"a", b"b"]
    assert b"".join(messages[3].body) == b"y" * 200_000
    plain.complete(messages)


def test_a_batch_of_a_hundred_arrives_in_order(plain: QueueClients) -> None:
    batch = plain.sender.create_message_batch()
    for number in range(100):
        batch.add_message(ServiceBusMessage(f"{number}"))
    plain.sender.send_messages(batch)

    messages = plain.receive(100)

    assert [str(message) for message in messages] == [f"{number}" for number in range(100)]
    plain.complete(messages)


def test_receive_and_delete_leaves_nothing(plain: QueueClients, client: ServiceBusClient) -> None:
    plain.sender.send_messages([ServiceBusMessage("x") for _ in range(3)])

    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    with client.get_queue_receiver(plain.name, receive_mode=mode, prefetch_count=3) as receiver:
        received = 0
        while received < 3:
            received += len(receiver.receive_messages(3, max_wait_time=5))

    assert plain.message_count == 0


def test_a_receiver_that_closes_gives_back_what_it_prefetched_uncounted(
    plain: QueueClients, client: ServiceBusClient
) -> None:
    plain.sender.send_messages([ServiceBusMessage(f"{number}") for number in range(20)])

    with client.get_queue_receiver(plain.name, prefetch_count=50) as receiver:
        (first,) = receiver.receive_messages(1, max_wait_time=5)
        receiver.abandon_message(first)

    messages = plain.receive(20)
    assert sorted(message.delivery_count or 0 for message in messages) == [0] * 19 + [1]
    plain.complete(messages)


def test_a_receiver_can_be_iterated_until_nothing_comes(
    plain: QueueClients, client: ServiceBusClient
) -> None:
    plain.sender.send_messages([ServiceBusMessage(f"{number}") for number in range(5)])
    received = []

    with client.get_queue_receiver(plain.name, max_wait_time=0.5) as receiver:
        for message in receiver:
            received.append(str(message))
            receiver.complete_message(message)

    assert received == [f"{number}" for number in range(5)]


def test_peek_sees_active_and_scheduled_messages_and_takes_none(plain: QueueClients) -> None:
    plain.sender.send_messages([ServiceBusMessage(f"{number}") for number in range(3)])
    numbers = plain.sender.schedule_messages(
        ServiceBusMessage("later"), _now() + timedelta(hours=1)
    )

    seen = plain.receiver.peek_messages(10, sequence_number=1)

    assert [str(message) for message in seen] == ["0", "1", "2", "later"]
    assert seen[3].state is ServiceBusMessageState.SCHEDULED
    plain.sender.cancel_scheduled_messages(numbers)
    plain.complete(plain.receive(3))
    assert plain.receiver.peek_messages(1) == []


def test_a_message_that_is_too_large_is_refused(plain: QueueClients) -> None:
    with pytest.raises(MessageSizeExceededError):
        plain.sender.send_messages(ServiceBusMessage("x" * 300_000))


def test_a_full_queue_refuses_further_messages(
    client: ServiceBusClient, new_queue: NewQueue
) -> None:
    with client.get_queue_sender(new_queue(max_size=10_000)) as sender:
        sender.send_messages(ServiceBusMessage("x" * 8_000))
        with pytest.raises(ServiceBusQuotaExceededError):
            sender.send_messages(ServiceBusMessage("x" * 8_000))


def test_an_unknown_queue_fails_when_the_token_is_put_as_in_azure(client: ServiceBusClient) -> None:
    with pytest.raises(ServiceBusAuthenticationError):
        client.get_queue_sender("no-such-queue").send_messages(ServiceBusMessage("x"))


def test_every_subscription_of_a_topic_gets_every_message(
    client: ServiceBusClient, new_topic: NewTopic
) -> None:
    topic = new_topic("s1", "s2")
    with client.get_topic_sender(topic) as sender:
        sender.send_messages(ServiceBusMessage("now"))
        sender.schedule_messages(ServiceBusMessage("later"), _now() + timedelta(seconds=0.2))

    for subscription in ("s1", "s2"):
        with client.get_subscription_receiver(topic, subscription) as receiver:
            for expected in ("now", "later"):
                (message,) = receiver.receive_messages(1, max_wait_time=5)
                assert str(message) == expected
                receiver.complete_message(message)


def test_a_topic_cannot_be_received_from(client: ServiceBusClient, new_topic: NewTopic) -> None:
    with pytest.raises(ServiceBusError):
        client.get_queue_receiver(new_topic()).receive_messages(1, max_wait_time=1)
