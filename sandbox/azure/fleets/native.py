"""Our own fleet format: decoded JSON to a checked Fleet, and a Fleet to text.

    {"name": "demo", "subscriptions": [{"id": "..."}],
     "machines": [{"id": "/subscriptions/...", ...}], ...}

The keys are those of `sandbox.azure.fleets.fleet`. It does not read what Azure prints
(`sandbox.azure.fleets.recorded`).
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, Orchestration, Outcome, Power
from sandbox.azure.fleets.times import When

REMEDY = "docs/sandbox/arm.md lists the keys; a working example is sandbox/azure/fleets/demo.json."


def read_native(content: Any) -> Fleet:
    """A checked fleet out of decoded JSON; FleetError names the place ($.machines[3].power).

    Null is the same as absent.
    """
    content = _without_nulls(content)
    try:
        fleet = msgspec.convert(content, Fleet, dec_hook=_decode)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        place = place.strip("`")
        raise FleetError(
            place=place,
            problem=_machine_at(content, place) + _with_choices(problem, place),
            remedy=REMEDY,
        ) from error
    return checked(fleet)


def _without_nulls(content: Any) -> Any:
    if isinstance(content, list):
        return [_without_nulls(each) for each in content]
    if not isinstance(content, dict):
        return content
    return {
        # a model is what Azure printed, and is shown as it was
        name: value if name == _MODEL else _without_nulls(value)
        for name, value in content.items()
        if value is not None
    }


_MODEL = "model"
_MACHINE = re.compile(r"\$\.machines\[(\d+)\]")
#: the choices of a field, by the last name of its place
_CHOICES: Mapping[str, type[Enum]] = {
    "mode": Orchestration,
    "outcomes": Outcome,
    "power": Power,
}


def _machine_at(content: Any, place: str) -> str:
    """The id of the machine in this place, for a message; empty elsewhere."""
    found = _MACHINE.match(place)
    entry = content["machines"][int(found[1])] if found else None
    text = entry.get("id") if isinstance(entry, dict) else None
    return f"{text[:200]}: " if isinstance(text, str) else ""


def _with_choices(problem: str, place: str) -> str:
    choices = _CHOICES.get(re.sub(r"\[.*", "", place.rpartition(".")[2]))
    if choices is None or "enum" not in problem:
        return problem
    return f"{problem}; known are {', '.join(str(each.value) for each in choices)}"


def write_native(fleet: Fleet) -> bytes:
    """The fleet as text; decoded, `read_native` makes the same value of it."""
    return msgspec.json.format(msgspec.json.encode(fleet, enc_hook=_encode), indent=1) + b"\n"


def _decode(wanted: type, value: Any) -> Any:
    if wanted is When and isinstance(value, str):
        return When.parse(value)
    message = f"Expected `{wanted.__name__}`, got `{type(value).__name__}`"
    raise ValueError(message)


def _encode(value: Any) -> Any:
    if isinstance(value, When):
        return str(value)
    raise NotImplementedError(type(value))  # what msgspec expects for a type it cannot encode
