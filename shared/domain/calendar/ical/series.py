"""All events of one UID.

A first one, what its rule, RDATE and EXDATE make of it, and the occurrences that were changed.

Occurrences are identified by their instant, in any zone, and by their day where the file names
days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.domain.calendar.ical.event import CalendarEvent, EventStatus
from shared.domain.calendar.ical.limits import NotReadable
from shared.domain.calendar.ical.occurrence import Length, closes, length_of, opens
from shared.domain.calendar.ical.recurrence import Work
from shared.domain.calendar.interval import Interval
from shared.domain.calendar.local_clock import by_old_offset

#: a clock is never further from UTC than this, so that a local time bounds an instant
_A_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Intervals:
    """What a file opens as windows and closes as blackouts, and remarks for its owner."""

    opens: list[Interval] = field(default_factory=list)
    closes: list[Interval] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Occurrence:
    """One occurrence of a series, before changes."""

    local: datetime
    length: Length
    by_rule: bool
    #: whether every reading of the series has it
    certain: bool = True


def expand(events: Sequence[CalendarEvent], span: Interval, work: Work, into: Intervals) -> None:
    """Add what the events of one UID open and close in a span, and maybe before and after it.

    NotReadable.

    The work is bounded by `work`, and that of a rule by the length of the span.
    """
    masters = sorted((each for each in events if each.replaces is None), key=_age)
    changes = sorted((each for each in events if each.replaces is not None), key=_age)
    for older in masters[:-1]:
        # Which of two is meant is not certain: both close, and only the newer one opens.
        if older.status is not EventStatus.CANCELLED:
            into.remarks.append(f"{older.name!r} is there twice under one UID")
            _Series(
                master=older, changes=(), span=span, work=work, into=into, certain=False
            ).expand()
    if masters:
        _Series(master=masters[-1], changes=changes, span=span, work=work, into=into).expand()
    else:
        for each in changes:
            _orphan(each, into)


def _age(event: CalendarEvent) -> tuple[int, str]:
    return event.sequence, event.stamp


def _orphan(change: CalendarEvent, into: Intervals) -> None:
    """A changed occurrence of nothing known. It closes, opens nothing, and adds a remark."""
    if change.status is EventStatus.CANCELLED:
        return
    into.remarks.append(
        f"{change.name!r} changes an occurrence that the file does not have:"
        " it closes and opens nothing"
    )
    closed = closes(change.start.local, change.start.zone, length_of(change.start, change.end))
    into.closes += [closed] if closed else []


@dataclass(slots=True, kw_only=True)
class _Series:
    master: CalendarEvent
    changes: Sequence[CalendarEvent]
    span: Interval
    work: Work
    into: Intervals
    certain: bool = True

    @property
    def _zone(self) -> ZoneInfo:
        return self.master.start.zone

    def expand(self) -> None:
        if self.master.status is EventStatus.CANCELLED:
            return
        length = length_of(self.master.start, self.master.end)
        if length.is_nothing:
            self.into.remarks.append(
                f"{self.master.name!r} has no length: it opens and closes nothing"
            )
        occurrences = self._occurrences(length)
        changed = self._changes_by_key(occurrences)
        later = sorted(
            (each for each in self.changes if each.and_later_ones and each.replaces is not None),
            key=lambda each: each.replaces.instant if each.replaces else self.span.start,
        )
        for key, each in occurrences.items():
            one = changed.get(key)
            if one is None:
                one = next(
                    (
                        far
                        for far in reversed(later)
                        if far.replaces and far.replaces.instant <= key
                    ),
                    None,
                )
            self._add(each, one)

    def _add(self, each: _Occurrence, change: CalendarEvent | None) -> None:
        """One occurrence as it is, or as a change makes it."""
        if change is None:
            self._interval(each.local, self._zone, each.length, self.master.status, each)
        elif change.and_later_ones and change.replaces is not None:
            moved = change.start.local_in(self._zone) - change.replaces.local_in(self._zone)
            length = length_of(change.start, change.end)
            self._interval(each.local + moved, self._zone, length, change.status, each)
        else:
            length = length_of(change.start, change.end)
            written = _Occurrence(
                local=change.start.local, length=length, by_rule=False, certain=each.certain
            )
            self._interval(change.start.local, change.start.zone, length, change.status, written)

    def _interval(
        self,
        local: datetime,
        zone: ZoneInfo,
        length: Length,
        status: EventStatus,
        each: _Occurrence,
    ) -> None:
        if status is EventStatus.CANCELLED:
            return
        closed = closes(local, zone, length)
        if closed:
            self.into.closes.append(closed)
        if status is EventStatus.CONFIRMED and each.certain and self.certain:
            opened = opens(local, zone, length, by_rule=each.by_rule)
            if opened:
                self.into.opens.append(opened)

    def _occurrences(self, length: Length) -> dict[datetime, _Occurrence]:
        """By instant: the start, what the rule names, and what was added.

        Without what was excluded.
        """
        since, last = self._bounds(length)
        start = self.master.start.local
        found: dict[datetime, _Occurrence] = {}
        named = self._named_by_rules(since, last)
        synchronised = not self.master.rules or any(
            rule.names(start, start, self._zone) for rule in self.master.rules
        )
        for local, certain in named:
            found[by_old_offset(local, self._zone)] = _Occurrence(
                local=local,
                length=length,
                by_rule=local != start,
                certain=certain or local == start,
            )
        first = _Occurrence(local=start, length=length, by_rule=False, certain=synchronised)
        found.setdefault(self.master.start.instant, first)
        if not synchronised:
            self.into.remarks.append(
                f"{self.master.name!r} starts on a day that its rule does not name:"
                " that day opens nothing"
            )
        for moment, end in self.master.also:
            its = length if end is None else length_of(moment, end)
            local = moment.local_in(self._zone)
            self.work.take_occurrence()
            found.setdefault(moment.instant, _Occurrence(local=local, length=its, by_rule=False))
        self._exclude(found, since, last)
        return found

    def _bounds(self, length: Length) -> tuple[datetime, datetime]:
        """Local times between which occurrences matter.

        They reach into the span, or a change moved them from there.
        """
        lasts = (
            length.real
            if length.nominal is None
            else length.nominal.days * _A_DAY + length.nominal.rest
        )
        since = self.span.start - lasts - 2 * _A_DAY
        earliest = min(
            (each.replaces.instant for each in self.changes if each.replaces), default=since
        )
        return (
            min(since, earliest - _A_DAY).replace(tzinfo=None),
            (self.span.end + _A_DAY).replace(tzinfo=None),
        )

    def _named_by_rules(self, since: datetime, last: datetime) -> Iterator[tuple[datetime, bool]]:
        if len(self.master.rules) > 1:
            raise NotReadable(
                "it has more than one RRULE, and RFC 5545 does not say what that means"
            )
        start = self.master.start.local
        for rule in self.master.rules:
            times = list(rule.times(start, since, last, self._zone, self.work))
            # Where the start is none of the rule's days, COUNT may count it or not: the last
            # occurrence is uncertain.
            spare = rule.count is not None and not rule.names(start, start, self._zone)
            whole = (
                spare
                and len(list(rule.times(start, start, last, self._zone, self.work))) == rule.count
            )
            yield from ((each, not (whole and n == len(times) - 1)) for n, each in enumerate(times))

    def _exclude(self, found: dict[datetime, _Occurrence], since: datetime, last: datetime) -> None:
        is_day = self.master.start.is_day
        days = {
            each.local_in(self._zone).date()
            for each in self.master.excluded
            if is_day or each.is_day
        }
        instants = {each.instant for each in self.master.excluded if not each.is_day}
        for rule in self.master.excluding_rules:
            times = rule.times(self.master.start.local, since, last, self._zone, self.work)
            instants |= {by_old_offset(each, self._zone) for each in times}
        for key, each in list(found.items()):
            if key in instants or (is_day and each.local.date() in days):
                del found[key]
            elif each.local.date() in days:
                # A day that is excluded from events at a time: some programs take it, RFC 5545 does
                # not know it.
                found[key] = replace(each, certain=False)

    def _changes_by_key(
        self, occurrences: dict[datetime, _Occurrence]
    ) -> dict[datetime, CalendarEvent]:
        by_day: dict[date, datetime] = {each.local.date(): key for key, each in occurrences.items()}
        found: dict[datetime, CalendarEvent] = {}
        for change in self.changes:
            if change.replaces is None:
                continue
            key = change.replaces.instant
            if change.replaces.is_day or self.master.start.is_day:
                key = by_day.get(change.replaces.local_in(self._zone).date(), key)
            if key in occurrences:
                found[key] = change
            elif not change.and_later_ones:
                _orphan(change, self.into)
        return found
