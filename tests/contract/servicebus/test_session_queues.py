"""Sessions through the SDK."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusSender,
)
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from sandbox.azure.servicebus.pytest_plugin import NewQueue


@pytest.fixture
def queue(new_queue: NewQueue) -> str:
    return new_queue(requires_session=True, lock_duration=30.0)


@pytest.fixture
def sender(client: ServiceBusClient, queue: str) -> Iterator[ServiceBusSender]:
    with client.get_queue_sender(queue) as sender:
        yield sender


def _message(body: str) -> ServiceBusMessage:
    """'A1' belongs to session 'A'."""
    return ServiceBusMessage(body, session_id=body[0])


def test_a_session_is_held_by_one_receiver_in_order_with_its_state(
    client: ServiceBusClient, queue: str, sender: ServiceBusSender
) -> None:
    sender.send_messages([_message(body) for body in ("A1", "B1", "A2", "B2")])

    with client.get_queue_receiver(queue, session_id="A") as first:
        locked_until = first.session.locked_until_utc
        assert locked_until is not None
        assert locked_until > datetime.now(UTC)
        first.session.set_state(b"half way")
        assert first.session.get_state() == b"half way"
        assert first.session.renew_lock() >= locked_until
        with pytest.raises(SessionCannotBeLockedError):
            client.get_queue_receiver(queue, session_id="A").__enter__()
        with client.get_queue_receiver(
            queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=3
        ) as second:
            assert second.session.session_id == "B"
        bodies: list[str] = []
        while len(bodies) < 2:
            for message in first.receive_messages(2, max_wait_time=5):
                bodies.append(str(message))
                first.complete_message(message)

    assert bodies == ["A1", "A2"]
    assert set(client.list_queue_sessions(queue)) == {"A", "B"}


def test_a_session_that_nobody_renews_is_lost_with_its_messages(
    client: ServiceBusClient, new_queue: NewQueue
) -> None:
    queue = new_queue(requires_session=True, lock_duration=1.0)
    with client.get_queue_sender(queue) as sender:
        sender.send_messages([_message("A1"), _message("A2")])

    with client.get_queue_receiver(queue, session_id="A") as receiver:
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        threading.Event().wait(1.2)  # that time passes is what is tested
        with pytest.raises(SessionLockLostError):
            receiver.complete_message(message)

    with client.get_queue_receiver(queue, session_id="A") as receiver:
        (first,) = receiver.receive_messages(1, max_wait_time=5)
        assert (str(first), first.delivery_count) == ("A1", 1)
        receiver.complete_message(first)


def test_nobody_waits_for_a_session_longer_than_asked(client: ServiceBusClient, queue: str) -> None:
    with pytest.raises(OperationTimeoutError):
        client.get_queue_receiver(
            queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1
        ).__enter__()


def test_who_waits_for_a_session_gets_the_next_one_that_is_sent(
    client: ServiceBusClient, queue: str, sender: ServiceBusSender
) -> None:
    later = threading.Timer(0.5, lambda: sender.send_messages(_message("L")))
    later.start()

    with client.get_queue_receiver(
        queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=5
    ) as receiver:
        assert receiver.session.session_id == "L"
        (message,) = receiver.receive_messages(1, max_wait_time=5)
        receiver.complete_message(message)
    later.join()


def test_a_session_queue_refuses_messages_and_receivers_without_one(
    client: ServiceBusClient, queue: str, sender: ServiceBusSender
) -> None:
    with pytest.raises(ServiceBusError, match="no session id"):
        sender.send_messages(ServiceBusMessage("x"))
    with pytest.raises(ServiceBusError, match="requires sessions"):
        client.get_queue_receiver(queue).receive_messages(1, max_wait_time=1)
