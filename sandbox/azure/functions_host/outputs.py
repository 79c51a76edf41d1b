"""Service Bus output bindings.

The outputs of a function become messages, sent after it has succeeded.

An output binding knows a body and nothing else: no message id, no schedule, no properties, as in
Azure.
"""

import asyncio
import json
from collections.abc import Mapping

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusSender

from sandbox.azure.functions_host.runtime.bindings import Function
from sandbox.azure.functions_host.runtime.shapes import Value
from sandbox.azure.functions_host.runtime.worker import Invocation
from sandbox.azure.functions_host.settings import AppSettings, Connection
from sandbox.azure.functions_host.triggers.connections import Client, check

SEND_RETRIES = 3  # the SDK's own default


def bodies(value: Value) -> list[str | bytes]:
    """The messages that the host makes of one output value.

    A JSON array is one message per element, other JSON is parsed and written again (indented),
    everything else is sent as it is. No output is no message.
    """
    if value is None:
        return []
    if not isinstance(value, str):
        return [value if isinstance(value, bytes) else str(value)]
    try:
        parsed = json.loads(value)
    except ValueError:
        return [value]
    if isinstance(parsed, list):
        return [item if isinstance(item, str) else _written(item) for item in parsed]
    return [_written(parsed)] if isinstance(parsed, dict) else [value]


def _written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


class Outputs:
    """Sends the outputs of invocations.

    Keeps one sender a destination, and one send at a time on each.

    Concurrent sends on one sender of azure-servicebus 7.15 duplicate messages on Python 3.13.
    """

    def __init__(self, settings: AppSettings) -> None:
        self._settings = settings
        self._clients: dict[Connection, Client] = {}
        self._senders: dict[tuple[Connection, str], ServiceBusSender] = {}
        self._locks: dict[tuple[Connection, str], asyncio.Lock] = {}

    def check(self, function: Function) -> None:
        """Resolve every destination of the function.

        ConfigurationError where a setting is missing or wrong.
        """
        for binding in _destinations(function):
            check(self._settings.connection(str(binding.get("connection", ""))))
            self._settings.resolve(_entity(binding))

    async def publish(self, function: Function, invocation: Invocation) -> None:
        """Send the outputs of the invocation, element by element, without a transaction.

        Raises what the SDK raises.
        """
        for binding in _destinations(function):
            name = str(binding["name"])
            value = invocation.return_value if name == "$return" else invocation.outputs.get(name)
            for body in bodies(value):
                await self._send(binding, body)

    async def _send(self, binding: Mapping[str, object], body: str | bytes) -> None:
        connection = self._settings.connection(str(binding.get("connection", "")))
        entity = self._settings.resolve(_entity(binding))
        key = connection, entity
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._senders:
                self._senders[key] = self._sender(
                    connection, entity, is_topic="topicName" in binding
                )
            await self._senders[key].send_messages(ServiceBusMessage(body))

    def _sender(self, connection: Connection, entity: str, *, is_topic: bool) -> ServiceBusSender:
        if connection not in self._clients:
            self._clients[connection] = Client(connection, retries=SEND_RETRIES)
        bus = self._clients[connection].bus
        return bus.get_topic_sender(entity) if is_topic else bus.get_queue_sender(entity)

    async def close(self) -> None:
        """Close every sender."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()
        self._senders.clear()


def _destinations(function: Function) -> list[Mapping[str, object]]:
    return [binding for binding in function.outputs if binding["type"] == "serviceBus"]


def _entity(binding: Mapping[str, object]) -> str:
    return str(binding.get("queueName") or binding.get("topicName") or "")
