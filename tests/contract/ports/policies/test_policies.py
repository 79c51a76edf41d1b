"""Versions of the policy: over memory, and over files on this machine."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from sandbox.azure.azurite import Azurite
from shared.adapters.blob_container import BlobContainer
from shared.adapters.memory import MemoryPolicies
from shared.adapters.policies.container import ContainerPolicies
from shared.adapters.policies.folder import FolderPolicies
from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.published import (
    PublishedPolicy,
    published_document,
    read_published,
)
from shared.errors import StorageUnavailable
from shared.ports import Policies, PolicyName

PLATFORM = PolicyFile("forestall.yaml", "version: 1\n", is_platform=True)
OWNER = PolicyFile("groups/crm.yaml", "version: 1\n# crm\n")


def written(folder: Path, *files: PolicyFile) -> Path:
    for each in files:
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, encoding="utf-8", newline="")
    return folder


def uploaded(azurite: Azurite, container: str, *names: str) -> ContainerPolicies:
    """A container with the same version under several names."""
    document = published_document(PublishedPolicy(files=(PLATFORM, OWNER)))
    with BlobServiceClient.from_connection_string(azurite.connection_string) as service:
        blobs = service.create_container(container)
        for each in names:
            blobs.upload_blob(each, document)
    return ContainerPolicies(
        BlobContainer(connection_string=azurite.connection_string, name=container)
    )


@pytest.fixture(params=["memory", "folder", "container"])
async def policies(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Policies]:
    if request.param == "folder":
        yield FolderPolicies(written(tmp_path, PLATFORM, OWNER))
    elif request.param == "memory":
        memory = MemoryPolicies()
        memory.publish(PLATFORM, OWNER)
        yield memory
    else:
        name = f"policy-{uuid4().hex}"
        azurite = request.getfixturevalue("azurite")
        stored = uploaded(azurite, name, "20261201T100000Z-0123456789abcdef.json")
        yield stored
        await stored.close()


async def test_the_newest_version_has_the_platform_file_first(policies: Policies) -> None:
    (name, *_) = await policies.names()

    assert (await policies.read(name)).files == (PLATFORM, OWNER)


async def test_the_same_name_has_the_same_content(policies: Policies) -> None:
    first, second = (await policies.names())[0], (await policies.names())[0]

    assert first == second
    assert await policies.read(first) == await policies.read(second)


async def test_a_container_lists_versions_only_and_the_newest_first(azurite: Azurite) -> None:
    names = (
        "20261201T100000Z-0123456789abcdef.json",
        "20270101T000000Z-ffffffff.json",
        "20261231T235959Z-00000000.json",
        "latest.json",
        "20261201T100000Z-0123456789abcdef.json.bak",
    )
    stored = uploaded(azurite, f"policy-{uuid4().hex}", *names)

    assert await stored.names() == [names[1], names[2], names[0]]
    with pytest.raises(ValueError, match="it is not there any more"):
        await stored.read(PolicyName("20300101T000000Z-ffffffff.json"))
    await stored.close()


async def test_a_container_that_is_missing_or_away_is_an_outage(azurite: Azurite) -> None:
    missing = ContainerPolicies(
        BlobContainer(connection_string=azurite.connection_string, name=f"policy-{uuid4().hex}")
    )
    with pytest.raises(StorageUnavailable, match="listing the versions of the policy"):
        await missing.names()
    await missing.close()


async def test_a_changed_file_is_another_version(tmp_path: Path) -> None:
    policies = FolderPolicies(written(tmp_path, PLATFORM))
    (first,) = await policies.names()
    written(tmp_path, OWNER)
    (second,) = await policies.names()

    assert first != second
    with pytest.raises(ValueError, match="the files have changed"):
        await policies.read(first)


async def test_one_file_alone_is_the_platforms(tmp_path: Path) -> None:
    (tmp_path / "any.yml").write_text("version: 1\n", encoding="utf-8")
    policies = FolderPolicies(tmp_path / "any.yml")
    (name,) = await policies.names()

    assert (await policies.read(name)).files == (
        PolicyFile("any.yml", "version: 1\n", is_platform=True),
    )


@pytest.mark.parametrize("path", ["missing.yaml", "."])
async def test_what_is_missing_is_named(tmp_path: Path, path: str) -> None:
    with pytest.raises(StorageUnavailable, match=r"(missing|forestall)\.yaml: No such file"):
        await FolderPolicies(tmp_path / path).names()


async def test_bytes_that_are_no_utf_8_reach_the_reader_that_names_the_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "forestall.yaml").write_bytes(b"version: \xff")
    policies = FolderPolicies(tmp_path)
    (name,) = await policies.names()

    assert (await policies.read(name)).files[0].text == "version: \udcff"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "it is no published policy"),
        (b"[]", "it is no published policy"),
        (b'{"files": []}', "it needs exactly one platform file"),
        (b'{"files": [{"name": "a", "text": ""}]}', "it needs exactly one platform file"),
        (b'{"files": [], "schema": 2}', "it has schema 2"),
        (b'{"files": [{"name": 1}]}', "it is no published policy"),
        (b"[" * 100_000, "it is no published policy"),
        (b" " * (9 * 1024 * 1024), "it is larger than"),
    ],
)
def test_a_document_that_is_no_version_is_named(document: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_published(document)


def test_a_document_is_read_as_it_was_written() -> None:
    policy = read_published(b'{"files": [{"name": "f", "text": "x", "is_platform": true}]}')

    assert read_published(published_document(policy)) == policy
