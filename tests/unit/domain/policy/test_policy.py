"""All contradictions of the policy are found when it is written."""

from datetime import time, timedelta
from typing import Any

import pytest

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.lock.semaphore import MAX_SLOTS
from shared.domain.policy.policy import Limits, Policy, Timing
from tests.unit.domain.samples import HOUR, MINUTE

ZERO = timedelta(0)
SHORT = Calendar(windows=(WeeklyWindow(days=(Weekday.SUN,), start=time(1), end=time(1, 20)),))


def test_the_default_policy_is_the_cautious_one() -> None:
    policy = Policy()

    assert (policy.limits.slots, policy.limits.cool_down) == (1, 30 * MINUTE)
    assert policy.timing.lease_duration > policy.timing.poll_interval


@pytest.mark.parametrize(
    ("timing", "problem"),
    [
        ({"expected_duration": ZERO}, "timing.expected_duration must be positive"),
        ({"poll_interval": ZERO}, "timing.poll_interval must be positive"),
        ({"recheck_interval": -MINUTE}, "timing.recheck_interval must be positive"),
        ({"grace_period": ZERO}, "timing.grace_period must be positive"),
        ({"lease_duration": ZERO}, "timing.lease_duration must be positive"),
        ({"operation_timeout": ZERO}, "timing.operation_timeout must be positive"),
        ({"bake_time": -MINUTE}, "timing.bake_time must not be negative"),
        (
            {"neighbour_views_kept": MINUTE},
            "timing.neighbour_views_kept must be between zero and 30 seconds",
        ),
        ({"deadline_warning": -MINUTE}, "timing.deadline_warning must not be negative"),
        (
            {"lease_duration": MINUTE, "poll_interval": MINUTE},
            "timing.lease_duration must be longer than timing.poll_interval",
        ),
        (
            {"bake_time": HOUR, "verify_timeout": HOUR},
            "timing.verify_timeout must be longer than timing.bake_time",
        ),
    ],
)
def test_timing_that_cannot_be_kept_is_refused(timing: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Policy(timing=Timing(**timing))


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"slots": 0}, "limits.slots must be at least 1"),
        ({"per_subscription": 0}, "limits.per_subscription must be at least 1"),
        ({"total": -1}, "limits.total must be at least 1"),
        ({"max_attempts": 0}, "limits.max_attempts must be at least 1"),
        ({"cool_down": -MINUTE}, "must not be negative"),
        ({"spacing": -MINUTE}, "must not be negative"),
    ],
)
def test_limits_that_admit_nobody_are_refused(limits: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Policy(limits=Limits(**limits))


@pytest.mark.parametrize("name", ["slots", "per_zone", "per_region", "per_subscription", "total"])
def test_a_limit_that_one_lock_cannot_store_is_refused(name: str) -> None:
    changes: dict[str, Any] = {name: MAX_SLOTS + 1}
    with pytest.raises(ValueError, match=rf"limits\.{name} is 1001, .*write 1000 or less"):
        Policy(limits=Limits(**changes))

    changes[name] = MAX_SLOTS
    Policy(limits=Limits(**changes))


def test_windows_in_which_nothing_could_ever_start_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"no change window is as long as timing\.expected_duration"
    ):
        Policy(change_windows=SHORT)

    Policy(change_windows=SHORT, timing=Timing(expected_duration=20 * MINUTE))


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"grace_period must.*; .*slots must.*; no change window"):
        Policy(change_windows=SHORT, timing=Timing(grace_period=ZERO), limits=Limits(slots=0))


def test_no_limit_of_a_kind_is_allowed() -> None:
    limits = Policy(limits=Limits(per_subscription=None, total=None)).limits

    assert (limits.per_subscription, limits.total) == (None, None)


def test_no_bake_time_and_no_cool_down_are_allowed() -> None:
    Policy(timing=Timing(bake_time=ZERO), limits=Limits(cool_down=ZERO, spacing=ZERO))
