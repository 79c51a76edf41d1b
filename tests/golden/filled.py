"""A value of each kind in which no field has its default, so that a lost field shows."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeAliasType, Union

from shared.domain.machine.machine import SubscriptionId
from tests.golden.kinds import default_of

#: fields with a form of their own
_TEXTS = {
    "url": "https://web-0.example.com/health",
    "machine": "/subscriptions/1/resourcegroups/shop/providers/microsoft.compute"
    "/virtualmachines/web-0",
    "job": "1~9d3a",
    "id": "1~9d3a",
    "operation": "https://management.azure.com/subscriptions/1/operations/2",
}


def filled[T](kind: type[T], at: datetime) -> T:
    """A value of a dataclass with something in every field. `at`: where its instants begin."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    values = {
        each.name: _something(
            hints[each.name], each.name, at + timedelta(minutes=number), default_of(each)
        )
        for number, each in enumerate(fields, start=1)
    }
    return kind(**values)


def _something(hint: Any, name: str, at: datetime, default: object) -> Any:
    if isinstance(hint, TypeAliasType):
        return _something(hint.__value__, name, at, default)
    if isinstance(hint, typing.NewType):
        text = hint is SubscriptionId
        return "1" if text else _something(hint.__supertype__, name, at, default)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        given = [each for each in arguments if each is not type(None)]
        return _something(given[0], name, at, default)
    if origin is tuple:
        return (_something(arguments[0], name, at, None),)
    if origin is not None and issubclass(origin, Mapping):
        key, value = (_something(each, name, at, None) for each in arguments)
        return {key: value}
    return _plain(hint, name, at, default)


def _plain(hint: Any, name: str, at: datetime, default: object) -> Any:
    if dataclasses.is_dataclass(hint):
        return filled(hint, at)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        return next(each for each in reversed(hint) if each is not default)
    if hint is datetime:
        return at
    if hint is timedelta:
        return timedelta(seconds=7)
    if hint is bool:
        return default is not True
    if hint in (int, float):
        return hint(7)
    if hint is str:
        return _TEXTS.get(name, f"a {name} 🙂")
    raise TypeError(f"nothing is known for {name}: {hint}")
