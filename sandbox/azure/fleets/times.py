"""Times as a fleet file writes them: lengths of time, instants, and either of the two.

    "PT35M"                  a length (ISO 8601)
    "2026-12-01T08:00:00Z"   an instant (RFC 3339, with an offset)

It does not know the time: the program that plays the fleet says when it starts.
"""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec


class When:
    """A length of time after some start, or an instant that does not move with it."""

    __slots__ = ("value",)

    def __init__(self, value: timedelta | datetime) -> None:
        """Refuses an instant without a time zone and a negative length (ValueError)."""
        if isinstance(value, datetime) and value.tzinfo is None:
            message = f"{value.isoformat()} has no time zone: add Z or an offset"
            raise ValueError(message)
        if isinstance(value, timedelta) and value < timedelta(0):
            message = "a length of time cannot be negative"
            raise ValueError(message)
        self.value = value

    @classmethod
    def parse(cls, text: str) -> "When":
        """Read "PT5S" or "2026-12-01T08:00:00Z".

        Anything else is a ValueError that shows both forms.
        """
        try:
            if text.lstrip("+-").upper().startswith("P"):
                return cls(msgspec.convert(text, timedelta))
            return cls(msgspec.convert(text, datetime))
        except msgspec.ValidationError as error:
            message = (
                f'{text!r} is neither a length like "PT35M" nor an instant like '
                '"2026-12-01T08:00:00Z"'
            )
            raise ValueError(message) from error

    def after(self, start: datetime) -> datetime:
        """The instant meant when counting starts at `start`; UTC."""
        instant = start + self.value if isinstance(self.value, timedelta) else self.value
        return instant.astimezone(UTC)

    def __str__(self) -> str:
        """As a fleet file writes it; `When.parse` reads it back."""
        return (
            written(self.value)
            if isinstance(self.value, timedelta)
            else str(msgspec.to_builtins(self.value))
        )

    def __repr__(self) -> str:
        return f"When({self!s})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, When) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


def written(length: timedelta) -> str:
    """A length as people write it: PT35M rather than PT2100S."""
    minutes, seconds = divmod(length - timedelta(days=length.days), timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    rest = f"{seconds.total_seconds():.6f}".rstrip("0").rstrip(".")
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    clock = "".join(f"{count}{unit}" for count, unit in parts if str(count) != "0")
    days = f"{length.days}D" if length.days else ""
    return f"P{days}{'T' + clock if clock else ''}" if days or clock else "PT0S"


class Range(msgspec.Struct, frozen=True, array_like=True):
    """The shortest and the longest length of time something takes.

    Written as ["PT0.8S", "PT2S"].
    """

    shortest: timedelta
    longest: timedelta

    def __post_init__(self) -> None:
        """Refuses a range that runs backwards (ValueError)."""
        if not timedelta(0) <= self.shortest <= self.longest:
            message = (
                "a range is [shortest, longest], both not negative; "
                f"got {self.shortest}, {self.longest}"
            )
            raise ValueError(message)

    def draw(self, rng: Random) -> timedelta:
        """One length out of the range, evenly distributed."""
        return self.shortest + (self.longest - self.shortest) * rng.random()


def range_of(shortest: float, longest: float) -> Range:
    """A range in seconds."""
    return Range(timedelta(seconds=shortest), timedelta(seconds=longest))
