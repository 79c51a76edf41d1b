"""A policy as its user writes it.

What is meant is read, what is misspelt is an error and never a silent default.
"""

import json
from dataclasses import fields
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.weekly import WeeklyWindow
from shared.domain.calendar.weekday import Weekday
from shared.domain.machine.kinds.kinds import Kind
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Limits, Policy, PolicyProblems, Timing

WRITTEN = """
{"change_windows": {"time_zone": "Europe/Berlin",
                    "windows": [{"days": ["sat", "sun"], "start": "22:00:00", "end": "04:00:00"}]},
 "limits": {"slots": 2, "cool_down": "PT45M", "total": null},
 "timing": {"bake_time": "PT10M"}}
"""


def test_what_is_written_counts_and_the_rest_has_its_default() -> None:
    nights = WeeklyWindow(days=(Weekday.SAT, Weekday.SUN), start=time(22), end=time(4))

    assert read_policy(WRITTEN) == Policy(
        change_windows=Calendar(windows=(nights,), time_zone="Europe/Berlin"),
        limits=Limits(slots=2, cool_down=timedelta(minutes=45), total=None),
        timing=Timing(bake_time=timedelta(minutes=10)),
    )


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_nothing_written_is_the_default(text: str) -> None:
    assert read_policy(text) == Policy()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"change_window": {}}', "`change_window` is not a rule. Did you mean `change_windows`?"),
        (
            '{"blackouts": {}}',
            (
                "`blackouts` is not a rule. Rules here: change_windows, timing, limits, canary, "
                "error_budgets, tags, kinds, health_check, retention."
            ),
        ),
        ('{"limits": {"slotz": 2}}', "`limits.slotz` is not a rule. Did you mean `limits.slots`?"),
        ('{"": 1}', "`` is not a rule. Rules here: change_windows"),
        (
            (
                '{"change_windows": {"windows": [{"dayz": [], "days": ["sat"], '
                '"start": "22:00:00", "end": "04:00:00"}]}}'
            ),
            (
                "`change_windows.windows[0].dayz` is not a rule. "
                "Did you mean `change_windows.windows[0].days`?"
            ),
        ),
        (
            '{"change_windows": {"windows": [{"days": ["sat"], "start": "22:00:00"}]}}',
            "`change_windows.windows[0]` lacks `end`.",
        ),
        ('{"change_windows": {"time_zone": "Europe/Belin"}}', "unknown time zone 'Europe/Belin'"),
        (
            (
                '{"change_windows": {"windows": [{"days": ["sat"], "start": "24:00", '
                '"end": "04:00:00"}]}}'
            ),
            '`change_windows.windows[0].start` is "24:00". Write a time from 00:00 to 23:59',
        ),
        (
            (
                '{"change_windows": {"windows": [{"days": ["samstag"], "start": "22:00:00", '
                '"end": "04:00:00"}]}}'
            ),
            (
                '`change_windows.windows[0].days[0]` is "samstag". Write one of mon, tue, '
                "wed, thu, fri, sat, sun."
            ),
        ),
        (
            '{"change_windows": {"windows": {}}}',
            "`change_windows.windows` is {}. Write a list in square brackets or null.",
        ),
        ('{"limits": {"slots": "2"}}', '`limits.slots` is "2". Write a whole number.'),
        (
            '{"limits": {"per_zone": true}}',
            "`limits.per_zone` is true. Write a whole number or null.",
        ),
        ('{"limits": {"slots": 0}}', "limits.slots must be at least 1"),
        ('{"limits": null}', "`limits` is null. Write an object in braces."),
        (
            '{"timing": {"lease_duration": 15}}',
            "`timing.lease_duration` is 15. Write a duration such as PT30M or PT1H30M.",
        ),
        (
            '{"error_budgets": {"group": {"percent": "5%"}}}',
            '`error_budgets.group.percent` is "5%". Write a number or null.',
        ),
        (
            '{"health_check": {"expected_statuses": [204, "200-299"]}}',
            "`health_check.expected_statuses[0]` is 204. Write a text in quotes.",
        ),
        (
            '{"kinds": {"allow": ["spot", "spott"]}}',
            f'`kinds.allow[1]` is "spott". Write one of {", ".join(Kind)}.',
        ),
        ('{"kinds": {"tag_may_allow": "none"}}', "Write a list in square brackets."),
        ("[]", "the policy is []. Write an object in braces."),
        ("7", "the policy is 7. Write an object in braces."),
        ("null", "the policy is null. Write an object in braces."),
        ("{", "not JSON: Input data was truncated."),
        ('{"limits": {"slots": 2}', "not JSON"),
        ("limits:\n  slots: 2", 'Write an object such as {"limits": {"slots": 2}}.'),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(PolicyProblems) as raised:
        read_policy(text)
    (problem,) = raised.value.problems
    assert fault in problem


def test_all_problems_are_told_at_once_each_with_its_place() -> None:
    text = """
    {"limits": {"slots": "2", "slotz": 1, "spacing": "10"}, "timing": null, "paces": {},
     "change_windows": {"time_zone": "Europe/Berlin",
                        "windows": [{"days": ["sa"], "start": "22:00:00", "end": "x"}, 7,
                                    {"days": []}]}}
    """
    with pytest.raises(PolicyProblems) as raised:
        read_policy(text)
    assert [each.split("`")[1] for each in raised.value.problems] == [
        "limits.slots",
        "limits.slotz",
        "limits.spacing",
        "timing",
        "paces",
        "change_windows.windows[0].days[0]",
        "change_windows.windows[0].end",
        "change_windows.windows[1]",
        "change_windows.windows[2]",
        "change_windows.windows[2]",
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["limits", "slots", "windows", "days", "timing", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([each.name for each in fields(Policy)]), _JSON, max_size=3))
def test_any_json_is_a_policy_or_has_problems(written: dict[str, object]) -> None:
    try:
        policy: Policy | None = read_policy(json.dumps(written))
    except PolicyProblems as fault:
        policy, problems = None, fault.problems
    assert policy is not None or problems


@pytest.mark.parametrize("depth", [500, 5_000, 100_000])
def test_a_value_nested_without_end_is_a_problem_and_not_shown_in_full(depth: int) -> None:
    with pytest.raises(PolicyProblems) as raised:
        read_policy(f'{{"limits": {{"slots": {"[" * depth}{"]" * depth}}}}}')
    assert len(str(raised.value)) < 250
