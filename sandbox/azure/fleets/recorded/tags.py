"""Tags of a resource, as any program prints them. A tag without a value is empty."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.azure.fleets.recorded.keys import without_halves
from sandbox.azure.fleets.recorded.responses import json_in


def tags_in(value: Any) -> dict[str, str] | None:
    """The tags; None where they are there and cannot be read.

    Reads an object, also as a text, and the list of pairs that some modules of PowerShell print.
    """
    value = json_in(value)
    if value in (None, "", []):
        return {}
    if isinstance(value, list):
        pairs = [_pair(each) for each in value]
        value = None if None in pairs else dict(each for each in pairs if each)
    if not isinstance(value, Mapping):
        return None
    return {without_halves(name): without_halves(_text(each)) for name, each in value.items()}


def _pair(entry: Any) -> tuple[str, Any] | None:
    """Samples: {"Key": "app", "Value": "crm"}, {"name": "app", "value": "crm"}."""
    if not isinstance(entry, Mapping):
        return None
    lower = {str(name).lower(): value for name, value in entry.items()}
    name = lower.get("key", lower.get("name"))
    return (name, lower.get("value")) if isinstance(name, str) else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
