"""What happened in the simulated world, in order: told to the judge, counted, and kept as text where a trace is wanted.

It is written by the world, never by the app: what the app believes stands in its tables, which nobody here reads.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from tests.simulation.words import Words


class Log:
    """Counts always; keeps lines only if told to, as most seeds are never read by anyone."""

    def __init__(self, now: Callable[[], datetime], *, keeps_lines: bool) -> None:
        self._now = now
        self._lines: list[str] | None = [] if keeps_lines else None
        self._words = Words()
        self.faults: Counter[str] = Counter()
        self.deeds: Counter[str] = Counter()
        self.events = 0

    @property
    def lines(self) -> list[str]:
        """The trace so far; empty unless it is kept."""
        return self._lines or []

    def say(self, who: str, what: str, *particulars: object) -> None:
        """One event."""
        self.events += 1
        if self._lines is not None:
            said = " ".join(self._words.of(each) for each in particulars)
            self._lines.append(f"{self._now():%d %H:%M:%S.%f}"[:-3] + f"  {who:<8} {what} {said}".rstrip())

    def fault(self, who: str, kind: str, *particulars: object) -> None:
        """One fault that was injected."""
        self.faults[kind] += 1
        self.say(who, f"! {kind}", *particulars)

    def deed(self, who: str, kind: str, *particulars: object) -> None:
        """Something that owners, colleagues, operators or Azure itself did."""
        self.deeds[kind] += 1
        self.say(who, f"* {kind}", *particulars)
