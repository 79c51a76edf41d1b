"""Our own fleet format: decoded JSON to a checked Fleet, and a Fleet to text.

    {"name": "demo", "subscriptions": [{"id": "..."}],
     "machines": [{"id": "/subscriptions/...", ...}], ...}

The keys are those of `sandbox.azure.fleets.fleet`. It does not read what Azure prints
(`sandbox.azure.fleets.recorded`).
"""

from typing import Any

import msgspec

from sandbox.azure.fleets.check import checked
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.fleets.times import When

REMEDY = "docs/sandbox/arm.md lists the keys; a working example is sandbox/azure/fleets/demo.json."


def read_native(content: Any) -> Fleet:
    """A checked fleet out of decoded JSON; FleetError names the place ($.machines[3].power)."""
    try:
        fleet = msgspec.convert(content, Fleet, dec_hook=_decode)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at ")
        raise FleetError(place=place.strip("`"), problem=problem, remedy=REMEDY) from error
    return checked(fleet)


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
