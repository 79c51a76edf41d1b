"""Hours in which a target is not disturbed. Pure.

"22:00-07:00" in Europe/Berlin ends on the next day. The local clock counts, also on the days on
which it changes.
"""

from dataclasses import dataclass
from datetime import datetime, time

from shared.domain.calendar.zones.names import zone as zone_of
from shared.domain.policy.values import read_end_time, read_time

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` to before `end`, by the clocks of `zone`."""

    start: time
    end: time
    zone: str

    @classmethod
    def parse(cls, text: str, zone: str) -> "QuietHours":
        """Hours such as 22:00-07:00; a ValueError says what is wrong with them."""
        try:
            first, _, last = text.partition("-")
            start, end = read_time(first), read_end_time(last)
        except ValueError:
            start = end = time(0)
        if start == end:
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
            raise ValueError(f"{shown!r} are no hours. Write a start and an end: 22:00-07:00.")
        return cls(start=start, end=end, zone=zone)

    def include(self, now: datetime) -> bool:
        """Whether an instant is in the quiet hours."""
        local = now.astimezone(zone_of(self.zone)).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end
