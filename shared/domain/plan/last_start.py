"""The last possible start of a machine: it is its urgency, and what its deadline is judged by."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.policy.policy import Policy

#: the smallest step of a clock
_GRAIN = timedelta(microseconds=1)


def last_start(policy: Policy, now: datetime, closes: datetime) -> datetime | None:
    """The last instant in [now, closes) at which a redeploy may start and fits into a window.

    None if there is none. As for the gates, the end of the phase limits the start only. Rests on
    `next_opening` alone: that it never goes back as time passes, and that None covers at least the
    length of the phase.
    """
    return LastStarts(policy=policy, now=now).before(closes)


@dataclass(slots=True, kw_only=True)
class LastStarts:
    """The last starts under one policy, as seen from now.

    What was asked before is not worked out again.
    """

    policy: Policy
    now: datetime
    _next: dict[datetime, datetime | None] = field(default_factory=dict)
    _last: dict[datetime, datetime | None] = field(default_factory=dict)
    #: periods in which nothing may start: the last instant before each one that may, and the first
    #: one after it
    _gaps: list[tuple[datetime, datetime]] = field(default_factory=list)

    def _after(self, moment: datetime) -> datetime | None:
        if moment not in self._next:
            calendar, duration = self.policy.change_windows, self.policy.timing.expected_duration
            self._next[moment] = calendar.next_opening(moment, duration)
        return self._next[moment]

    def before(self, closes: datetime) -> datetime | None:
        """The last start before the end of a phase, as `last_start` has it."""
        if closes not in self._last:
            self._last[closes] = self._find(closes)
        return self._last[closes]

    def _find(self, closes: datetime) -> datetime | None:
        if not self._opens(self.now, closes):
            return None
        late = max(self.now, closes - _GRAIN)
        for before, after in self._gaps:
            if before < late < after:
                return before
        return late if self._after(late) == late else self._search(late, closes)

    def _opens(self, moment: datetime, closes: datetime) -> bool:
        """Whether something may start from an instant on and before the end."""
        opening = self._after(moment)
        return opening is not None and opening < closes

    def _search(self, late: datetime, closes: datetime) -> datetime:
        """Binary search: up to the last start, something opens before the end; after it, never."""
        low, high = self.now, late
        while high - low > _GRAIN:
            middle = low + (high - low) / 2
            if self._opens(middle, closes):
                low = self._after(middle) or middle
            else:
                high = middle
        low = self._after(low) or low
        self._gaps.append((low, self._after(late) or closes))
        return low
