"""The JSON Schema of policy files, made from the same tables and types that read them.

Editors complete keys and show mistakes with it. It allows more than the reader: only the reader
decides whether an owner's file narrows.
"""

from datetime import timedelta
from typing import Any, get_args

from shared.domain.calendar.weekday import Weekday
from shared.domain.policy.files.document import LEAVE_ALONE, VERSION
from shared.domain.policy.files.rules import NO_LIMIT, types
from shared.domain.policy.mode import Mode

_DURATION = {
    "type": "string",
    "pattern": r"^(?:(?:\d+[wdhms])+|P[\dWDTHMS.]+)$",
    "examples": ["30m", "1h30m", "2d", "PT30M"],
}
_TIME = {"type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$", "examples": ["22:00"]}
_LOCAL = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}(:\d{2})?$"}
_DATE = {"type": "string", "format": "date"}
_DAYS = "|".join(Weekday)
_WEEKLY = {"type": "string", "pattern": f"^({_DAYS})(-({_DAYS}))?$"}
_MONTHLY = {
    "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": 31},
        {"type": "string", "pattern": f"^(first|second|third|fourth|fifth|last) ({_DAYS})$"},
        {"const": "last day"},
    ]
}


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file, of the platform or of an owner."""
    rules = {
        "mode": {"enum": list(Mode)},
        "windows": {"type": "array", "minItems": 1, "items": {"oneOf": _windows()}},
        "blackouts": _blackouts(),
        "not_before": {"oneOf": [_DATE, _LOCAL]},
        **_sections(),
    }
    group = {
        "name": {"type": "string", "minLength": 1},
        "owner": {"type": "string"},
        "match": _match(),
        "do": {"enum": [LEAVE_ALONE]},
        "reason": {"type": "string"},
        "tiers": {"type": "array", "items": _tier()},
        **rules,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy file of Forestall",
        **_object(
            {
                "version": {"const": VERSION},
                "time_zone": {"type": "string", "examples": ["Europe/Berlin"]},
                "defaults": _object(rules),
                "blackouts": _blackouts(),
                "groups": {"type": "array", "items": _object(group, "name", "match")},
            },
            "version",
        ),
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return found | ({"required": list(required)} if required else {})


def _several(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "minItems": 1, "items": item}]}


def _windows(**also: Any) -> list[dict[str, Any]]:
    times = {"from": _TIME, "to": _TIME}
    after = {"after": {"type": "integer", "minimum": -28, "maximum": 28}}
    holidays = _object(
        {
            "country": {"type": "string", "examples": ["DE"]},
            "subdivision": {"type": "string", "examples": ["BE"]},
            "eve": {"type": "boolean"},
        },
        "country",
    )
    return [
        _object({"weekly": _several(_WEEKLY), **times, **also}, "weekly"),
        _object({"monthly": _several(_MONTHLY), **after, **times, **also}, "monthly"),
        _object({"once": _several(_DATE), **times, **also}, "once"),
        _object({"from": _LOCAL, "to": _LOCAL, **also}, "from", "to"),
        _object({"holidays": holidays, **also}, "holidays"),
    ]


def _blackouts() -> dict[str, Any]:
    name = {"type": "string"}
    return {"type": "array", "minItems": 1, "items": {"oneOf": _windows(name=name)}}


def _match() -> dict[str, Any]:
    pattern = _several({"type": ["string", "number", "boolean"]})
    return _object(
        {
            "tag": {"type": "object", "minProperties": 1, "additionalProperties": pattern},
            "resource_group": pattern,
            "subscription": pattern,
            "id": pattern,
        }
    ) | {"minProperties": 1}


def _tier() -> dict[str, Any]:
    name = {"type": "string", "minLength": 1}
    return _object({"name": name, "match": _match(), "soak": _DURATION}, "name", "match")


def _sections() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, hint in types():
        *path, name = key.split(".")
        inside = found
        for each in path:
            inside = inside.setdefault(each, _object({}) | {"minProperties": 1})["properties"]
        inside[name] = _value(hint)
    return found


def _value(hint: Any) -> dict[str, Any]:
    options = get_args(hint)
    if type(None) in options:
        (one,) = (each for each in options if each is not type(None))
        return {"oneOf": [_value(one), {"const": NO_LIMIT}]} if one is not str else _value(one)
    if getattr(hint, "__origin__", None) is tuple:
        item = options[0]
        return _several({"type": ["string", "number"]} if item is str else {"enum": list(item)})
    return _BY_TYPE[hint]


_BY_TYPE: dict[Any, dict[str, Any]] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    str: {"type": "string", "minLength": 1},
    timedelta: _DURATION,
}
