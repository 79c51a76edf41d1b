"""YAML 1.2: what is a text, what is a value, and what is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy.files.node import Items, Mapping, Problems, Scalar
from shared.domain.policy.files.yaml_text import MOST_BYTES, read_yaml


def read(text: str) -> tuple[object, list[str]]:
    problems = Problems()
    return read_yaml(text, "f.yaml", problems), [str(each) for each in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:00", "22:00"),  # 1320 for readers of YAML 1.1
        ("off", "off"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("2026-12-23", "2026-12-23"),
        ("08", 8),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("~", None),
        ("", None),
        ('"true"', "true"),
        ("'22'", "22"),
        ("1.2.3", "1.2.3"),
        ("9" * 40, "9" * 40),
    ],
)
def test_a_plain_value_is_what_yaml_1_2_says(text: str, value: object) -> None:
    node, problems = read(f"key: {text}")

    assert problems == []
    assert isinstance(node, Mapping)
    found = node.get("key")
    assert isinstance(found, Scalar)
    expected = float(value) if isinstance(value, str) and value == "9" * 40 else value
    assert (found.value, type(found.value)) == (expected, type(expected))


def test_values_know_their_line_and_column() -> None:
    node, _ = read("a:\n  - b: 1\n    c: [x, y]\n")

    assert isinstance(node, Mapping)
    items = node.get("a")
    assert isinstance(items, Items)
    (item,) = items.items
    assert isinstance(item, Mapping)
    inner = item.get("c")
    assert str(inner.place if inner else None) == "f.yaml:3:8"
    assert isinstance(inner, Items)
    assert str(inner.items[1].place) == "f.yaml:3:12"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "f.yaml:2:1: `a` is there twice, first in line 1"),
        ('{"a": {"b": 1, "b": 2}}', "f.yaml:1:16: `b` is there twice"),
        # C72: an anchor and a merge make a file say more than a reader sees
        ("base: &b { slots: 1 }", "f.yaml:1:7: `&b` is an anchor"),
        ("a: &b 1\nc: *b", "f.yaml:2:4: `*b` is an alias"),
        ("l: { <<: { a: 1 } }", "f.yaml:1:6: `<<` is not read"),
        ("a: !!python/object:os.system x", "is a tag, and tags are not read"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: starts a second document"),
        ("a: [1, 2", "f.yaml:1:9: is not YAML"),
        ("\ta: 1", "f.yaml:1:1: is not YAML"),
        ("a: b: c", "f.yaml:1:5: is not YAML"),
        ("a: \x00", "is not YAML"),
        ("[" * 2000, "is nested more than 20 deep"),
        ("{ [a]: 1 }", "is a key that is no text"),
        ("x" * (MOST_BYTES + 1), "is larger than 1,048,576 bytes"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_place(text: str, said: str) -> None:
    _, problems = read(text)

    assert any(said in each for each in problems), problems


def test_c72_every_merge_and_every_anchor_is_told_in_one_round() -> None:
    _, problems = read("b: &b {x: 1}\nc: &c {y: 2}\nlimits: {<<: *b, <<: *c, slots: 1, slots: 2}\n")

    assert len([each for each in problems if "anchor" in each]) == 2
    assert len([each for each in problems if "`<<`" in each]) == 2
    assert any("`slots` is there twice" in each for each in problems)


@given(text=st.text(alphabet="ab:-[]{}&*!|>\"'#,\n ?~0", max_size=40))
def test_any_text_is_a_value_or_problems_and_never_an_error(text: str) -> None:
    node, problems = read(text)

    assert node is not None or problems or not text.strip() or "#" in text or text.strip()
