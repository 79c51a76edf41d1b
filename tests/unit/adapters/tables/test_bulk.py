"""The text of transactions and filters, and what responses say. Azurite tries the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.tables.bulk.transaction_text import TransactionRefused, merge_text, refusal_in
from shared.adapters.tables.filter_text import filter_text

#: as Azurite 3.35 and Azure answer, shortened
WRITTEN = (
    b"--changesetresponse_1\r\nContent-Type: application/http\r\n\r\n"
    b"HTTP/1.1 204 No Content\r\n\r\n"
)
REFUSED = (
    b"--changesetresponse_1\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n"
    b'{"odata.error":{"code":"1:InvalidInput","message":{"value":"1:One input is not valid."}}}'
)


def test_a_transaction_names_each_row_and_its_values() -> None:
    entities = [{"PartitionKey": "p", "RowKey": f"m{number}", "value": "é"} for number in range(2)]

    body, kind = merge_text("https://a.table.core.windows.net", "Inventory", entities, "x")

    assert kind == "multipart/mixed; boundary=batch_x"
    for number in range(2):
        line = (
            f"PATCH https://a.table.core.windows.net/Inventory(PartitionKey='p',RowKey='m{number}')"
        )
        assert line.encode() in body
    assert body.count('"value":"é"'.encode()) == 2
    assert body.endswith(b"--changeset_x--\r\n--batch_x--\r\n")


def test_a_key_with_a_quote_ends_nothing() -> None:
    body, _ = merge_text("http://h", "T", [{"PartitionKey": "o'p", "RowKey": "r/1"}], "x")

    assert b"T(PartitionKey='o%27%27p',RowKey='r%2F1')" in body


def test_a_response_says_that_all_is_written_or_which_fault_there_was() -> None:
    assert refusal_in(WRITTEN * 3, 3) is None
    assert refusal_in(REFUSED, 3) == TransactionRefused(status=400, code="InvalidInput")
    assert refusal_in(b"HTTP/1.1 500 Oops\r\n\r\n<html>", 3) == TransactionRefused(
        status=500, code=""
    )


@pytest.mark.parametrize("body", [b"", b"<html>", WRITTEN * 2])
def test_a_response_with_another_number_of_parts_is_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="parts for 3 rows"):
        refusal_in(body, 3)


def test_a_filter_has_its_parameters_as_quoted_text() -> None:
    query = "PartitionKey eq @partition and RowKey gt @after and RowKey lt @afterwards"
    values = {"partition": "o'p", "after": "@partition", "afterwards": "n"}

    text = filter_text(query, values)

    assert text == "PartitionKey eq 'o''p' and RowKey gt '@partition' and RowKey lt 'n'"


@given(st.text())
def test_no_value_ends_its_quotes(value: str) -> None:
    text = filter_text("RowKey eq @key", {"key": value})

    inner = text.removeprefix("RowKey eq '").removesuffix("'")
    assert inner.replace("''", "").count("'") == 0
