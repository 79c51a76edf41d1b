"""What a store gives back: a value with its version, and the rows that could not be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NewType

Version = NewType("Version", str)
"""Names one stored state of a value; a save with an older one changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored[T]:
    """A value as it was read, and the version to save it against."""

    value: T
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRow:
    """A row that this release cannot read.

    It stays as it is, and its machine counts as in flight for locks.
    """

    kind: str
    #: a job's id, a semaphore's scope, a pause's target
    key: str
    reason: str
    #: what the row shows without being read: `machine`, `state`, `scope`
    facts: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"the {self.kind} {self.key} cannot be read: {self.reason}"


class Listing[T](list[T]):
    """The values of a query that could be read.

    One bad row hides no other; `unreadable` names what is missing.
    """

    def __init__(self, values: Iterable[T] = (), unreadable: Iterable[UnreadableRow] = ()) -> None:
        super().__init__(values)
        self.unreadable = tuple(unreadable)


class Page[T](Listing[T]):
    """Some values of a query in the order of the store, and the key of the last row.

    Behind a page of 1,000 rows or more, the next one may be empty.
    """

    def __init__(
        self,
        values: Iterable[T] = (),
        unreadable: Iterable[UnreadableRow] = (),
        last: str | None = None,
    ) -> None:
        super().__init__(values, unreadable)
        #: the key of the last row; None: no row follows
        self.last = last
