"""Reads the Config.json of Microsoft's Service Bus emulator, so that one file is for both.

Every problem of a file is reported. Settings that Microsoft knows and this stand-in does
not act on are refused where they would change what happens to a message, and read over where they
would not.

    {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [
        {"Name": "redeploys", "Properties": {"LockDuration": "PT1M", "MaxDeliveryCount": 10}}
    ], "Topics": []}]}}
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.azure.servicebus.broker.namespace import Namespace
from sandbox.azure.servicebus.broker.properties import QueueProperties
from sandbox.azure.strict_json import read_json


class ConfigError(Exception):
    """The file cannot be used; one line for each problem."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """One queue or subscription of the file."""

    name: str
    properties: QueueProperties


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicEntry:
    """One topic of the file."""

    name: str
    subscriptions: tuple[QueueEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entities:
    """Everything that a file declares."""

    queues: tuple[QueueEntry, ...] = ()
    topics: tuple[TopicEntry, ...] = ()

    @property
    def names(self) -> list[str]:
        """Queues first, then topics."""
        return [queue.name for queue in self.queues] + [topic.name for topic in self.topics]

    def create_in(self, namespace: Namespace) -> None:
        """Create all of them."""
        for queue in self.queues:
            namespace.create_queue(queue.name, queue.properties)
        for entry in self.topics:
            topic = namespace.create_topic(entry.name)
            for subscription in entry.subscriptions:
                topic.subscribe(subscription.name, subscription.properties)


def load_config(path: Path) -> Entities:
    """The entities of a file. Raises ConfigError, also when it cannot be read or is no JSON."""
    try:
        document = read_json(path.read_text(encoding="utf-8"))
    except OSError as bad:
        raise ConfigError(str(path), [f"cannot be read: {bad.strerror}"]) from bad
    except ValueError as bad:
        raise ConfigError(str(path), [f"is not JSON: {bad}"]) from bad
    return read_config(document, str(path))


def read_config(document: Any, source: str = "config") -> Entities:
    """The entities of a parsed file. Raises ConfigError with every problem in it."""
    reader = _ConfigReader()
    entities = reader.entities(document)
    if reader.problems:
        raise ConfigError(source, reader.problems)
    return entities


# What the emulator also takes and what would be wrong to ignore, with the values that mean "not
# used".
_UNSUPPORTED = {
    "ForwardTo": ("", None),
}

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,258}[A-Za-z0-9])?")

# Azure's limits (Microsoft: "Service Bus quotas"; for the history window: "Duplicate detection"). A
# lock may last at most five minutes; its lower limit in Azure is five seconds, which the tests of
# this sandbox need to go below.
_LONGEST_LOCK = 300.0
_SHORTEST_WINDOW, _LONGEST_WINDOW = 20.0, 7 * 86_400.0
_MAX_DELIVERY_COUNT = 2_000


@dataclass(slots=True)
class _ConfigReader:
    problems: list[str] = field(default_factory=list)

    def entities(self, document: Any) -> Entities:
        queues: list[QueueEntry] = []
        topics: list[TopicEntry] = []
        config = self._map(document, "UserConfig", "the file")
        for where, namespace in self._items(config, "Namespaces", "UserConfig"):
            queues += [
                self._queue(place, item) for place, item in self._items(namespace, "Queues", where)
            ]
            topics += [
                self._topic(place, item) for place, item in self._items(namespace, "Topics", where)
            ]
        self._check_unique([q.name for q in queues] + [t.name for t in topics], "the namespace")
        self._check_forwards(queues, topics)
        if not queues and not topics and not self.problems:
            self.problems.append("declares no queue and no topic")
        return Entities(queues=tuple(queues), topics=tuple(topics))

    def _check_forwards(self, queues: list[QueueEntry], topics: list[TopicEntry]) -> None:
        """Azure refuses a queue that forwards to one that does not exist, or to itself."""
        names = {each.name.lower() for each in queues}
        entries = [*queues, *(each for topic in topics for each in topic.subscriptions)]
        for entry in entries:
            target = entry.properties.forward_dead_letters_to
            if target is None:
                continue
            if target.lower() not in names or target.lower() == entry.name.lower():
                self.problems.append(
                    f"'{entry.name}': ForwardDeadLetteredMessagesTo names {target!r},"
                    " which is no other queue of the file"
                )

    def _queue(self, where: str, item: Any) -> QueueEntry:
        name = self._name(where, item)
        return QueueEntry(name=name, properties=self._properties(f"{where} '{name}'", item))

    def _topic(self, where: str, item: Any) -> TopicEntry:
        name = self._name(where, item)
        subscriptions = []
        for place, subscription in self._items(item, "Subscriptions", f"{where} '{name}'"):
            subscriptions.append(self._queue(place, subscription))
            if isinstance(subscription, dict) and subscription.get("Rules"):
                self.problems.append(
                    f"{place}: Rules are not supported: every subscription gets every message"
                )
        self._check_unique([entry.name for entry in subscriptions], f"{where} '{name}'")
        return TopicEntry(name=name, subscriptions=tuple(subscriptions))

    def _properties(self, where: str, item: Any) -> QueueProperties:
        given = item.get("Properties", {}) if isinstance(item, dict) else {}
        if not isinstance(given, dict):
            self.problems.append(f"{where}: Properties must be an object")
            given = {}
        for key, unused in _UNSUPPORTED.items():
            if given.get(key) not in unused:
                self.problems.append(f"{where}: {key} is not supported")
        unknown = given.keys() - _UNSUPPORTED.keys() - _KNOWN
        self.problems += [
            f"{where}: {key} is no property of the emulator's Config.json"
            for key in sorted(unknown)
        ]
        return self._queue_properties(where, given)

    def _queue_properties(self, where: str, given: dict[str, Any]) -> QueueProperties:
        defaults = QueueProperties()
        lock = self._duration(where, given, "LockDuration", (0.0, _LONGEST_LOCK))
        window = self._duration(
            where, given, "DuplicateDetectionHistoryTimeWindow", (_SHORTEST_WINDOW, _LONGEST_WINDOW)
        )
        return QueueProperties(
            lock_duration=defaults.lock_duration if lock is None else lock,
            max_delivery_count=self._count(where, given, "MaxDeliveryCount", _MAX_DELIVERY_COUNT),
            requires_session=self._flag(where, given, "RequiresSession"),
            requires_duplicate_detection=self._flag(where, given, "RequiresDuplicateDetection"),
            duplicate_detection_window=defaults.duplicate_detection_window
            if window is None
            else window,
            default_time_to_live=self._duration(
                where, given, "DefaultMessageTimeToLive", (0.0, float("inf"))
            ),
            dead_letters_expired=self._flag(where, given, "DeadLetteringOnMessageExpiration"),
            forward_dead_letters_to=self._forward(where, given),
        )

    # ---- single values; each notes its problem and answers something harmless

    def _duration(
        self, where: str, given: dict[str, Any], key: str, limits: tuple[float, float]
    ) -> float | None:
        if key not in given:
            return None
        seconds = duration(given[key])
        if seconds is None:
            self.problems.append(
                f"{where}: {key} must be an ISO 8601 duration such as PT1M, not {given[key]!r}"
            )
        elif not max(limits[0], 0.001) <= seconds <= limits[1]:
            self.problems.append(
                f"{where}: {key} is {given[key]}, outside of what Service Bus allows"
            )
        return seconds

    def _count(self, where: str, given: dict[str, Any], key: str, highest: int) -> int:
        value = given.get(key, QueueProperties().max_delivery_count)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= highest:
            return value
        self.problems.append(
            f"{where}: {key} must be a whole number from 1 to {highest}, not {value!r}"
        )
        return 1

    def _forward(self, where: str, given: dict[str, Any]) -> str | None:
        value = given.get("ForwardDeadLetteredMessagesTo")
        if value in ("", None):
            return None
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self.problems.append(
            f"{where}: ForwardDeadLetteredMessagesTo must be the name of a queue, not {value!r}"
        )
        return None

    def _flag(self, where: str, given: dict[str, Any], key: str) -> bool:
        value = given.get(key, False)
        if not isinstance(value, bool):
            self.problems.append(f"{where}: {key} must be true or false, not {value!r}")
        return value is True

    def _name(self, where: str, item: Any) -> str:
        name = item.get("Name") if isinstance(item, dict) else None
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
        self.problems.append(f"{where}: needs a Name of letters, digits and ._/- , not {name!r}")
        return "?"

    def _map(self, parent: Any, key: str, where: str) -> dict[str, Any]:
        value = parent.get(key) if isinstance(parent, dict) else None
        if isinstance(value, dict):
            return value
        self.problems.append(f"{where} needs an object '{key}'")
        return {}

    def _items(self, parent: Any, key: str, where: str) -> Iterator[tuple[str, Any]]:
        items = parent.get(key, []) if isinstance(parent, dict) else []
        if not isinstance(items, list):
            self.problems.append(f"{where}: {key} must be a list")
            return
        for index, item in enumerate(items):
            yield f"{key}[{index}]", item

    def _check_unique(self, names: list[str], where: str) -> None:
        lower = [name.lower() for name in names]
        for name in sorted({name for name in lower if lower.count(name) > 1 and name != "?"}):
            self.problems.append(
                f"{where}: '{name}' is declared more than once (names ignore case)"
            )


_KNOWN = {
    "LockDuration",
    "MaxDeliveryCount",
    "RequiresSession",
    "RequiresDuplicateDetection",
    "DuplicateDetectionHistoryTimeWindow",
    "DefaultMessageTimeToLive",
    "DeadLetteringOnMessageExpiration",
    "ForwardDeadLetteredMessagesTo",
}


def duration(text: Any) -> float | None:
    """Seconds of an ISO 8601 duration in days, hours, minutes and seconds ('P14D', 'PT1M30S').

    None if it is none.
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or text.endswith(("P", "T")):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
