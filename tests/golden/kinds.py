"""The dataclasses and enumerations that stored values and messages are made of."""

import dataclasses
import typing
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAliasType

from shared.adapters.schemas import SCHEMAS
from shared.domain.messages import MESSAGE_SCHEMAS


def kinds_in_use() -> set[type]:
    """Every dataclass and enumeration in a stored value or a message, at any depth."""
    found: set[type] = set()
    for kind in (*SCHEMAS, *MESSAGE_SCHEMAS):
        _add(kind, found)
    return found


#: enumerations that were renamed -> the name under which golden files have their words
FORMER_NAMES = {
    "shared.domain.outbox.calendar_feed.FeedStatus": "shared.domain.outbox.calendar_feed.Status",
    "shared.domain.outbox.events.OutboxEvent": "shared.domain.outbox.events.Event",
}


def words() -> dict[str, list[str]]:
    """The words of each enumeration, as rows and messages have them, by its first name."""
    return {
        _first_name(each): sorted(str(member.value) for member in each)
        for each in sorted(kinds_in_use(), key=lambda kind: (kind.__module__, kind.__qualname__))
        if issubclass(each, Enum)
    }


def _first_name(kind: type) -> str:
    name = f"{kind.__module__}.{kind.__qualname__}"
    return FORMER_NAMES.get(name, name)


def parts_of(value: object) -> Iterator[Any]:
    """Every dataclass in a value, itself first."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield value
        for each in dataclasses.fields(value):
            yield from parts_of(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield from (part for each in value.values() for part in parts_of(each))
    elif isinstance(value, Collection) and not isinstance(value, (str, bytes)):
        yield from (part for each in value for part in parts_of(each))


def default_of(field: "dataclasses.Field[Any]") -> object:
    """The default of a field; `dataclasses.MISSING` if it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _add(hint: object, found: set[type]) -> None:
    if isinstance(hint, TypeAliasType):
        _add(hint.__value__, found)
    elif isinstance(hint, typing.NewType):
        _add(hint.__supertype__, found)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        found.add(hint)
    elif isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint not in found:
        found.add(hint)
        for each in typing.get_type_hints(hint).values():
            _add(each, found)
    arguments: Sequence[object] = typing.get_args(hint)
    for each in arguments:
        _add(each, found)
