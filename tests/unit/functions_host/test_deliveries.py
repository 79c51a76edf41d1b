"""One message: its lock and its settlement, with a receiver that does what the test says."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.exceptions import MessageLockLostError, ServiceBusError

from sandbox.azure.functions_host.runtime.shapes import Event
from sandbox.azure.functions_host.runtime.worker import Invocation
from sandbox.azure.functions_host.settings import ConnectionString
from sandbox.azure.functions_host.triggers.deliveries import LOST, Delivery, QueueTrigger, incoming

START = datetime(2026, 1, 1, tzinfo=UTC)


class FastClock:
    """Pauses take no time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0 * seconds)


class ScriptedReceiver:
    """Keeps what is asked of it; each call takes the next planned failure, if there is one."""

    def __init__(
        self, *failures: Exception | None, lock: timedelta = timedelta(seconds=60)
    ) -> None:
        self.calls: list[str] = []
        self._failures = list(failures)
        self._lock = lock

    async def _do(self, call: str) -> None:
        self.calls.append(call)
        failure = self._failures.pop(0) if self._failures else None
        if failure:
            raise failure

    async def complete_message(self, _message: object) -> None:
        await self._do("complete")

    async def abandon_message(self, _message: object) -> None:
        await self._do("abandon")

    async def renew_message_lock(self, message: Any) -> None:
        await self._do("renew")
        message.locked_until_utc = datetime.now(UTC) + self._lock


def received(**properties: object) -> ServiceBusReceivedMessage:
    facts: dict[str, object] = {
        "body": [b"{", b"}"],
        "message_id": "m",
        "delivery_count": 0,
        "sequence_number": 5,
        "lock_token": "t",
        "enqueued_time_utc": START,
        "locked_until_utc": datetime.now(UTC) + timedelta(seconds=60),
        "application_properties": {b"reason": b"why", "n": 1},
    }
    names = (
        "expires_at_utc content_type correlation_id subject session_id reply_to "
        "reply_to_session_id to"
    )
    missing = dict.fromkeys((*names.split(), "partition_key", "dead_letter_source"))
    return cast("ServiceBusReceivedMessage", SimpleNamespace(**{**missing, **facts, **properties}))


async def deliver(
    receiver: ScriptedReceiver,
    *,
    succeeded: bool = True,
    until: Callable[[], bool] = lambda: True,
    **settings: Any,
) -> ServiceBusReceivedMessage:
    """Work on one message with a function that runs until something is true."""
    lock = settings.pop("lock", timedelta(seconds=60))
    defaults = {"function": "f", "queue": "q", "connection": ConnectionString(name="Bus", text="")}
    limits = {"max_concurrent_calls": 1, "max_lock_renewal": timedelta(minutes=5)}
    message = received(locked_until_utc=datetime.now(UTC) + lock)

    async def handle(_event: Event, _reason: str) -> Invocation:
        async with asyncio.timeout(20):
            while not until():  # noqa: ASYNC110 - any condition may be waited for
                await asyncio.sleep(0.01)
        return Invocation(id="1", function="f", succeeded=succeeded)

    trigger = QueueTrigger(**{**defaults, **limits, **settings})
    await Delivery(trigger, cast("Any", receiver), message, FastClock()).work(handle)
    return message


async def test_success_completes_and_failure_abandons() -> None:
    for succeeded, call in ((True, "complete"), (False, "abandon")):
        receiver = ScriptedReceiver()
        await deliver(receiver, succeeded=succeeded)
        assert receiver.calls == [call]


async def test_without_auto_complete_a_success_is_left_locked_and_a_failure_abandoned() -> None:
    for succeeded, calls in ((True, []), (False, ["abandon"])):
        receiver = ScriptedReceiver()
        await deliver(receiver, succeeded=succeeded, auto_complete=False)
        assert receiver.calls == calls


async def test_a_settlement_that_fails_is_tried_again() -> None:
    receiver = ScriptedReceiver(ServiceBusError("away"), ServiceBusError("away"))
    await deliver(receiver)
    assert receiver.calls == ["complete"] * 3


async def test_it_is_not_tried_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    receiver = ScriptedReceiver(*[ServiceBusError("away")] * 9)
    await deliver(receiver)
    assert receiver.calls == ["complete"] * 3
    assert "message could not be settled" in caplog.text


async def test_a_lost_lock_is_said_once_and_not_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = ScriptedReceiver(MessageLockLostError())
    with caplog.at_level(logging.WARNING):
        await deliver(receiver)
    assert receiver.calls == ["complete"]
    assert caplog.messages == [LOST]


async def test_the_lock_is_renewed_again_and_again_while_the_function_runs() -> None:
    lock = timedelta(seconds=0.4)
    receiver = ScriptedReceiver(lock=lock)
    await deliver(receiver, until=lambda: receiver.calls.count("renew") >= 3, lock=lock)
    assert receiver.calls[-1] == "complete"


async def test_it_is_not_renewed_before_half_its_time() -> None:
    receiver = ScriptedReceiver()
    end = datetime.now(UTC) + timedelta(seconds=0.2)
    await deliver(receiver, until=lambda: datetime.now(UTC) > end)
    assert receiver.calls == ["complete"]


async def test_it_is_renewed_no_longer_than_host_json_says() -> None:
    receiver = ScriptedReceiver()
    lock = timedelta(seconds=0.1)
    end = datetime.now(UTC) + 3 * lock
    await deliver(
        receiver, until=lambda: datetime.now(UTC) > end, lock=lock, max_lock_renewal=timedelta(0)
    )
    assert receiver.calls == ["complete"]


async def test_a_renewal_that_fails_is_tried_again_until_the_lock_has_run_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = ScriptedReceiver(*[ServiceBusError("away")] * 50)
    await deliver(receiver, until=lambda: LOST in caplog.messages, lock=timedelta(seconds=0.4))
    tries = caplog.messages.index(LOST)
    assert caplog.messages[:tries] == ["lock could not be renewed"] * tries
    assert receiver.calls.count("renew") == tries + 1
    assert tries < 9, "it waits between attempts"


async def test_a_renewal_that_finds_the_lock_lost_ends(caplog: pytest.LogCaptureFixture) -> None:
    receiver = ScriptedReceiver(MessageLockLostError())
    await deliver(receiver, until=lambda: LOST in caplog.messages, lock=timedelta(seconds=0.1))
    assert receiver.calls == ["renew", "complete"]


def test_the_sdks_message_becomes_the_hosts() -> None:
    message = incoming(received(delivery_count=2, subject="s"))
    assert (message.body, message.delivery_count, message.sequence_number) == (b"{}", 3, 5)
    assert message.properties == {"reason": "why", "n": 1}
    assert (message.subject, message.session_id, message.enqueued) == ("s", None, START)


@pytest.mark.parametrize(
    ("body", "expected"), [("text", b"text"), (b"bytes", b"bytes"), ([["a"]], b"[['a']]")]
)
def test_a_body_that_is_not_data_is_written_out(body: object, expected: bytes) -> None:
    assert incoming(received(body=body)).body == expected
