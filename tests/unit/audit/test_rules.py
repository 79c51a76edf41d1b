"""The auditor's reading of a policy against the app's own: same defaults, same text."""

from datetime import time, timedelta

import msgspec

from sandbox.audit.rules import Rules, read_rules
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
