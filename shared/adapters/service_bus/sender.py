"""One queue's sender: kept open, used by one call at a time, reopened once where it broke.

Does not depend on the kind of message.

Opening a sender takes half a second (azure-servicebus 7.15 listens for its frames at 50 ms each),
so it is kept. Two concurrent sends on one asyncio sender put copies on the wire under Python 3.13
(measured: 5 sends, 17 transfers), so there is a lock.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError

from shared.adapters.sdk_errors import first_line
from shared.errors import QueueUnavailable, TooLarge

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch
    from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

#: for one try; a send without a limit may never return where the answer is malformed
#: (azure-servicebus 7.15)
_SECONDS = 8.0
_SECONDS_TO_CLOSE = 3.0


type Properties = dict[str | bytes, Any]
"""Application properties, as the SDK types them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A message as it goes to Service Bus.

    Without `message_id` it gets a random one, which a second try keeps.
    """

    body: str
    subject: str
    message_id: str | None = None
    #: in UTC; Service Bus holds the message back until then
    at: datetime | None = None
    properties: Properties = field(default_factory=dict)


class Sender:
    """Sends to one queue. Close it with `await sender.close()`."""

    def __init__(self, *, queue: str, connect: "Callable[[], ServiceBusClient]") -> None:
        self._queue = queue
        self._connect = connect
        self._one_at_a_time = asyncio.Lock()
        self._sender: ServiceBusSender | None = None

    async def send(self, envelopes: Sequence[OutgoingMessage]) -> None:
        """Send all, in batches as large as the queue takes.

        Raises QueueUnavailable where a second try with a fresh connection fails too: some messages
        may have arrived then, and those of a first try whose answer was lost may arrive twice, with
        one message id. Raises TooLarge for a message that the queue could never take.
        """
        left = [_message(each) for each in envelopes]
        async with self._one_at_a_time:
            if await self._why_broken(left) is None:
                return
            again = await self._why_broken(left)
            if again is not None:
                raise QueueUnavailable(
                    f"Service Bus queue {self._queue}: {first_line(again)}"
                ) from again

    async def close(self) -> None:
        """Close the link, if one is open."""
        async with self._one_at_a_time:
            await self._discard()

    async def _why_broken(self, left: "list[ServiceBusMessage]") -> Exception | None:
        """Send what is left; None when all is sent; otherwise why the connection is discarded."""
        try:
            await self._send_each_batch(left)
        except (AzureError, OSError, ValueError) as broken:
            _refuse_too_large(broken, self._queue)
            await self._discard()
            return broken
        return None

    async def _send_each_batch(self, left: "list[ServiceBusMessage]") -> None:
        """Send and remove the front of the list until it is empty."""
        while left:
            async with asyncio.timeout(_SECONDS):
                sender = self._opened()
                batch = await sender.create_message_batch()
                count = _fill(batch, left)
                # What does not fit into an empty batch is refused by the queue itself, as a message
                # on its own.
                await sender.send_messages(batch if count else left[0], timeout=_SECONDS)
            del left[: count or 1]

    def _opened(self) -> "ServiceBusSender":
        if self._sender is None:
            self._sender = self._connect().get_queue_sender(self._queue)
        return self._sender

    async def _discard(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            # It is discarded in any case; a broken one may fail or hang at this too.
            with suppress(AzureError, OSError, ValueError):
                async with asyncio.timeout(_SECONDS_TO_CLOSE):
                    await sender.close()


def _fill(batch: "ServiceBusMessageBatch", messages: "Sequence[ServiceBusMessage]") -> int:
    """Put in as many as fit, in order; how many that were."""
    # Loaded with the first send.
    from azure.servicebus.exceptions import MessageSizeExceededError  # noqa: PLC0415

    for count, message in enumerate(messages):
        try:
            batch.add_message(message)
        except MessageSizeExceededError:
            return count
    return len(messages)


def _message(envelope: OutgoingMessage) -> "ServiceBusMessage":
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - loaded with the first send

    return ServiceBusMessage(
        envelope.body,
        content_type="application/json",
        subject=envelope.subject,
        message_id=envelope.message_id,
        scheduled_enqueue_time_utc=envelope.at,
        application_properties=envelope.properties,
    )


def _refuse_too_large(broken: Exception, queue: str) -> None:
    # Loaded with the first send.
    from azure.servicebus.exceptions import MessageSizeExceededError  # noqa: PLC0415

    if isinstance(broken, MessageSizeExceededError):
        raise TooLarge(
            f"a message is larger than queue {queue} takes: {first_line(broken)}"
        ) from broken
