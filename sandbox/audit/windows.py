"""How long the change windows stay open from an instant on, in local time of the policy's zone.

The auditor's own reading of weekly windows; it deliberately shares nothing with the app's calendar.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.audit.rules import Window, Windows

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: no caller asks further than this: no redeploy is expected to last a week
_FOREVER = timedelta(days=8)


def open_until(windows: Windows, moment: datetime) -> datetime | None:
    """When the windows that are open at an instant close, touching ones counted as one.

    None while closed.

    At most about eight days ahead. UTC in and out.
    """
    if not windows.windows:
        return moment + _FOREVER
    end = moment
    while end < moment + _FOREVER:
        later = max(
            (close for start, close in _around(windows, end) if start <= end < close), default=end
        )
        if later == end:
            break
        end = later
    return end if end > moment else None


def _around(windows: Windows, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every opening and closing, in UTC, that can contain the instant.

    A window lasts a day at most.
    """
    zone = ZoneInfo(windows.time_zone)
    today = moment.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    for day in (today - timedelta(days=1), today):
        for window in windows.windows or ():
            if _DAYS[day.weekday()] in window.days:
                yield _bounds(window, day, zone)


def _bounds(window: Window, day: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    over_midnight = window.end <= window.start
    opens = datetime.combine(day, window.start)
    closes = datetime.combine(day, window.end) + timedelta(days=1 if over_midnight else 0)
    return opens.replace(tzinfo=zone).astimezone(UTC), closes.replace(tzinfo=zone).astimezone(UTC)
