"""Schedules, duplicates and expiry through the SDK."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import MessageNotFoundError

from tests.contract.servicebus.conftest import QueueClients


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_scheduled_message_is_not_early_and_gets_a_new_number(plain: QueueClients) -> None:
    due = _in(0.5)
    (number,) = plain.sender.schedule_messages(ServiceBusMessage("x"), due)

    (message,) = plain.receive()

    assert datetime.now(UTC) >= due
    assert message.sequence_number is not None
    assert message.sequence_number > number
    assert message.scheduled_enqueue_time_utc is not None
    plain.receiver.complete_message(message)


def test_a_test_can_make_tomorrows_message_due(plain: QueueClients) -> None:
    plain.sender.schedule_messages(ServiceBusMessage("tomorrow"), _in(86_400))

    plain.broker.activate_scheduled(plain.name)

    (message,) = plain.receive()
    plain.receiver.complete_message(message)


def test_scheduled_messages_are_cancelled_once(plain: QueueClients) -> None:
    numbers = plain.sender.schedule_messages(
        [ServiceBusMessage("a"), ServiceBusMessage("b")], _in(3600)
    )

    plain.sender.cancel_scheduled_messages(numbers)

    assert plain.message_count == 0
    with pytest.raises(MessageNotFoundError):
        plain.sender.cancel_scheduled_messages(numbers)


def test_duplicates_are_accepted_and_dropped_scheduled_ones_too(detecting: QueueClients) -> None:
    for number in range(3):
        detecting.sender.send_messages(ServiceBusMessage(f"{number}", message_id="same"))
    detecting.sender.schedule_messages(ServiceBusMessage("scheduled", message_id="same"), _in(0.1))
    detecting.sender.send_messages(ServiceBusMessage("other", message_id="other"))

    assert detecting.message_count == 2
    messages = detecting.receive(2)
    assert [str(message) for message in messages] == ["0", "other"]
    detecting.complete(messages)


def test_an_expired_message_is_dead_lettered_with_its_reason(expiring: QueueClients) -> None:
    expiring.sender.send_messages(ServiceBusMessage("x", time_to_live=timedelta(seconds=0.2)))

    (dead,) = expiring.receive_dead()

    assert dead.dead_letter_reason == "TTLExpiredException"
    assert expiring.message_count == 0
    expiring.dead_letters.complete_message(dead)
