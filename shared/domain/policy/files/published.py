r"""A version of the policy as it was published: all files in one document.

Sample::

    {"schema": 1, "published_at": "2026-12-01T10:00:00Z", "by": "ada@example.com",
     "files": [{"name": "forestall.yaml", "text": "version: 1\\n", "is_platform": true}]}
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from shared.domain.policy.files.document import PolicyFile
from shared.domain.utc import require_aware

#: of the document's form
SCHEMA = 1
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicy:
    """The files of one version. `by`: who published it; empty where that is not known."""

    files: tuple[PolicyFile, ...]
    by: str = ""
    published_at: datetime | None = None
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        require_aware(published_at=self.published_at)


def read_published(document: bytes) -> PublishedPolicy:
    """The version that a document holds; ValueError with one sentence if it is none."""
    if len(document) > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
    try:
        found = msgspec.json.decode(document, type=PublishedPolicy, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as fault:
        raise ValueError(f"it is no published policy: {fault}") from fault
    if found.schema != SCHEMA:
        raise ValueError(f"it has schema {found.schema}, and this release reads {SCHEMA}")
    if sum(each.is_platform for each in found.files) != 1:
        raise ValueError("it needs exactly one platform file")
    return found


def published_document(policy: PublishedPolicy) -> bytes:
    """The document of a version."""
    return msgspec.json.encode(policy)
