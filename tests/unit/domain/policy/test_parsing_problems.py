"""What the author of a policy gets.

The sample of the docs works, and each fault comes with its place and what to do.
"""

import inspect
import re
import textwrap
from pathlib import Path

import pytest

from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.policy import parsing as policy_text
from shared.domain.policy.parsing import read_policy


def test_the_sample_of_the_docstring_can_be_read() -> None:
    _, sample = (inspect.getdoc(policy_text) or "").split("Sample::")
    policy = read_policy(textwrap.dedent(sample))
    assert policy.limits.slots == 2
    (window,) = policy.change_windows.windows or ()
    assert isinstance(window, WeeklyWindow)
    assert window.days == (Weekday.SAT, Weekday.SUN)


@pytest.mark.parametrize("page", ["docs/policy.md", "docs/health-checks.md"])
def test_the_policies_that_pages_show_can_be_read(page: str) -> None:
    text = (Path(__file__).resolve().parents[4] / page).read_text(encoding="utf-8")
    samples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)

    assert samples
    for each in samples:
        read_policy(each)


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ('{"timing": {"bake_time": "10"}}', "`timing.bake_time`", "PT30M"),
        ('{"timing": {"bake_time": 600}}', "`timing.bake_time`", "PT30M"),
        ('{"limits": {"cool_down": "P1M"}}', "`limits.cool_down`", "PT30M"),
        (
            (
                '{"change_windows": {"windows": [{"days": ["sat"], "start": "22", '
                '"end": "04:00:00"}]}}'
            ),
            "`change_windows.windows[0].start`",
            "such as 22:00",
        ),
        (
            (
                '{"change_windows": {"windows": [{"days": ["sa"], "start": "22:00:00", '
                '"end": "04:00:00"}]}}'
            ),
            "`change_windows.windows[0].days[0]`",
            "mon, tue, wed, thu, fri, sat, sun",
        ),
        (
            (
                '{"change_windows": {"windows": [{"days": [], "start": "22:00:00", '
                '"end": "04:00:00"}]}}'
            ),
            "`change_windows.windows[0]`",
            "at least one day",
        ),
        ('{"change_windows": {"time_zone": "Berlin"}}', "`change_windows`", "Europe/Berlin"),
        (
            (
                '{"change_windows": {"windows": [{"days": ["sat"], "start": "22:00:00", '
                '"end": "22:10:00"}]}}'
            ),
            "timing.expected_duration",
            "nothing could ever start",
        ),
        (
            '{"timing": {"lease_duration": "PT10S"}}',
            "timing.lease_duration",
            "longer than timing.poll_interval",
        ),
    ],
)
def test_a_value_that_cannot_be_read_is_told_with_its_place_and_what_to_write(
    text: str, place: str, advice: str
) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        read_policy(text)
    assert place in str(raised.value)
    assert advice in str(raised.value)


def test_every_rule_that_breaks_another_is_told_at_once() -> None:
    with pytest.raises(
        ValueError, match=r"timing\.grace_period must be positive.*limits\.slots must be at least 1"
    ):
        read_policy('{"timing": {"grace_period": "PT0S"}, "limits": {"slots": 0}}')


def test_a_text_that_is_nested_too_deeply_is_refused_like_any_other_that_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON"):
        read_policy("[" * 100_000)
