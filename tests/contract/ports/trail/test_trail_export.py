"""The export of the audit trail, over memory and over Blob Storage."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from shared.adapters.blob_container import BlobContainer
from shared.adapters.memory import MemoryTrailExport
from shared.adapters.trail.container import ContainerTrailExport
from shared.errors import StorageUnavailable
from shared.ports import TrailExport

NAME = "2026/11/30/22.jsonl"


@pytest.fixture(params=["memory", "container"])
async def export(request: pytest.FixtureRequest) -> AsyncIterator[TrailExport]:
    if request.param == "memory":
        yield MemoryTrailExport()
        return
    container, azurite = f"trail-{uuid4().hex}", request.getfixturevalue("azurite")
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        service.create_container(container)
    stored = ContainerTrailExport(
        BlobContainer(connection_string=azurite.connection_string, name=container)
    )
    yield stored
    await stored.close()


async def test_a_file_is_created_once_and_never_replaced(export: TrailExport) -> None:
    assert await export.names("") == set()
    assert await export.create(NAME, b"first\n") is True
    assert await export.create(NAME, b"second\n") is False
    assert await export.create("2026/11/30/23.jsonl", b"") is True

    assert await export.create("2026/12/01/00.jsonl", b"") is True

    assert await export.names("2026/11/") == {NAME, "2026/11/30/23.jsonl"}
    assert len(await export.names("2026/")) == 3
    assert await export.names("2025/") == set()
    assert await export.read(NAME) == b"first\n"
    assert await export.read("2026/12/01/00.jsonl") == b""
    with pytest.raises(StorageUnavailable, match=r"reading 2025/01/01/00\.jsonl of the exported"):
        await export.read("2025/01/01/00.jsonl")


async def test_a_place_that_cannot_be_reached_is_unavailable() -> None:
    export = ContainerTrailExport(
        BlobContainer(
            connection_string=(
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;"
                "BlobEndpoint=http://127.0.0.1:1/a;"
            ),
            name="trail",
        )
    )
    try:
        with pytest.raises(StorageUnavailable, match="listing the export of the audit trail"):
            await export.names("2026/")
        with pytest.raises(StorageUnavailable, match=f"exporting {NAME}"):
            await export.create(NAME, b"")
        with pytest.raises(StorageUnavailable, match=f"reading {NAME}"):
            await export.read(NAME)
    finally:
        await export.close()
