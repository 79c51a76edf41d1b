"""The test's own end of the queues: a sender and a receiver of the real SDK, opened once."""

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from azure.servicebus import ServiceBusClient, ServiceBusMessage

from tests.functions.functions_host.host_process import PATIENCE


class Bus:
    """Sends orders, receives results."""

    def __init__(self, connection_string: str, *, orders: str, results: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection_string)
        self._sender = self._client.get_queue_sender(orders)
        self._receiver = self._client.get_queue_receiver(results)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def order(self, order: Mapping[str, Any], **properties: Any) -> None:
        """Send one order."""
        self._sender.send_messages(ServiceBusMessage(json.dumps(order), **properties))

    def results(self, number: int) -> list[dict[str, Any]]:
        """The next `number` results, completed."""
        found: list[dict[str, Any]] = []
        while len(found) < number:
            messages = self._receiver.receive_messages(max_message_count=1, max_wait_time=PATIENCE)
            assert messages, f"{len(found)} of {number} results after {PATIENCE} s"
            self._receiver.complete_message(messages[0])
            found.append(json.loads(str(messages[0])))
        return found
