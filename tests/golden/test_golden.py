"""Rows and messages of each released version give the same values in this one."""

import dataclasses
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from shared.adapters.schemas import SCHEMAS
from shared.adapters.serialization import from_text, to_text
from shared.adapters.unknown_members import unknown_members, with_members
from shared.domain.job.states import State
from shared.domain.messages import (
    MESSAGE_SCHEMAS,
    JobStep,
    Notification,
    ScanRequest,
    decode,
    encode,
)
from tests.golden.files import (
    ENTITIES,
    IN_THE_MAKING,
    ROOT,
    WORDS,
    file_name,
    folder_of,
    is_released,
    releases,
    with_file,
)
from tests.golden.kinds import default_of, parts_of, words
from tests.golden.values import Golden, messages, stored_values

STORED = list(stored_values())
SENT = list(messages())
HINT = "Values of this form are stored already: give the field a default, or add an upcaster"


def in_releases(names: Sequence[str], ending: str) -> list[tuple[str, int]]:
    """Each release with the number of each value that it knows."""
    return [
        (release, number)
        for release in releases()
        for number, name in enumerate(names)
        if with_file(release, name + ending)
    ]


@pytest.mark.parametrize(
    ("release", "number"), in_releases([each.name for each in STORED], ".row.json")
)
def test_a_stored_value_of_every_release_is_read_as_the_same_value(
    release: str, number: int
) -> None:
    golden = STORED[number]
    text = (folder_of(release) / f"{golden.name}.row.json").read_text(encoding="utf-8")

    assert from_text(text, type(golden.value)) == golden.value, HINT


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("golden", SENT, ids=[each.name for each in SENT])
def test_a_message_of_every_release_is_read_as_the_same_message(
    release: str, golden: Golden
) -> None:
    body = (folder_of(release) / f"{golden.name}.message.json").read_bytes()
    kind = type(golden.value)
    assert kind in (JobStep, ScanRequest, Notification)

    assert decode(body, kind) == golden.value, HINT  # type: ignore[type-var]


@pytest.mark.parametrize("release", releases())
def test_every_file_of_a_release_is_read_by_a_test(release: str) -> None:
    """A value that is renamed here would drop out of the tests unnoticed."""
    known = {
        *(f"{each.name}.row.json" for each in STORED),
        *(f"{each.name}.message.json" for each in SENT),
        *map(file_name, (*SCHEMAS, *MESSAGE_SCHEMAS)),
        WORDS,
        ENTITIES,
    }
    assert {each.name for each in folder_of(release).iterdir()} <= known


@pytest.mark.parametrize(("release", "number"), in_releases(list(map(file_name, SCHEMAS)), ""))
def test_every_field_of_a_row_of_every_release_is_read(release: str, number: int) -> None:
    kind = list(SCHEMAS)[number]
    text = (folder_of(release) / file_name(kind)).read_text(encoding="utf-8")
    stored = json.loads(text)
    assert stored["schema"] == SCHEMAS[kind].version, "say what its upcaster makes of it"

    again = json.loads(to_text(from_text(text, kind)))

    assert with_members(again, unknown_members(stored, again)) == again, HINT


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("kind", MESSAGE_SCHEMAS, ids=[each.__name__ for each in MESSAGE_SCHEMAS])
def test_every_field_of_a_message_of_every_release_is_read(release: str, kind: Any) -> None:
    text = (folder_of(release) / file_name(kind)).read_text(encoding="utf-8")

    again = json.loads(encode(decode(text, kind)))

    assert with_members(again, unknown_members(json.loads(text), again)) == again, HINT


@pytest.mark.parametrize("kind", SCHEMAS, ids=[each.__name__ for each in SCHEMAS])
def test_the_release_in_the_making_has_a_row_with_every_field(kind: type) -> None:
    text = (folder_of(IN_THE_MAKING) / file_name(kind)).read_text(encoding="utf-8")
    parts = list(parts_of(from_text(text, kind)))
    left_out = [
        f"{type(part).__name__}.{field.name}"
        for part in parts
        for field in dataclasses.fields(part)
        if getattr(part, field.name) == default_of(field)
    ]

    assert left_out == [], "python -m tests.golden"


@pytest.mark.parametrize("release", releases())
def test_every_word_of_every_release_is_known(release: str) -> None:
    """A word that a release wrote may be in a row for years."""
    released = json.loads((folder_of(release) / WORDS).read_text(encoding="utf-8"))
    ours = words()

    for name, known in released.items():
        assert name in ours, f"{name} was renamed: add it to FORMER_NAMES of tests/golden/kinds.py"
        assert set(known) <= set(ours[name]), f"{name}: {HINT}"


def test_the_release_in_the_making_has_every_word() -> None:
    text = (folder_of(IN_THE_MAKING) / WORDS).read_text(encoding="utf-8")

    assert json.loads(text) == words(), "python -m tests.golden"


def test_every_kind_of_stored_value_and_every_state_has_a_golden_row() -> None:
    assert {type(each.value) for each in STORED} == set(SCHEMAS)
    assert {f"job-{state.value}" for state in State} <= {each.name for each in STORED}


def test_every_released_version_from_0_2_0_on_has_golden_rows() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, flags=re.MULTILINE)

    assert {each for each in released if not each.startswith("0.1.")} <= set(releases())
    assert IN_THE_MAKING in releases()
    assert set(releases()) <= {*released, IN_THE_MAKING}


def test_what_is_not_released_yet_is_the_only_one_that_may_be_written_anew() -> None:
    assert all(is_released(each) for each in releases() if each != IN_THE_MAKING)
