"""The policy files of the scenes: production's rules with seconds for minutes."""

from datetime import datetime, timedelta

TIMING = """\
  timing:
    expected_duration: 20s
    neighbour_views_kept: 2s
    sweep_period: 0s
    poll_interval: 1s
    recheck_interval: 8s
    grace_period: 10s
    lease_duration: 20s
    operation_timeout: 60s
    verify_timeout: 20s
    bake_time: 3s
"""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def platform_file(cool_down: timedelta) -> str:
    """A platform file that is open at every hour: one slot, and this cool-down."""
    seconds = int(cool_down.total_seconds())
    return (
        "version: 1\ntime_zone: Europe/Berlin\ndefaults:\n"
        f"  limits: {{ slots: 1, cool_down: {seconds}s, max_attempts: 3 }}\n{TIMING}"
    )


def owner_file(group: str, now: datetime) -> str:
    """A file of the owner of machines tagged `app: GROUP`: a window in the night after next.

    The day after tomorrow is never open now, in any time zone.
    """
    day = _DAYS[(now + timedelta(days=2)).weekday()]
    return (
        "version: 1\ntime_zone: Europe/Berlin\ngroups:\n"
        f"  - name: {group}\n    owner: {group}-team@example.com\n"
        f"    match: {{ tag: {{ app: {group} }} }}\n"
        f"    windows: [{{ weekly: {day}, from: 01:00, to: 05:00 }}]\n"
    )
