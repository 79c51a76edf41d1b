"""Schema versions: how a value of an older release becomes a value of this one. Pure.

Each stored value carries the version of its form. The version grows when an older release must
not touch the value any more. A new field with a default needs no new version: an older release
ignores it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

type JsonObject = dict[str, Any]
"""A value as JSON has it: {"schema": 1, "id": "2f1c...~9d3a...", "state": "planned"}"""

type Upcaster = Callable[[JsonObject], JsonObject]
"""Makes a document of the next version from one of the version before."""


class NewerVersion(ValueError):
    """A newer release wrote the value. This release must not touch it."""


class NoVersion(ValueError):
    """The value carries no version: release 0.1 wrote it, or another program did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The versions of one kind of value. Upcaster number n makes version n + 1."""

    upcasters: tuple[Upcaster, ...] = ()

    @property
    def version(self) -> int:
        """The version that this release writes. It is the newest that this release reads."""
        return len(self.upcasters) + 1

    def readable(self, version: object) -> int:
        """The version, if this release reads it; raises NoVersion or NewerVersion if not."""
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise NoVersion("it has no schema version, as rows of release 0.1 have none")
        if version > self.version:
            raise NewerVersion(
                f"it has schema version {version}, and this release reads up to {self.version};"
                " was the app rolled back?"
            )
        return version

    def upcast(self, document: Mapping[str, Any], version: int) -> JsonObject:
        """The document in the current version."""
        current = dict(document)
        for upcaster in self.upcasters[version - 1 :]:
            current = upcaster(current)
        return current


class Contents(StrEnum):
    """What tables have, before anybody knows which release wrote it."""

    NOTHING = "nothing"
    #: rows of this release, of a newer one, or of another program
    ROWS = "rows"
    #: rows of release 0.1 alone
    OLD_ROWS = "old rows"


def contents_of(texts: Iterable[str]) -> Contents:
    """What some rows of the tables show.

    The values of release 0.1 have no schema version: ``{"id":"2f1c~9d3a","state":"planned"}``.
    One row with a version shows that a later release has started here.
    """
    versions = [_has_version(each) for each in texts]
    if not versions:
        return Contents.NOTHING
    return Contents.OLD_ROWS if all(each is False for each in versions) else Contents.ROWS


def _has_version(text: str) -> bool | None:
    """Whether a value has a version; None if the text is no JSON object."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return "schema" in value if isinstance(value, dict) and value else None
