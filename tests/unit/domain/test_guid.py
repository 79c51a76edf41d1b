"""What is a GUID, alone and in a longer text."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.guid import GUID, read_guid

ONE = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"


@given(st.uuids())
def test_every_guid_is_read_in_lower_case(value: uuid.UUID) -> None:
    assert read_guid(str(value).upper()) == str(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "production",
        ONE[:-1],
        ONE + "0",
        f" {ONE}",
        f"{ONE}\n",
        f"{{{ONE}}}",
        ONE.replace("-", ""),
        ONE.replace("0", "g"),
        ONE.replace("1", "\u0661"),
        f"/subscriptions/{ONE}",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a GUID such as"):
        read_guid(text)


def test_it_is_found_in_a_text_and_adds_no_group_of_its_own() -> None:
    assert re.findall(rf"/subscriptions/({GUID})", f"/subscriptions/{ONE}/resourceGroups/a") == [
        ONE
    ]
