"""Public holidays of a country: their dates, read from the package `holidays`, as a rule.

The package takes seconds to import. So `public_holidays` is for the moment when a policy is checked
or published. Its result is plain dates that can be stored and shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from shared.domain.calendar.interval import EARLIEST, LATEST, Interval, Purpose
from shared.domain.calendar.local_clock import interval_between
from shared.domain.calendar.rules.rule import MIDNIGHT, days_around, on_day

_DAY = timedelta(days=1)
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """One day and its name, in the language of the country."""

    day: date
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayDates:
    """Whole local days. Between `first` and `last` every holiday is listed; other days are unknown.

    With `eves` the whole day before a holiday counts as well. A window on holidays is closed on
    unknown days, and a blackout closes them.
    """

    holidays: tuple[Holiday, ...]
    first: date
    last: date
    eves: bool = False

    @property
    def days(self) -> frozenset[date]:
        """The holidays of the known years, and their eves where they count."""
        eves = (each.day - _DAY for each in self.holidays) if self.eves else ()
        days = {each.day for each in self.holidays}.union(eves)
        return frozenset(each for each in days if self.first <= each <= self.last)

    def overlapping(self, span: Interval, zone: ZoneInfo, purpose: Purpose) -> Iterator[Interval]:
        """See `Rule`."""
        for day in self.days.intersection(days_around(span, zone)):
            yield from on_day(day, MIDNIGHT, MIDNIGHT, zone, purpose)
        if purpose is Purpose.CLOSES:
            known = interval_between(
                datetime.combine(self.first, MIDNIGHT),
                datetime.combine(self.last + _DAY, MIDNIGHT),
                zone,
                Purpose.OPENS,
            )
            yield Interval(start=EARLIEST, end=known.start)
            yield Interval(start=known.end, end=LATEST)

    def ends(self, zone: ZoneInfo) -> datetime | None:
        """See `Rule`."""
        end = datetime.combine(self.last + _DAY, MIDNIGHT)
        return interval_between(end, end, zone, Purpose.CLOSES).end


def public_holidays(
    country: str, subdivision: str | None, first_year: int, last_year: int, *, eves: bool = False
) -> HolidayDates:
    """The public holidays of a country, or of a part of it, from one year to another.

    `country` is an ISO 3166 code such as DE, `subdivision` a code such as BE. A holiday that is
    observed in the year before or after its own is included. ValueError if the package has no such
    country or subdivision, or not these years; it lists the valid ones.
    """
    import holidays  # noqa: PLC0415 - seconds that only a policy with holidays needs

    subdivisions = _subdivisions(country)
    if subdivision is not None and subdivision not in subdivisions:
        valid = ", ".join(subdivisions) or "none"
        raise ValueError(f"{country} has no subdivision {subdivision!r}: write one of {valid}")
    calendar = holidays.country_holidays(country, subdiv=subdivision)
    start, end = max(first_year, calendar.start_year), min(last_year, calendar.end_year)
    if start > end:
        raise ValueError(
            f"the holidays of {country} are known from {calendar.start_year} to {calendar.end_year}"
        )
    # The neighbours too: New Year's Day of 2028 is observed on 31 December 2027.
    for year in range(start - 1, end + 2):
        calendar.get(date(year, 1, 1))
    first, last = date(start, 1, 1), date(end, 12, 31)
    # An eve of 1 January is in the year before, so one more day is kept at the end.
    found = [
        Holiday(day=day, name=name)
        for day, name in sorted(calendar.items())
        if first <= day <= last + _DAY
    ]
    return HolidayDates(holidays=tuple(found), first=first, last=last, eves=eves)


def subdivisions_left_out(country: str, subdivision: str | None) -> tuple[str, ...]:
    """The parts of a country whose own holidays do not count, as none was named; ValueError."""
    return () if subdivision is not None else _subdivisions(country)


def _subdivisions(country: str) -> tuple[str, ...]:
    import holidays  # noqa: PLC0415 - as above

    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        near = get_close_matches(country.upper(), known, n=1, cutoff=0.5)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"no holidays are known for the country {country[:_SHOWN]!r}:"
            f" write its ISO 3166 code, such as DE.{meant}"
        )
    return tuple(known[country])
