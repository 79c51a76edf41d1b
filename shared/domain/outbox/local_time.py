"""Instants and durations as people read them. Pure."""

from datetime import datetime, timedelta

from shared.domain.calendar.zones.names import zone as zone_of


def local_time(moment: datetime, zone: str) -> str:
    """An instant with the name of its zone: `Sun 6 Dec 01:00 Europe/Berlin`."""
    local = moment.astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M} {zone}"


def duration(span: timedelta) -> str:
    """Two units at most: `5 days 3 h`, `4 min 10 s`."""
    seconds = max(0, round(span.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = (
        (days, "day" if days == 1 else "days"),
        (hours, "h"),
        (minutes, "min"),
        (left, "s"),
    )
    first = next((n for n, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(shown) or "0 s"
