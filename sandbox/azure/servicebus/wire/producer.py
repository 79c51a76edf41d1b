"""The link of a sender to a queue or a topic.

Cutting a message into frames and back is link.py's business.
"""

from typing import TYPE_CHECKING

from sandbox.azure.servicebus.amqp.performatives import Attach, Outcome
from sandbox.azure.servicebus.broker.addresses import is_topic_path
from sandbox.azure.servicebus.broker.errors import not_allowed, server_busy, too_large
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import Queue
from sandbox.azure.servicebus.broker.tokens import Claim
from sandbox.azure.servicebus.sections import BATCH_FORMAT, read_batch, read_content
from sandbox.azure.servicebus.wire.faults import Fault
from sandbox.azure.servicebus.wire.link import IncomingLink

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.channel import Channel


class ProducerLink(IncomingLink):
    """Sends single messages and batches; a batch is stored whole or not at all."""

    def __init__(self, channel: "Channel", request: Attach) -> None:
        super().__init__(channel, request)
        self._connection = channel.connection

    def open(self) -> None:
        """Open for queues and topics; not for subscriptions and dead-letter queues."""
        entity = self._connection.namespace.resolve(self.path)
        self._connection.require(Claim.SEND)
        if is_topic_path(self.path) or (isinstance(entity, Queue) and entity.is_dead_letter_queue):
            raise not_allowed(f"Messages cannot be sent to '{self.path}'.")
        self._entity = entity
        self._limit = (
            entity.properties if isinstance(entity, Queue) else QueueProperties()
        ).max_message_size
        self.accept(max_message_size=self._limit)
        self.grant_credit()

    def on_message(self, encoded: bytes, message_format: int) -> None:
        """Store it. Too large is a rejection, not a detach.

        The SDK turns a detach into an unknown error.
        """
        if self._connection.faults.triggers(Fault.SERVER_BUSY, self.path):
            raise server_busy()
        if len(encoded) > self._limit:
            raise too_large(len(encoded), self._limit)
        contents = (
            read_batch(encoded) if message_format == BATCH_FORMAT else [read_content(encoded)]
        )
        self._entity.accept(contents)

    def on_answered(self, outcome: Outcome) -> None:  # noqa: ARG002 - lost in any case
        """The moment at which an answer can get lost."""
        if self._connection.faults.triggers(Fault.SEND_RESPONSE_LOST, self.path):
            self._connection.abort()
