"""When a redeploy is allowed: windows open, blackouts close, and blackouts beat windows.

Never used for Azure's own phases.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import (
    EARLIEST,
    LATEST,
    Interval,
    Purpose,
    clipped,
    joined,
    within_bounds,
    without,
)
from shared.domain.calendar.open_intervals import OpenIntervals
from shared.domain.calendar.rules.rule import Rule
from shared.domain.calendar.zones.names import zone

#: how far ahead an opening is looked for. The rarest rule that repeats is 29 February: every four
#: years, and eight from 2096 on
HORIZON = timedelta(days=3653)
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """An interval in which nothing is allowed, even in a window. Messages show `name`."""

    rule: Rule
    name: str = "blackout"


@dataclass(frozen=True, kw_only=True)  # without slots, for the cache
class Calendar:
    """The union of windows less the union of blackouts.

    Without windows (None) every other moment is allowed; an empty list of windows allows none.
    Local times are those of `time_zone`, an IANA or a Windows name, also on days when clocks change
    (`local_clock`). Instants go in with any offset and come out in UTC. What was worked out is
    cached, within bounds (`open_intervals`).
    """

    windows: tuple[Rule, ...] | None = None
    blackouts: tuple[Blackout, ...] = ()
    time_zone: str = "UTC"
    #: nothing is open where this calendar is closed
    within: "Calendar | None" = None

    def __post_init__(self) -> None:
        zone(self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the local times."""
        return zone(self.time_zone)

    @cached_property
    def _open(self) -> OpenIntervals:
        return OpenIntervals(self._open_in)

    @property
    def is_always_open(self) -> bool:
        """Whether there is no rule at all."""
        return self.windows is None and not self.blackouts and self.within is None

    def contains(self, moment: datetime) -> bool:
        """Whether a redeploy may start at this instant, its length aside."""
        return self.fits(moment, _NOTHING)

    def fits(self, moment: datetime, duration: timedelta) -> bool:
        """Whether work of this length that starts now ends before the calendar closes."""
        if self.is_always_open:
            return True
        now = within_bounds(moment)
        for each in self._open.after(now, duration, now):
            return each.start <= now and now + duration <= each.end
        return False

    def next_opening(self, moment: datetime, duration: timedelta = _NOTHING) -> datetime | None:
        """The first instant from `moment` on at which work of this length fits.

        None if there is none within ten years (HORIZON). A search works out at most the pages up to
        there, and the next search none. A later `moment` never gets an earlier answer.
        """
        now = within_bounds(moment)
        if self.is_always_open:
            return now
        for each in self._open.after(now, duration, self._last_look(now)):
            start = max(each.start, now)
            if start + duration <= each.end:
                return start
        return None

    def openings(self, first: datetime, last: datetime) -> Iterator[Interval]:
        """The open intervals between two instants, in order.

        Those that reach beyond are cut off there. Any span may be asked.
        """
        span = Interval(start=within_bounds(first), end=within_bounds(last))
        if span.end <= span.start:
            return
        if self.is_always_open:
            yield span
            return
        # An interval as long as the span reaches its end, so nothing after it is needed.
        yield from clipped(self._open.after(span.start, span.length, span.end), span)

    def why_closed(self, moment: datetime) -> str | None:
        """What closes the calendar at an instant, in words; None while it is open."""
        now = within_bounds(moment)
        if self.contains(now):
            return None
        instant = Interval(start=now, end=now + timedelta.resolution)
        names = [
            each.name
            for each in self.blackouts
            if any(
                one.overlaps(instant)
                for one in each.rule.overlapping(instant, self.zone, Purpose.CLOSES)
            )
        ]
        if names:
            return f"in the blackout {', '.join(names)}"
        why = self.within and self.within.why_closed(now)
        return why or "outside the change windows"

    def _open_in(self, span: Interval) -> list[Interval]:
        opens = (
            [span]
            if self.windows is None
            else joined(clipped(self._intervals(self.windows, span, Purpose.OPENS), span))
        )
        closes = joined(
            self._intervals([each.rule for each in self.blackouts], span, Purpose.CLOSES)
        )
        if self.within is not None:
            outside = without([span], list(self.within.openings(span.start, span.end)))
            closes = joined([*closes, *outside])
        return list(without(opens, closes))

    def _intervals(
        self, rules: tuple[Rule, ...] | list[Rule], span: Interval, purpose: Purpose
    ) -> Iterator[Interval]:
        for rule in rules:
            yield from rule.overlapping(span, self.zone, purpose)

    def _last_look(self, now: datetime) -> datetime:
        """Where a search may stop: at the horizon, or where the last window ends."""
        horizon = min(LATEST, now + HORIZON) if now < LATEST - HORIZON else LATEST
        if self.windows is None:
            return horizon
        ends = [each.ends(self.zone) for each in self.windows]
        known = [each for each in ends if each is not None]
        return min(horizon, max(known, default=EARLIEST)) if len(known) == len(ends) else horizon
