"""Instants: every moment in the domain is an aware datetime in UTC. Asks no clock.

`now` is always an argument.
"""

from datetime import UTC, datetime


def require_aware(**instants: datetime | None) -> None:
    """Raise ValueError if a moment has no time zone.

    A naive one means another instant on another machine.
    """
    for name, moment in instants.items():
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{name} has no time zone: {moment.isoformat()}")


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC; ValueError if it has no time zone."""
    require_aware(moment=moment)
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    """The instant as RFC 3339 in UTC to the second, for ids, logs and the command line."""
    return in_utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
