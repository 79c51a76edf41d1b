"""What happened in the simulated world, in order.

Told to the monitor, counted, and kept as text where a trace is wanted.

It is written by the world, never by the app: the app's own view is in its tables, which no code
here reads.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from tests.simulation.trace_format import TraceFormatter


class SimulationLog:
    """Counts always; keeps lines only if told to, as most seeds are never read by anyone."""

    def __init__(self, now: Callable[[], datetime], *, keeps_lines: bool) -> None:
        self._now = now
        self._lines: list[str] | None = [] if keeps_lines else None
        self._formatter = TraceFormatter()
        self.faults: Counter[str] = Counter()
        self.disturbances: Counter[str] = Counter()
        self.events = 0

    @property
    def lines(self) -> list[str]:
        """The trace so far; empty unless it is kept."""
        return self._lines or []

    def event(self, who: str, what: str, *details: object) -> None:
        """One event."""
        self.events += 1
        if self._lines is not None:
            said = " ".join(self._formatter.format(each) for each in details)
            self._lines.append(
                f"{self._now():%d %H:%M:%S.%f}"[:-3] + f"  {who:<8} {what} {said}".rstrip()
            )

    def fault(self, who: str, kind: str, *details: object) -> None:
        """One fault that was injected."""
        self.faults[kind] += 1
        self.event(who, f"! {kind}", *details)

    def disturbance(self, who: str, kind: str, *details: object) -> None:
        """Something that owners, others, operators or Azure itself did."""
        self.disturbances[kind] += 1
        self.event(who, f"* {kind}", *details)
