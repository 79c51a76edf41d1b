"""Hours in which a target is not disturbed. Pure.

"22:00-07:00" in Europe/Berlin ends on the next day. The local clock counts, also on the days on
which it changes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time

from shared.domain.calendar.zones.names import zone as zone_of

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` to before `end`, by the clocks of `zone`."""

    start: time
    end: time
    zone: str

    @classmethod
    def parse(cls, text: str, zone: str) -> "QuietHours":
        """Hours such as 22:00-07:00; a ValueError says what is wrong with them."""
        match = _HOURS.fullmatch(text)
        if match is None or match[1] + match[2] == match[3] + match[4]:
            raise ValueError(f"{text!r} are no hours. Write a start and an end: 22:00-07:00.")
        return cls(
            start=time(int(match[1]), int(match[2])),
            end=time(int(match[3]), int(match[4])),
            zone=zone,
        )

    def include(self, now: datetime) -> bool:
        """Whether an instant is in the quiet hours."""
        local = now.astimezone(zone_of(self.zone)).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end
