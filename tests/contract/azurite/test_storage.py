"""Tables and Blobs of the Azurite that `make` installs, through the SDKs that the app uses.

Only what the product builds on is asked; reference for the real service:
https://learn.microsoft.com/rest/api/storageservices/
"""

from collections.abc import Iterator

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.data.tables import (
    EdmType,
    EntityProperty,
    TableClient,
    TableServiceClient,
    TableTransactionError,
    UpdateMode,
)
from azure.storage.blob import BlobServiceClient

from sandbox.azure.azurite import Azurite


@pytest.fixture
def table(azurite: Azurite, table_name: str) -> Iterator[TableClient]:
    with TableServiceClient.from_connection_string(azurite.connection_string) as service:
        yield service.create_table(table_name)


def row(key: str, **properties: object) -> dict[str, object]:
    return {"PartitionKey": "p", "RowKey": key, **properties}


def test_a_row_is_read_as_it_was_written(table: TableClient) -> None:
    table.create_entity(
        row("1", text="é", number=7, long=EntityProperty(2**40, EdmType.INT64), truth=True)
    )
    read = table.get_entity("p", "1")
    assert (read["text"], read["number"], read["long"].value, read["truth"]) == (
        "é",
        7,
        2**40,
        True,
    )


def test_a_row_cannot_be_created_twice(table: TableClient) -> None:
    table.create_entity(row("1"))
    with pytest.raises(ResourceExistsError):
        table.create_entity(row("1"))


def test_a_write_with_a_stale_etag_is_refused_with_412_and_changes_nothing(
    table: TableClient,
) -> None:
    read = table.create_entity(row("1", holder="nobody"))
    table.update_entity(row("1", holder="first"), mode=UpdateMode.REPLACE)
    with pytest.raises(ResourceModifiedError) as refusal:
        table.update_entity(
            row("1", holder="second"),
            mode=UpdateMode.REPLACE,
            etag=read["etag"],
            match_condition=MatchConditions.IfNotModified,
        )
    assert refusal.value.status_code == 412
    assert table.get_entity("p", "1")["holder"] == "first"


def test_a_transaction_writes_all_of_its_rows_or_none(table: TableClient) -> None:
    table.create_entity(row("2"))
    with pytest.raises(TableTransactionError):
        table.submit_transaction([("create", row("1")), ("create", row("2"))])
    assert [entity["RowKey"] for entity in table.list_entities()] == ["2"]


def test_a_blob_is_written_once_if_only_new_ones_are_wanted(
    azurite: Azurite, container_name: str
) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        container = service.create_container(container_name)
        container.upload_blob("b", b"first")
        with pytest.raises(ResourceExistsError):
            container.upload_blob("b", b"second")
        assert container.download_blob("b").readall() == b"first"


def test_a_blob_under_lease_is_written_by_its_holder_only(
    azurite: Azurite, container_name: str
) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        blob = service.create_container(container_name).get_blob_client("b")
        blob.upload_blob(b"first")
        lease = blob.acquire_lease(lease_duration=15)
        with pytest.raises(HttpResponseError) as refusal:
            blob.upload_blob(b"second", overwrite=True)
        assert refusal.value.status_code == 412
        blob.upload_blob(b"third", overwrite=True, lease=lease)
