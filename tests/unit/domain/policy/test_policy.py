"""The policy's own contradictions are found when it is written, all at once."""

from datetime import time, timedelta
from typing import Any

import pytest

from shared.domain.policy.change_windows import Calendar, Weekday, WeeklyWindow
from shared.domain.policy.policy import Limits, Pace, Policy
from tests.unit.domain.samples import HOUR, MINUTE

ZERO = timedelta(0)
SHORT = Calendar(windows=(WeeklyWindow(days=(Weekday.SUN,), start=time(1), end=time(1, 20)),))


def test_the_default_policy_is_the_cautious_one() -> None:
    policy = Policy()

    assert (policy.limits.slots, policy.limits.cool_down) == (1, 30 * MINUTE)
    assert policy.pace.lease > policy.pace.poll_every


@pytest.mark.parametrize(
    ("pace", "problem"),
    [
        ({"expected_duration": ZERO}, "pace.expected_duration must be positive"),
        ({"poll_every": ZERO}, "pace.poll_every must be positive"),
        ({"recheck_every": -MINUTE}, "pace.recheck_every must be positive"),
        ({"grace": ZERO}, "pace.grace must be positive"),
        ({"lease": ZERO}, "pace.lease must be positive"),
        ({"operation_timeout": ZERO}, "pace.operation_timeout must be positive"),
        ({"bake_time": -MINUTE}, "pace.bake_time must not be negative"),
        ({"deadline_warning": -MINUTE}, "pace.deadline_warning must not be negative"),
        ({"lease": MINUTE, "poll_every": MINUTE}, "pace.lease must be longer than pace.poll_every"),
        (
            {"bake_time": HOUR, "verify_timeout": HOUR},
            "pace.verify_timeout must be longer than pace.bake_time",
        ),
    ],
)
def test_a_pace_that_cannot_be_kept_is_refused(pace: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Policy(pace=Pace(**pace))


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"slots": 0}, "limits.slots must be at least 1"),
        ({"per_subscription": 0}, "limits.per_subscription must be at least 1"),
        ({"in_all": -1}, "limits.in_all must be at least 1"),
        ({"attempts": 0}, "limits.attempts must be at least 1"),
        ({"cool_down": -MINUTE}, "must not be negative"),
        ({"spacing": -MINUTE}, "must not be negative"),
    ],
)
def test_limits_that_admit_nobody_are_refused(limits: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Policy(limits=Limits(**limits))


def test_windows_in_which_nothing_could_ever_start_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no change window is as long as pace\.expected_duration"):
        Policy(change_windows=SHORT)

    Policy(change_windows=SHORT, pace=Pace(expected_duration=20 * MINUTE))


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"grace must.*; .*slots must.*; no change window"):
        Policy(change_windows=SHORT, pace=Pace(grace=ZERO), limits=Limits(slots=0))


def test_no_limit_of_a_kind_is_allowed() -> None:
    limits = Policy(limits=Limits(per_subscription=None, in_all=None)).limits

    assert (limits.per_subscription, limits.in_all) == (None, None)


def test_no_bake_time_and_no_cool_down_are_allowed() -> None:
    Policy(pace=Pace(bake_time=ZERO), limits=Limits(cool_down=ZERO, spacing=ZERO))
