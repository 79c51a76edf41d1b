"""A policy as its user writes it: JSON, read strictly, so that a misspelt rule is an error and never a silent default.

Sample::

    {"change_windows": {"time_zone": "Europe/Berlin",
                        "windows": [{"days": ["sat", "sun"], "start": "22:00:00", "end": "04:00:00"}]},
     "limits": {"slots": 2, "cool_down": "PT45M"},
     "pace": {"bake_time": "PT10M"}}
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import msgspec

from shared.domain.policy.change_windows import Weekday
from shared.domain.policy.policy import Policy

#: what the decoder says of a value, and what its writer should do
_HINTS = {
    "duration": "write durations like PT30M or PT1H30M",
    "encoded time": "write times like 22:00:00",
    "enum value": f"write days as {', '.join(Weekday)}",
}


def read_policy(text: str) -> Policy:
    """The policy that the text states; an empty text is the default policy. ValueError names the faults by their place.

    All misspelt rules at once; of values that cannot be read the first.
    """
    if not text.strip():
        return Policy()
    try:
        written = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise ValueError(f"not JSON: {fault}") from fault
    unknown = list(_unknown_keys(written, Policy, ""))
    if unknown:
        raise ValueError("; ".join(unknown))
    try:
        return msgspec.convert(written, Policy)
    except msgspec.ValidationError as fault:
        raise ValueError(_explained(str(fault))) from fault


def _explained(fault: str) -> str:
    """The fault with its place spelt as in all other messages, and a word on what would be right."""
    hints = [hint for word, hint in _HINTS.items() if word in fault]
    return "; ".join([fault.replace("`$.", "`"), *hints])


def _unknown_keys(written: object, kind: Any, path: str) -> Iterator[str]:
    """Keys that no rule has; msgspec ignores them in dataclasses."""
    if is_dataclass(kind) and isinstance(written, dict):
        hints = get_type_hints(kind)
        known = [each.name for each in fields(kind)]
        for key, value in written.items():
            if key in known:
                yield from _unknown_keys(value, hints[key], f"{path}{key}.")
            else:
                yield f"{path}{key} is no rule; known here: {', '.join(known)}"
    elif isinstance(written, list) and get_args(kind):
        for n, each in enumerate(written):
            yield from _unknown_keys(each, get_args(kind)[0], f"{path[:-1]}[{n}].")
