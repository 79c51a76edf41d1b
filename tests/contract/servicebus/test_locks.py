"""Locks through the SDK: settling, losing, renewing, and what ends in the dead-letter queue."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import AutoLockRenewer, ServiceBusMessage, ServiceBusMessageState
from azure.servicebus.exceptions import MessageLockLostError, MessageNotFoundError

from tests.contract.servicebus.conftest import SHORT_LOCK, QueueClients


def test_an_abandoned_message_comes_again_with_one_failed_delivery(plain: QueueClients) -> None:
    plain.sender.send_messages(ServiceBusMessage("x"))
    (first,) = plain.receive()
    plain.receiver.abandon_message(first)

    (second,) = plain.receive()

    assert (first.delivery_count, second.delivery_count) == (0, 1)
    plain.receiver.complete_message(second)


def test_a_dead_letter_keeps_its_properties_and_gets_its_reason(plain: QueueClients) -> None:
    plain.sender.send_messages(ServiceBusMessage("x", application_properties={"keep": 7}))
    (message,) = plain.receive()

    plain.receiver.dead_letter_message(message, reason="parked", error_description="by hand")

    (dead,) = plain.receive_dead()
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("parked", "by hand")
    assert dead.application_properties is not None
    assert dead.application_properties[b"keep"] == 7
    plain.dead_letters.complete_message(dead)


def test_a_deferred_message_comes_by_its_number_only(plain: QueueClients) -> None:
    plain.sender.send_messages(ServiceBusMessage("x"))
    (message,) = plain.receive()
    number = message.sequence_number
    assert number is not None
    plain.receiver.defer_message(message)
    assert plain.receiver.receive_messages(1, max_wait_time=0.3) == []

    (deferred,) = plain.receiver.receive_deferred_messages(number)

    assert (str(deferred), deferred.state) == ("x", ServiceBusMessageState.DEFERRED)
    plain.receiver.renew_message_lock(deferred)
    plain.receiver.complete_message(deferred)
    with pytest.raises(MessageNotFoundError):
        plain.receiver.receive_deferred_messages(number)


def test_a_renewed_lock_ends_later(plain: QueueClients) -> None:
    plain.sender.send_messages(ServiceBusMessage("x"))
    (message,) = plain.receive()
    before = message.locked_until_utc
    assert before is not None
    time.sleep(0.01)  # the clock must show another millisecond

    assert plain.receiver.renew_message_lock(message) > before
    plain.receiver.complete_message(message)


def test_a_lost_lock_redelivers_and_every_late_word_is_refused(short: QueueClients) -> None:
    short.sender.send_messages(ServiceBusMessage("x"))
    (late,) = short.receive()
    (again,) = short.receive()
    assert again.delivery_count == 1

    with pytest.raises(MessageLockLostError):
        short.receiver.complete_message(late)
    _hide_expiry_from_the_sdk(late)  # which would not even ask the broker
    with pytest.raises(MessageLockLostError):
        short.receiver.complete_message(late)
    with pytest.raises(MessageLockLostError):
        short.receiver.renew_message_lock(late)

    short.receiver.complete_message(again)


def _hide_expiry_from_the_sdk(message: Any) -> None:
    message._expiry = datetime.now(UTC) + timedelta(hours=1)


def test_a_message_that_always_fails_is_dead_lettered_after_its_last_delivery(
    short: QueueClients,
) -> None:
    short.sender.send_messages(ServiceBusMessage("x"))
    for attempt in range(3):
        (message,) = short.receive()
        assert message.delivery_count == attempt
        short.receiver.abandon_message(message)

    (dead,) = short.receive_dead()

    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    short.dead_letters.complete_message(dead)


def test_the_sdks_own_renewer_keeps_a_lock_far_beyond_its_duration(short: QueueClients) -> None:
    short.sender.send_messages(ServiceBusMessage("x"))
    (message,) = short.receive()

    with AutoLockRenewer() as renewer:
        renewer.register(short.receiver, message, max_lock_renewal_duration=20)
        time.sleep(2.5 * SHORT_LOCK)  # that time passes is what is tested

        short.receiver.complete_message(message)
