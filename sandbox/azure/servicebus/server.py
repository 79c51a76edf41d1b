"""The broker on an asyncio loop.

Listens on 127.0.0.1, keeps the connections, and runs the agenda by the real clock.
"""

import asyncio
import time
from collections.abc import Mapping

from sandbox.azure.servicebus.broker.addresses import entity_path
from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.errors import BrokerError
from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.tokens import Policy
from sandbox.azure.servicebus.wire.connection import Connection
from sandbox.azure.servicebus.wire.faults import Faults

HOST = "127.0.0.1"  # never anything else: there is no TLS and, by default, no check of keys
DEFAULT_PORT = 5672  # the only port that every Azure SDK accepts for an emulator

KEY_NAME = "RootManageSharedAccessKey"
KEY = "SAS_KEY_VALUE"  # not a secret: Microsoft's emulator publishes the same placeholder

_TIMER_SLACK = 0.001  # seconds; a loop may wake up a moment early


class Server:
    """One broker: a namespace and the socket it is reached by."""

    def __init__(self, policies: Mapping[str, Policy] | None = None) -> None:
        self.agenda = TimerQueue(time.time)
        self.namespace = Namespace(self.agenda, policies)
        self.faults = Faults()
        self.port = 0
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None
        self._wake_up: asyncio.Handle | None = None

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 takes any free one. Raises OSError when the port is in use."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._connect, HOST, port)
        self.port = self._listener.sockets[0].getsockname()[1]
        self.agenda.on_earlier = self._plan_wake_up
        self._plan_wake_up()

    async def stop(self) -> None:
        """Stop listening, cut every connection, drop every message."""
        if self._listener is not None:
            self._listener.close()
        self.cut_connections()
        await asyncio.sleep(0)  # the transports report their ends in the next turn of the loop
        if self._wake_up is not None:
            self._wake_up.cancel()

    @property
    def connection_string(self) -> str:
        """What a client needs; the flag makes the SDKs speak plain AMQP to exactly this port."""
        return (
            f"Endpoint=sb://{HOST}:{self.port};SharedAccessKeyName={KEY_NAME};"
            f"SharedAccessKey={KEY};UseDevelopmentEmulator=true;"
        )

    # ---- faults

    def cut_connections(self) -> int:
        """Cut every connection without a message, as a failing network does. Returns how many."""
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        return len(connections)

    def detach_links(self, path: str) -> int:
        """Detach every link to an entity, as Azure does with idle ones and in maintenance.

        How many there were.
        """
        links = [
            link
            for connection in self._connections
            for channel in connection.channels.values()
            for link in channel.links.values()
            if link.path.lower() == entity_path(path).lower() and not link.is_closed
        ]
        for link in links:
            link.refuse(
                BrokerError("amqp:link:detach-forced", "The link was detached by the broker.")
            )
        return len(links)

    # ---- the clock

    def _connect(self) -> Connection:
        connection = Connection(self.namespace, self.faults, self._connections.discard)
        self._connections.add(connection)
        return connection

    def _plan_wake_up(self) -> None:
        due = self.agenda.next_due()
        if self._wake_up is not None:
            self._wake_up.cancel()
        if due is None:
            return
        loop, delay = asyncio.get_running_loop(), due - self.agenda.now()
        self._wake_up = (
            loop.call_soon(self._run_due)
            if delay <= 0
            else loop.call_later(delay + _TIMER_SLACK, self._run_due)
        )

    def _run_due(self) -> None:
        try:
            self.agenda.run_due()
        finally:
            self._plan_wake_up()
