"""Starts the app under debugpy, so that an editor can attach to it on 127.0.0.1.

The port is that of Azure Functions Core Tools, so one setting of an editor serves both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sandbox.demo.ports import HOST

PORT = 9091
#: how long the app and the run may be stopped at a breakpoint, in seconds
START_TIMEOUT = 4 * 3600.0


class When(StrEnum):
    """When the app starts its work."""

    AT_ONCE = "attach"
    AFTER_ATTACH = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugging:
    """What the user asked for."""

    when: When
    port: int

    @property
    def waits(self) -> bool:
        """Whether the app does nothing before a debugger has attached."""
        return self.when is When.AFTER_ATTACH

    @property
    def interpreter_options(self) -> tuple[str, ...]:
        """Options of Python, to be written before `-m MODULE`."""
        wait = ("--wait-for-client",) if self.waits else ()
        # In frozen modules of the standard library no breakpoint works, and debugpy warns.
        listen = ("-m", "debugpy", "--listen", f"{HOST}:{self.port}")
        return ("-X", "frozen_modules=off", *listen, *wait)

    @property
    def settings(self) -> Mapping[str, str]:
        """A time limit that does not end the app at a breakpoint."""
        return {"AzureFunctionsJobHost__functionTimeout": "04:00:00"}

    def __str__(self) -> str:
        """A line for the user."""
        if self.waits:
            return (
                f"The app waits until a debugger attaches to {HOST}:{self.port} "
                "(docs/debugging.md)."
            )
        return f"A debugger can attach to the app on {HOST}:{self.port} (docs/debugging.md)."
