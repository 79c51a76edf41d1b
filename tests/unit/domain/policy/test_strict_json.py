"""A key that is there twice is an error at any depth: other readers would keep one of the two."""

from pathlib import Path

import pytest

from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import PolicyProblems
from shared.domain.policy.strict_json import read_json_and_problems, read_strict_json

CASE = Path(__file__).parents[3] / "data" / "cases" / "196-policy-key-twice.json"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        ('{"a": [{"b": 1}, {"b": 1, "b": 2}]}', "b"),
        ('{"a": 1, "\\u0061": 2}', "a"),
        ('{"": 1, "": 2}', ""),
    ],
)
def test_a_key_that_is_there_twice_is_named(text: str, key: str) -> None:
    with pytest.raises(ValueError, match=f"^the key '{key}' is there twice"):
        read_strict_json(text)


@pytest.mark.parametrize(
    "text", ['{"a": {"a": {"a": 1}}}', '[{"a": 1}, {"a": 1}]', '{"a": 1, "A": 2}', "1"]
)
def test_the_same_key_in_two_objects_is_no_fault(text: str) -> None:
    assert read_strict_json(text) is not None


def test_a_policy_with_a_key_twice_is_refused_and_other_problems_are_named_too() -> None:
    with pytest.raises(PolicyProblems) as found:
        read_policy('{"limits": {"slots": "x"}, "limits": {"slots": "y"}}')

    assert len(found.value.problems) == 2
    assert found.value.problems[1].startswith("the key 'limits' is there twice")


def test_every_key_that_is_there_twice_is_named_with_its_place() -> None:
    _, found = read_json_and_problems(
        '{"a": {"x": 1, "x": 2}, "b": [{}, {"y": 1, "y": 2, "z": 1, "z": 2}], "a2": 1, "a2": 2}'
    )

    assert [each.partition(". ")[0] for each in found] == [
        "the key 'x' is there twice in `a`",
        "the key 'y' is there twice in `b[1]`",
        "the key 'z' is there twice in `b[1]`",
        "the key 'a2' is there twice",
    ]


def test_a_key_twice_in_a_value_that_is_lost_itself_is_named_too() -> None:
    _, found = read_json_and_problems('{"a": {"x": 1, "x": 2}, "a": 1}')

    assert [each.partition(". ")[0] for each in found] == [
        "the key 'x' is there twice",
        "the key 'a' is there twice",
    ]


@pytest.mark.parametrize("text", ['{"a": ' + "9" * 5000 + "}", '{"a":' * 9999, "{}}", "", "\x00"])
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(ValueError, match=r"it is|Exceeds"):
        read_json_and_problems(text)


def test_the_reported_policy_is_refused() -> None:
    with pytest.raises(PolicyProblems, match="is there twice"):
        read_policy(CASE.read_text(encoding="utf-8"))
