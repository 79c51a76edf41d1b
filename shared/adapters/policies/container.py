"""Published versions of the policy in a container of Blob Storage: one blob for each version.

A name begins with the instant of its publication, so names sort by it. No blob is ever replaced::

    20261201T100000Z-7f3a91c04d2be816.json
"""

import re
from collections.abc import Sequence

from azure.core.exceptions import ResourceNotFoundError

from shared.adapters.blob_container import BlobContainer, as_storage_unavailable
from shared.domain.policy.files.published import MOST_BYTES, PublishedPolicy, read_published
from shared.ports import PolicyName

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8,64}\.json")
#: versions that a list may have; older ones stay stored
_MOST_LISTED = 5_000
_TIMEOUT = 10  # seconds of one request


class ContainerPolicies:
    """Implements the port Policies. Reads only; close it with `await policies.close()`."""

    def __init__(self, container: BlobContainer) -> None:
        self._container = container

    async def names(self) -> Sequence[PolicyName]:
        """The versions, newest first. Blobs with other names are no versions."""
        found: list[str] = []
        async with as_storage_unavailable("listing the versions of the policy"):
            async for name in self._container.connected().list_blob_names(timeout=_TIMEOUT):
                if _NAME.fullmatch(name):
                    found.append(name)
                if len(found) > _MOST_LISTED:
                    # Names come in their own order, so the newest ones are last.
                    del found[0]
        return [PolicyName(each) for each in sorted(found, reverse=True)]

    async def read(self, name: PolicyName) -> PublishedPolicy:
        """One version. ValueError with one sentence where it is none, or is gone."""
        async with as_storage_unavailable(f"reading version {name} of the policy"):
            try:
                blob = await self._container.connected().download_blob(name, timeout=_TIMEOUT)
                if blob.size > MOST_BYTES:
                    raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
                return read_published(await blob.readall())
            except ResourceNotFoundError as gone:
                raise ValueError("it is not there any more") from gone

    async def close(self) -> None:
        """Close the connections; the next call would open them again."""
        await self._container.close()
