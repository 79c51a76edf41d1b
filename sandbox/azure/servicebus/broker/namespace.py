"""The namespace: every queue and topic by name.

Creates nothing by itself: an unknown name is an error, as in Azure.
"""

from collections.abc import Mapping

from sandbox.azure.servicebus.broker.addresses import entity_path
from sandbox.azure.servicebus.broker.agenda import TimerQueue
from sandbox.azure.servicebus.broker.errors import entity_not_found
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.servicebus.broker.queue import DEAD_LETTER_SUFFIX, Queue
from sandbox.azure.servicebus.broker.tokens import Claim, Policy, claims_of
from sandbox.azure.servicebus.broker.topic import Topic

type Entity = Queue | Topic

_SUBSCRIPTIONS = "subscriptions"


class Namespace:
    """Names are compared without regard to case, as in Azure."""

    def __init__(self, agenda: TimerQueue, policies: Mapping[str, Policy] | None = None) -> None:
        self.agenda = agenda
        self.policies = policies
        self._entities: dict[str, Entity] = {}

    def create_queue(self, name: str, properties: QueueProperties | None = None) -> Queue:
        """A new, empty queue; it replaces one of the same name."""
        self.delete(name)
        queue = Queue(name, properties or QueueProperties(), self.agenda, self._existing_queue)
        self._entities[name.lower()] = queue
        return queue

    def _existing_queue(self, name: str) -> Queue | None:
        entity = self._entities.get(name.lower())
        return entity if isinstance(entity, Queue) else None

    def create_topic(self, name: str) -> Topic:
        """A new topic without subscriptions; it replaces an entity of the same name."""
        self.delete(name)
        topic = Topic(name, self.agenda)
        self._entities[name.lower()] = topic
        return topic

    def delete(self, name: str) -> None:
        """Remove a queue or a topic with all its messages. Harmless when there is none."""
        if (entity := self._entities.pop(name.lower(), None)) is not None:
            entity.clear()

    def queue(self, name: str) -> Queue:
        """The queue of this name. Raises BrokerError when there is none, or when it is a topic."""
        entity = self.resolve(name)
        if not isinstance(entity, Queue):
            raise entity_not_found(name)
        return entity

    def topic(self, name: str) -> Topic:
        """The topic of this name. Raises BrokerError when there is none, or when it is a queue."""
        entity = self.resolve(name)
        if not isinstance(entity, Topic):
            raise entity_not_found(name)
        return entity

    def resolve(self, address: str) -> Entity:
        """The entity at an address.

        A queue, a topic, a subscription, or a dead-letter queue of these.
        """
        path = entity_path(address)
        parts = path.lower().split("/")
        wants_dead_letters = parts[-1] == DEAD_LETTER_SUFFIX
        if wants_dead_letters:
            parts.pop()
        entity = self._find(parts)
        if entity is None or (wants_dead_letters and isinstance(entity, Topic)):
            raise entity_not_found(path)
        return entity.dead_letters if wants_dead_letters and isinstance(entity, Queue) else entity

    def _find(self, parts: list[str]) -> Entity | None:
        *topic_name, keyword, name = ["", "", *parts]
        if keyword != _SUBSCRIPTIONS:
            return self._entities.get("/".join(parts))
        topic = self._entities.get("/".join(filter(None, topic_name)))
        return topic.subscriptions.get(name) if isinstance(topic, Topic) else None

    def authorize(self, token: str, audience: str) -> frozenset[Claim]:
        """What the bearer of a token may do.

        A missing entity already fails here, as in Azure, before any link.
        """
        if entity_path(audience):
            self.resolve(audience)
        return claims_of(token, self.policies, self.agenda.now())
