"""A window between two instants that somebody opens once, beside what a calendar opens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.interval import Interval, Purpose


@dataclass(frozen=True, slots=True)
class _OpenOf:
    """What another calendar opens, as a rule."""

    calendar: Calendar

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`. A calendar has a zone of its own."""
        del zone, purpose
        yield from self.calendar.openings(span.start, span.end)

    def ends(self, zone: ZoneInfo) -> datetime | None:  # noqa: ARG002 - as above
        """See `Rule`."""
        return None


@dataclass(frozen=True, slots=True)
class _Between:
    """From one instant to another."""

    whole: Interval

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`. Instants need no zone."""
        del zone, purpose
        if self.whole.overlaps(span):
            yield self.whole

    def ends(self, zone: ZoneInfo) -> datetime | None:  # noqa: ARG002 - as above
        """See `Rule`."""
        return self.whole.end


def opened(calendar: Calendar, start: datetime, end: datetime) -> Calendar:
    """The calendar with one more window. All its blackouts stay closed."""
    if _has_no_windows(calendar):
        return calendar
    window = _Between(Interval(start=start, end=end))
    return Calendar(
        windows=(_OpenOf(calendar), window),
        time_zone=calendar.time_zone,
        within=_blackouts_of(calendar),
    )


def _has_no_windows(calendar: Calendar) -> bool:
    """Whether only blackouts close it, so that no window could open more."""
    outer = calendar.within
    return calendar.windows is None and (outer is None or _has_no_windows(outer))


def _blackouts_of(calendar: Calendar) -> Calendar:
    """The calendar and those around it, without their windows."""
    return Calendar(
        blackouts=calendar.blackouts,
        time_zone=calendar.time_zone,
        within=None if calendar.within is None else _blackouts_of(calendar.within),
    )
