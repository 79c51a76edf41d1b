"""Service Bus: the app's messages put into its queues.

Receives nothing: the Functions host does.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.adapters.service_bus.sender import OutgoingMessage, Properties, Sender
from shared.domain.delivery import Delivery
from shared.domain.delivery_properties import GENERATION, properties_of
from shared.domain.messages import JobStep, Notification, Queue, QueueMessage, ScanRequest, encode
from shared.errors import SettingsError
from shared.ports import Clock
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.servicebus.aio import ServiceBusClient


class ServiceBusQueues:
    """Implements the port Queues.

    Give either `connection_string` (a laptop; tests) or `namespace`
    (`{name}.servicebus.windows.net`) with `credential`; anything else raises SettingsError. The
    queues must exist: they are deployed. `stamp` gives the generation that each message carries.
    The queue of scans must detect duplicates, the queue of steps must not need to: a
    repeated step is stale, and completes without effect. Nothing is opened
    before the first message. Close it with `await queues.close()` when the process ends; the
    credential is its owner's to close.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        connection_string: str = "",
        namespace: str = "",
        credential: "AsyncTokenCredential | None" = None,
        scans: str = "scans",
        redeploys: str = "redeploys",
        notifications: str = "notifications",
        dead_letters: str = "dead-letters",
        stamp: Callable[[], str] = str,
    ) -> None:
        if bool(connection_string) == bool(namespace and credential):
            raise SettingsError(
                ["Service Bus needs either a connection string or a namespace with a credential"]
            )
        self._clock = clock
        self._stamp = stamp
        self._connection_string = connection_string
        self._namespace = namespace
        self._credential = credential
        self._client: ServiceBusClient | None = None
        self._scans = Sender(queue=scans, connect=self._connected)
        self._redeploys = Sender(queue=redeploys, connect=self._connected)
        self._notifications = Sender(queue=notifications, connect=self._connected)
        self._dead_letters = Sender(queue=dead_letters, connect=self._connected)

    async def send_scans(self, requests: Sequence[ScanRequest], at: datetime | None = None) -> None:
        """Ask for scans, now or at an instant, in as few batches as they fit into.

        A batch is accepted whole or not at all.

        The queue drops a request whose `message_id` it has seen within its duplicate-detection
        window.
        """
        later = self._later(at)
        await self._scans.send(
            [self._outgoing(each, message_id=each.message_id, at=later) for each in requests]
        )

    async def send_step(self, step: JobStep, at: datetime | None = None) -> None:
        """Ask for a step, now or at an instant; a past instant means now."""
        # For people who look into the queue; the body alone counts.
        properties: Properties = {
            "job": str(step.job),
            "step": "current" if step.step is None else step.step,
        }
        await self._redeploys.send(
            [self._outgoing(step, at=self._later(at), properties=properties)]
        )

    async def send_notification(self, notification: Notification) -> None:
        """Tell a person something, through the queue."""
        await self._notifications.send(
            [self._outgoing(notification, properties={"kind": notification.kind})]
        )

    async def send_copy(self, copy: Delivery, at: datetime | None = None) -> None:
        """Put a message that was not handled into its queue again, with what is known of it.

        It has an id of its own, so that no queue takes it for a duplicate.
        """
        message = OutgoingMessage(
            body=copy.body,
            subject=copy.queue.value,
            at=self._later(at),
            properties=self._stamped(dict(properties_of(copy).items())),
        )
        await self._sender(copy.queue).send([message])

    async def close(self) -> None:
        """Close the connections. For the end of the process: nothing can be sent any more."""
        for queue in Queue:
            await self._sender(queue).close()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _sender(self, queue: Queue) -> Sender:
        match queue:
            case Queue.SCANS:
                return self._scans
            case Queue.REDEPLOYS:
                return self._redeploys
            case Queue.NOTIFICATIONS:
                return self._notifications
            case Queue.DEAD_LETTERS:
                return self._dead_letters

    def _outgoing(
        self,
        message: QueueMessage,
        *,
        message_id: str | None = None,
        at: datetime | None = None,
        properties: Properties | None = None,
    ) -> OutgoingMessage:
        return OutgoingMessage(
            body=encode(message),
            subject=type(message).__name__,
            message_id=message_id,
            at=at,
            properties=self._stamped(properties or {}),
        )

    def _stamped(self, properties: Properties) -> Properties:
        """With the generation of the stored state, where the process knows it."""
        stamp = self._stamp()
        return {**properties, GENERATION: stamp} if stamp else properties

    def _later(self, at: datetime | None) -> datetime | None:
        """None for an instant that is not in the future."""
        return at.astimezone(UTC) if at is not None and at > self._clock.now() else None

    def _connected(self) -> "ServiceBusClient":
        if self._client is None:
            self._client = self._new_client()
        return self._client

    def _new_client(self) -> "ServiceBusClient":
        # A quarter of a second of cold start, and many functions send nothing.
        from azure.servicebus.aio import ServiceBusClient  # noqa: PLC0415 - see above

        try:
            if self._connection_string or self._credential is None:
                return ServiceBusClient.from_connection_string(
                    self._connection_string, retry_total=0, user_agent=USER_AGENT
                )
            return ServiceBusClient(
                self._namespace, self._credential, retry_total=0, user_agent=USER_AGENT
            )
        except ValueError as fault:
            raise SettingsError([f"Service Bus: {fault}"]) from fault
