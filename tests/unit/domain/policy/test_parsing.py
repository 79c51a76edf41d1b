"""A policy as its user writes it: what is meant is read, what is misspelt is an error and never a silent default."""

from datetime import time, timedelta

import pytest

from shared.domain.policy.change_windows import Calendar, Weekday, WeeklyWindow
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Limits, Pace, Policy

WRITTEN = """
{"change_windows": {"time_zone": "Europe/Berlin",
                    "windows": [{"days": ["sat", "sun"], "start": "22:00:00", "end": "04:00:00"}]},
 "limits": {"slots": 2, "cool_down": "PT45M", "in_all": null},
 "pace": {"bake_time": "PT10M"}}
"""


def test_what_is_written_counts_and_the_rest_has_its_default() -> None:
    nights = WeeklyWindow(days=(Weekday.SAT, Weekday.SUN), start=time(22), end=time(4))

    assert read_policy(WRITTEN) == Policy(
        change_windows=Calendar(windows=(nights,), time_zone="Europe/Berlin"),
        limits=Limits(slots=2, cool_down=timedelta(minutes=45), in_all=None),
        pace=Pace(bake_time=timedelta(minutes=10)),
    )


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_nothing_written_is_the_default(text: str) -> None:
    assert read_policy(text) == Policy()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '{"change_window": {}}',
            "change_window is no rule; known here: change_windows, pace, limits, canary, failures, tags",
        ),
        ('{"limits": {"slotz": 2}}', "limits.slotz is no rule; known here: slots, cool_down"),
        (
            '{"change_windows": {"windows": [{"dayz": ["sat"]}]}}',
            r"change_windows.windows\[0\].dayz is no rule",
        ),
        ('{"limits": {"slotz": 2}, "paces": {}}', "limits.slotz is no rule.*; paces is no rule"),
        ('{"change_windows": {"time_zone": "Europe/Belin"}}', "unknown time zone 'Europe/Belin'"),
        (
            '{"change_windows": {"windows": [{"days": ["sat"], "start": "22:00", "end": "04:00:00"}]}}',
            "start",
        ),
        (
            '{"change_windows": {"windows": [{"days": ["samstag"], "start": "22:00:00", "end": "04:00:00"}]}}',
            "samstag",
        ),
        ('{"limits": {"slots": "2"}}', r"Expected `int`.*limits\.slots"),
        ('{"limits": {"slots": 0}}', "limits.slots must be at least 1"),
        ('{"limits": null}', "Expected `object`"),
        ('{"pace": {"lease": 15}}', r"pace\.lease"),
        ("[]", "Expected `object`"),
        ("7", "Expected `object`"),
        ("{", "not JSON"),
        ('{"limits": {"slots": 2}', "not JSON"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_policy(text)
