"""Rows and their entities."""

import string

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.tables.rows import Key, Row, entity_of, hashed, row_of

KEY = Key(partition="p", row="r")


@given(st.text(max_size=200), st.integers(min_value=1, max_value=400))
def test_a_row_comes_back_from_its_entity(text: str, times: int) -> None:
    row = Row(key=KEY, text=text * times, columns={"state": "planned", "due": ""})

    stored = row_of(entity_of(row, "mark"), "etag")

    assert (stored.row, stored.etag, stored.write) == (row, "etag", "mark")


@given(st.sampled_from(["x", "ä", "🙂"]), st.integers(min_value=0, max_value=100_000))
def test_no_property_is_larger_than_azure_takes(sign: str, count: int) -> None:
    entity = entity_of(Row(key=KEY, text=sign * count), "mark")

    assert max(len(text.encode("utf-16-le")) for text in entity.values()) <= 64 * 1024


@given(st.text())
def test_a_key_of_any_text_has_only_characters_that_azure_takes(text: str) -> None:
    assert set(hashed(text)) <= set(string.hexdigits)
    assert len(hashed(text)) == 32
