"""The policy of a rehearsal.

The rules of production with seconds for minutes, and a change window around the run.

The window is written in a time zone with an odd offset and without clock changes, so that reading
it is put to the test and the demo works on every day of the year. It invents no rule that a user
could not write.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = "Asia/Kolkata"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EARLIER = timedelta(minutes=1)

TIMING = {
    "expected_duration": "PT5S",
    "neighbour_views_kept": "PT2S",
    "sweep_period": "PT0S",
    "poll_interval": "PT0.5S",
    "recheck_interval": "PT4S",
    "grace_period": "PT10S",
    "lease_duration": "PT20S",
    "operation_timeout": "PT60S",
    "verify_timeout": "PT20S",
    "bake_time": "PT0.5S",
}
#: an app that is killed between noting an attempt and making it has used it up: one more than in
#: production
LIMITS = {"slots": 2, "cool_down": "PT1S", "max_attempts": 3}


def rehearsal_policy(now: datetime, open_for: timedelta) -> dict[str, Any]:
    """A policy whose one window opened a minute ago and closes `open_for` from now.

    At most a day in total.
    """
    opens = (now.astimezone(UTC) - _EARLIER).astimezone(ZoneInfo(ZONE))
    closes = opens + min(_EARLIER + open_for, timedelta(days=1))
    window = {
        "days": [_DAYS[opens.weekday()]],
        "start": f"{opens:%H:%M:%S}",
        "end": f"{closes:%H:%M:%S}",
    }
    return {
        "change_windows": {"time_zone": ZONE, "windows": [window]},
        "timing": TIMING,
        "limits": LIMITS,
    }
