"""The auditor's reading of a policy against the app's own: same defaults, same text."""

from datetime import time, timedelta

import msgspec
import pytest

from sandbox.audit.rules import PolicyError, Rules, read_rules
from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.policy.policy import Limits, Policy


def test_the_auditor_has_the_apps_defaults() -> None:
    assert read_rules(msgspec.json.encode(Policy())) == Rules() == read_rules("{}")


def test_a_policy_that_the_app_wrote_is_read_as_it_was_meant() -> None:
    window = WeeklyWindow(days=(Weekday.SAT, Weekday.SUN), start=time(22, 30), end=time(4))
    policy = Policy(
        change_windows=Calendar(windows=(window,), time_zone="Europe/Berlin"),
        limits=Limits(slots=3, cool_down=timedelta(seconds=1.5), total=7),
    )

    rules = read_rules(msgspec.json.encode(policy))

    (read,) = rules.change_windows.windows or ()
    assert (read.days, read.start, read.end) == (("sat", "sun"), time(22, 30), time(4))
    assert rules.change_windows.time_zone == "Europe/Berlin"
    assert (rules.limits.slots, rules.limits.cool_down, rules.limits.total) == (
        3,
        timedelta(seconds=1.5),
        7,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"limits": {"slots": 1}, "limits": {"slots": 9}}', "the key 'limits' is there twice"),
        ('{"limits": {"slots": 1, "slots": 9}}', "the key 'slots' is there twice"),
        ('{"limits": {"slots": "x"}}', "Expected `int`"),
        ('{"change_windows": {"time_zone": "Berlin"}}', "unknown time zone 'Berlin'"),
        ("{", "not a policy"),
        ('{"a":' * 9999, "not a policy"),
        ("", "not a policy"),
    ],
)
def test_what_is_no_policy_is_told(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        read_rules(text)
