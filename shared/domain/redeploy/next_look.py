"""When to look again at a machine in flight: as soon as the look can show something new. Pure.

Each look costs a message, a read and a write. So the time between two looks grows with the time
that the operation, or the return of the machine, has taken so far::

    accepted ─ 3 min ─ look ─ 1 ─ look ─ 1.3 ─ look ─ 1.8 ─ ... ─ ended ─ look ─ bake time ─ look
"""

from datetime import datetime, timedelta

from shared.domain.policy.policy import Policy

#: the first look comes after this share of the longest duration: 3 of 30 minutes by default
_FIRST = 1 / 10
#: then after this share of the time so far, so that an end is seen at most this much later
_SHARE = 1 / 3
#: the smallest step of time, so that the next look comes later than this one
_LATER = timedelta(milliseconds=1)


def first_look(policy: Policy, now: datetime, asked: timedelta | None = None) -> datetime:
    """When to look at an operation that began now. `asked`: Azure's Retry-After."""
    return now + _bounded(
        max(policy.timing.expected_duration * _FIRST, _least(policy, asked)), policy
    )


def look_until(
    policy: Policy, since: datetime, now: datetime, end: datetime, asked: timedelta | None = None
) -> datetime:
    """When to look again at something that began at `since`, and has to be decided at `end`.

    `asked`: Azure's Retry-After.
    """
    wait = _bounded(max((now - since) * _SHARE, _least(policy, asked)), policy)
    return min(max(end, now + _LATER), now + wait)


def look_at_end(policy: Policy, end: datetime, now: datetime) -> datetime:
    """When to look at something that can change at `end` at the earliest."""
    return min(max(end, now + _LATER), now + _bounded(end - now, policy))


def _least(policy: Policy, asked: timedelta | None) -> timedelta:
    return max(policy.timing.poll_interval, asked or timedelta(0))


def _bounded(wait: timedelta, policy: Policy) -> timedelta:
    """At most a quarter of a lease, so that a look renews the leases at half of their life."""
    longest = max(policy.timing.lease_duration / 4, policy.timing.poll_interval)
    return max(min(wait, longest), _LATER)
