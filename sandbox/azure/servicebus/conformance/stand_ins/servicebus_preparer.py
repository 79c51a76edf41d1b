"""Stands in for the decorators by which Microsoft's tests have entities made in Azure.

Here they are made in the broker.

A preparer adds keyword arguments to a test: such as the entity and a connection string. Options
that only matter in Azure (locations, tiers, random names) are read over.
"""

import functools
import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.azure.servicebus.conformance.stand_ins import local_namespace
from sandbox.azure.servicebus.server import KEY, KEY_NAME

SERVICEBUS_ENDPOINT_SUFFIX = ""
RESOURCE_GROUP_PARAM = "resource_group"

type Arguments = dict[str, Any]
type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Resource:
    """What a test sees of an Azure resource."""

    name: str

    @property
    def id(self) -> str:
        """There are no ARM ids here."""
        return self.name


def _adding(prepare: Callable[[Arguments], Arguments]) -> Decorator:
    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        def prepared(*args: Any, **kwargs: Any) -> Any:
            return test(*args, **(kwargs | prepare(kwargs)))

        @functools.wraps(test)
        async def prepared_coroutine(*args: Any, **kwargs: Any) -> Any:
            return await test(*args, **(kwargs | prepare(kwargs)))

        return prepared_coroutine if inspect.iscoroutinefunction(test) else prepared

    return decorate


# The name is Microsoft's.
def CachedServiceBusResourceGroupPreparer(*_args: Any, **options: Any) -> Decorator:  # noqa: N802
    """A resource group and a location."""
    name = options.get("parameter_name", RESOURCE_GROUP_PARAM)
    return _adding(lambda _: {name: Resource("local"), "location": "local"})


# The name is Microsoft's.
def CachedServiceBusNamespacePreparer(*_args: Any, **options: Any) -> Decorator:  # noqa: N802
    """The namespace, its connection string and its key."""
    name = options.get("parameter_name", "servicebus_namespace")

    def prepare(_: Arguments) -> Arguments:
        broker = local_namespace.broker()
        return {
            name: Resource(f"127.0.0.1:{broker.port}"),
            f"{name}_connection_string": broker.connection_string,
            f"{name}_key_name": KEY_NAME,
            f"{name}_primary_key": KEY,
        }

    return _adding(prepare)


ServiceBusResourceGroupPreparer = CachedServiceBusResourceGroupPreparer
ServiceBusNamespacePreparer = CachedServiceBusNamespacePreparer


type Maker = Callable[
    [str, Arguments, Arguments], None
]  # name, options of the preparer, arguments of the test


def _entity_preparer(parameter: str, make: Maker, *, cached: bool) -> Callable[..., Decorator]:
    made: dict[str, Resource] = {}

    def preparer(name_prefix: str = "", **options: Any) -> Decorator:
        name = options.get("parameter_name", parameter)
        kind = repr((name_prefix, sorted(options.items(), key=str)))

        def prepare(arguments: Arguments) -> Arguments:
            if cached and kind in made:
                return {name: made[kind]}
            entity = Resource(f"{name_prefix or 'e'}{uuid.uuid4().hex[:10]}")
            make(entity.name, options, arguments)
            made[kind] = entity
            return {name: entity}

        return _adding(prepare)

    return preparer


def _make_queue(name: str, options: Arguments, _arguments: Arguments) -> None:
    local_namespace.broker().create_queue(name, local_namespace.properties(options))


def _make_topic(name: str, _options: Arguments, _arguments: Arguments) -> None:
    local_namespace.broker().create_topic(name, {})


def _make_subscription(name: str, options: Arguments, arguments: Arguments) -> None:
    topic = arguments[options.get("servicebus_topic_parameter_name", "servicebus_topic")].name
    properties = local_namespace.properties(options, lock="PT1M")
    local_namespace.broker().create_subscription(topic, name, properties)


ServiceBusQueuePreparer = _entity_preparer("servicebus_queue", _make_queue, cached=False)
CachedServiceBusQueuePreparer = _entity_preparer("servicebus_queue", _make_queue, cached=True)
ServiceBusTopicPreparer = _entity_preparer("servicebus_topic", _make_topic, cached=False)
CachedServiceBusTopicPreparer = _entity_preparer("servicebus_topic", _make_topic, cached=True)
ServiceBusSubscriptionPreparer = _entity_preparer(
    "servicebus_subscription", _make_subscription, cached=False
)
CachedServiceBusSubscriptionPreparer = _entity_preparer(
    "servicebus_subscription", _make_subscription, cached=True
)


def _rule_preparer(parameter: str, *, for_queue: bool) -> Callable[..., Decorator]:
    def preparer(*_args: Any, **options: Any) -> Decorator:
        name = options.get("parameter_name", parameter)

        def prepare(arguments: Arguments) -> Arguments:
            connection_string = _with_rights(options.get("access_rights") or [])
            if for_queue:
                queue = arguments[
                    options.get("servicebus_queue_parameter_name", "servicebus_queue")
                ]
                connection_string += f"EntityPath={queue.name}"
            return {name: Resource("rule"), f"{name}_connection_string": connection_string}

        return _adding(prepare)

    return preparer


def _with_rights(rights: list[Any]) -> str:
    """The connection string of the policy that has these rights and no others."""
    everything = local_namespace.broker().connection_string
    if len(rights) != 1:
        return everything
    policy = "listen-only" if "listen" in str(rights[0]).lower() else "send-only"
    return everything.replace(KEY_NAME, policy).replace(KEY, local_namespace.POLICIES[policy].key)


ServiceBusNamespaceAuthorizationRulePreparer = _rule_preparer(
    "servicebus_authorization_rule", for_queue=False
)
ServiceBusQueueAuthorizationRulePreparer = _rule_preparer(
    "servicebus_queue_authorization_rule", for_queue=True
)
