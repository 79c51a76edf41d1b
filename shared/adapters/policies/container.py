"""Published versions of the policy in a container of Blob Storage: one blob for each version.

A name begins with the instant of its publication, so names sort by it. No blob is ever replaced::

    20261201T100000Z-7f3a91c04d2be816.json
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, ResourceNotFoundError

from shared.domain.policy.files.published import MOST_BYTES, PublishedPolicy, read_published
from shared.errors import StorageUnavailable
from shared.ports import PolicyName

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.blob.aio import ContainerClient

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8,64}\.json")
#: versions that a list may have; older ones stay stored
_MOST_LISTED = 5_000
_TIMEOUT = 10  # seconds of one request


class ContainerPolicies:
    """Implements the port Policies. Reads only; close it with `await policies.close()`.

    `url`: https://{account}.blob.core.windows.net/{container}, for a token of `credential`. A test
    may give a connection string and the name of the container instead.
    """

    def __init__(
        self,
        *,
        url: str = "",
        credential: "AsyncTokenCredential | None" = None,
        connection_string: str = "",
        container: str = "",
    ) -> None:
        self._url = url
        self._credential = credential
        self._connection_string = connection_string
        self._container = container
        self._client: ContainerClient | None = None

    async def names(self) -> Sequence[PolicyName]:
        """The versions, newest first. Blobs with other names are no versions."""
        found: list[str] = []
        async with _as_unavailable("listing the versions of the policy"):
            async for name in self._connected().list_blob_names(timeout=_TIMEOUT):
                if _NAME.fullmatch(name):
                    found.append(name)
                if len(found) > _MOST_LISTED:
                    # Names come in their own order, so the newest ones are last.
                    del found[0]
        return [PolicyName(each) for each in sorted(found, reverse=True)]

    async def read(self, name: PolicyName) -> PublishedPolicy:
        """One version. ValueError with one sentence where it is none, or is gone."""
        async with _as_unavailable(f"reading version {name} of the policy"):
            try:
                blob = await self._connected().download_blob(name, timeout=_TIMEOUT)
                if blob.size > MOST_BYTES:
                    raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
                return read_published(await blob.readall())
            except ResourceNotFoundError as gone:
                raise ValueError("it is not there any more") from gone

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _connected(self) -> "ContainerClient":
        if self._client is None:
            # Only who uses it pays.
            from azure.storage.blob.aio import ContainerClient  # noqa: PLC0415

            self._client = (
                ContainerClient.from_connection_string(
                    self._connection_string, self._container, retry_total=1
                )
                if self._connection_string
                else ContainerClient.from_container_url(
                    self._url, credential=self._credential, retry_total=1
                )
            )
        return self._client


@asynccontextmanager
async def _as_unavailable(what: str) -> AsyncIterator[None]:
    try:
        yield
    except AzureError as fault:
        first_line = str(fault).partition("\n")[0]
        raise StorageUnavailable(f"{what}: {first_line or type(fault).__name__}") from fault
