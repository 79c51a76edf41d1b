"""The bindings of a function, decoded from the JSON that the runtime hands to a host.

Unsupported kinds are distinguished here and refused by `problems`; nothing is resolved or connected
here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

type RawBinding = Mapping[str, Any]

TRIGGERS = ("httpTrigger", "timerTrigger", "serviceBusTrigger")
OUTPUTS = ("http", "serviceBus")


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One indexed function: its name, the runtime's id for it, and its raw bindings."""

    name: str
    id: str
    bindings: tuple[RawBinding, ...]
    has_retry_policy: bool = False

    @property
    def trigger(self) -> RawBinding:
        """The binding that starts the function; the runtime guarantees exactly one."""
        return next(b for b in self.bindings if str(b["type"]).endswith("Trigger"))

    @property
    def outputs(self) -> tuple[RawBinding, ...]:
        """The bindings that carry values out.

        `$return` among them where the function returns one.
        """
        return tuple(b for b in self.bindings if b["direction"] == "OUT")


def problems(function: Function) -> list[str]:
    """Why this host cannot run the function; empty when it can."""
    found = [
        f"{function.name}: a binding of type {b['type']} is not supported by this stand-in; "
        f"it knows {', '.join(TRIGGERS)} and the outputs {', '.join(OUTPUTS)}"
        for b in function.bindings
        if b["type"] not in (OUTPUTS if b["direction"] == "OUT" else TRIGGERS)
    ]
    return found + _queue_problems(function)


def _queue_problems(function: Function) -> list[str]:
    trigger = function.trigger
    found: list[str] = []
    if trigger["type"] != "serviceBusTrigger":
        return found
    if str(trigger.get("cardinality", "ONE")).upper() == "MANY":
        found.append(
            f"{function.name}: cardinality MANY is not supported by this "
            "stand-in; use cardinality ONE"
        )
    if trigger.get("isSessionsEnabled"):
        found.append(f"{function.name}: sessions are not supported by this stand-in")
    if "queueName" not in trigger:
        found.append(
            f"{function.name}: topic triggers are not supported by this stand-in; use a queue"
        )
    return found
