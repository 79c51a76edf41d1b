"""For tests: the broker on its own thread and loop, in the process of a blocking client."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import Queue
from sandbox.azure.servicebus.server import Server
from sandbox.azure.servicebus.wire.faults import Fault

_PATIENCE = 10.0  # seconds for the broker's thread to do what takes it microseconds


class BrokerThread:
    """A running broker.

    Every method is safe to call from any thread, and returns when the broker has done it.
    """

    def __init__(self) -> None:
        self._server = Server()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox-servicebus", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(_PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    @property
    def connection_string(self) -> str:
        """What a client needs."""
        return self._server.connection_string

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._server.port

    def create_queue(self, name: str, properties: QueueProperties | None = None) -> None:
        """A new, empty queue; it replaces one of the same name."""
        self.call(lambda server: server.namespace.create_queue(name, properties))

    def create_topic(self, name: str, subscriptions: dict[str, QueueProperties]) -> None:
        """A new topic with these subscriptions; it replaces an entity of the same name."""
        self.call(lambda server: server.namespace.create_topic(name))
        for subscription, properties in subscriptions.items():
            self.create_subscription(name, subscription, properties)

    def create_subscription(self, topic: str, name: str, properties: QueueProperties) -> None:
        """A further subscription of a topic; it gets what is sent from now on."""
        self.call(lambda server: server.namespace.topic(topic).subscribe(name, properties))

    def delete(self, name: str) -> None:
        """Remove a queue or a topic with all its messages."""
        self.call(lambda server: server.namespace.delete(name))

    def message_count(self, path: str) -> int:
        """How many messages an entity holds, in any state.

        '<queue>/$deadletterqueue' for its dead letters.
        """
        return self._of_queue(path, len)

    def lock_count(self, path: str) -> int:
        """How many messages of an entity are locked."""
        return self._of_queue(path, lambda queue: queue.lock_count)

    def activate_scheduled(self, name: str) -> None:
        """Every scheduled message of a queue is due now."""
        self._of_queue(name, Queue.activate_scheduled)

    def plan_fault(self, fault: Fault, name: str, times: int = 1) -> None:
        """Let a fault occur the next `times` times at a queue."""
        self.call(lambda server: server.faults.plan(fault, name, times))

    def cut_connections(self) -> int:
        """Cut every client's connection; how many there were."""
        return self.call(Server.cut_connections)

    def detach_links(self, path: str) -> int:
        """Detach every link to an entity; how many there were."""
        return self.call(lambda server: server.detach_links(path))

    def call[Result](self, function: Callable[[Server], Result]) -> Result:
        """Run a function with the server on the broker's own thread."""

        async def run() -> Result:
            return function(self._server)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_PATIENCE)

    def _of_queue[Result](self, path: str, function: Callable[[Queue], Result]) -> Result:
        return self.call(lambda server: function(server.namespace.queue(path)))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
