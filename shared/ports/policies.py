"""Where the versions of the policy come from. The app only reads there."""

from collections.abc import Sequence
from typing import NewType, Protocol

from shared.domain.policy.files.published import PublishedPolicy

PolicyName = NewType("PolicyName", str)
"""Names one version where it is stored. The same name always has the same content."""


class Policies(Protocol):
    """The published versions of the policy. StorageUnavailable where the place cannot be read."""

    async def names(self) -> Sequence[PolicyName]:
        """The versions, newest first; the number of older ones may be bounded."""
        ...

    async def read(self, name: PolicyName) -> PublishedPolicy:
        """One version. ValueError with one sentence where it is none."""
        ...
