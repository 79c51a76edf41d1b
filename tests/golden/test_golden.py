"""Rows and messages of each released version give the same values in this one."""

import re

import pytest

from shared.adapters.schemas import SCHEMAS
from shared.adapters.serialization import from_text
from shared.domain.job.states import State
from shared.domain.messages import JobStep, Notification, ScanRequest, decode
from tests.golden.files import IN_THE_MAKING, ROOT, folder_of, is_released, releases
from tests.golden.values import Golden, messages, stored_values

STORED = list(stored_values())
SENT = list(messages())
HINT = "Values of this form are stored already: give the field a default, or add an upcaster"


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("golden", STORED, ids=[each.name for each in STORED])
def test_a_stored_value_of_every_release_is_read_as_the_same_value(
    release: str, golden: Golden
) -> None:
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
