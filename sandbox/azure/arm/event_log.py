"""The event log: what truly happened, one JSON object a line, written by the simulator alone.

Every line goes out in one write, so a reader, however it ends, only ever sees whole lines. It does
not judge anything; its keys are a public contract (docs/sandbox/arm.md).
"""

import os
from collections import deque
from pathlib import Path

import msgspec

from sandbox.azure.arm.world.world import Event

REMEMBERED = 200_000  # lines kept for GET /sim/events; the file has them all


class EventLog:
    """Appends to a file, if one is named, and keeps the latest events, numbered from 1."""

    def __init__(self, file: Path | None = None) -> None:
        """Replaces an old file: a log is the history of one run.

        OSError if it cannot be written.
        """
        self._file = (
            None
            if file is None
            else os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        )
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self.count = 0

    def write(self, event: Event) -> None:
        """Append one event."""
        self.count += 1
        self._events.append(event)
        if self._file is not None:
            os.write(self._file, msgspec.json.encode(event) + b"\n")

    def after(self, number: int) -> list[Event]:
        """The events behind the `number`-th; older ones than are kept are missing."""
        first = self.count - len(self._events)
        return list(self._events)[max(0, number - first) :]

    def close(self) -> None:
        """Nothing is written to the file any more; closing twice is allowed."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
