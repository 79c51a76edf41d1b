"""The policy of a campaign.

Production's rules and production's order of lengths, with seconds for minutes.

    stop of a process  <  grace        in Azure the platform ends a worker at functionTimeout,
                                       5 min; grace is 15 min
    lease  <  stop of a process        so that a stopped worker wakes up after its lease is over
    lease  <  slow redeploy            so that a lease nobody renews is over while its machine is
                                       still moving

The change windows open and close all the time, so that the auditor's rule about them is put to the
test.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

#: seconds that a redeploy takes, and that one of a slow machine takes: longer than a lease with its
#: margin for clocks
QUICK, SLOW = (0.4, 1.2), (15.0, 18.0)

#: seconds that a process is stopped: longer than a lease, and at the upper end than the margin for
#: clocks as well
SHORTEST_STOP, LONGEST_STOP = 7.0, 15.0

TIMING = {
    "expected_duration": "PT19S",
    "neighbour_views_kept": "PT2S",
    "sweep_period": "PT0S",
    "poll_interval": "PT0.4S",
    "recheck_interval": "PT5S",
    "grace_period": "PT20S",
    "lease_duration": "PT6S",
    "operation_timeout": "PT2M",
    "verify_timeout": "PT30S",
    "bake_time": "PT0.3S",
}
LIMITS = {"slots": 2, "cool_down": "PT0.5S", "per_subscription": 4, "total": 8, "max_attempts": 2}

_PERIOD, _OPEN = timedelta(seconds=60), timedelta(seconds=54)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def campaign_policy(now: datetime, duration: timedelta) -> dict[str, Any]:
    """A policy with a window of 54 seconds in every minute from now on.

    `duration` at most a day.
    """
    opens = [now.astimezone(UTC) + n * _PERIOD for n in range(int(duration / _PERIOD) + 1)]
    windows = [
        {"days": [_DAYS[at.weekday()]], "start": f"{at:%H:%M:%S}", "end": f"{at + _OPEN:%H:%M:%S}"}
        for at in opens
    ]
    return {
        "change_windows": {"time_zone": "Etc/UTC", "windows": windows},
        "timing": dict(TIMING),
        "limits": dict(LIMITS),
    }
