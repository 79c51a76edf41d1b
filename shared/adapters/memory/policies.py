"""Published versions of the policy in memory."""

from collections.abc import Sequence

from shared.domain.policy.files.document import PolicyFile
from shared.domain.policy.files.published import (
    PublishedPolicy,
    published_document,
    read_published,
)
from shared.errors import StorageUnavailable
from shared.ports import PolicyName


class MemoryPolicies:
    """Fake of the port Policies."""

    def __init__(self) -> None:
        self._documents: list[tuple[PolicyName, bytes]] = []
        self.is_away = False

    def publish(self, *files: PolicyFile, by: str = "") -> PolicyName:
        """Store a version as the newest one."""
        return self.put(published_document(PublishedPolicy(files=files, by=by)))

    def put(self, document: bytes) -> PolicyName:
        """Store a document, sound or not, as the newest version."""
        name = PolicyName(f"{len(self._documents):06}.json")
        self._documents.insert(0, (name, document))
        return name

    async def names(self) -> Sequence[PolicyName]:
        """The versions, newest first."""
        if self.is_away:
            raise StorageUnavailable("the container does not respond")
        return [name for name, _ in self._documents]

    async def read(self, name: PolicyName) -> PublishedPolicy:
        """One version."""
        return read_published(dict(self._documents)[name])
