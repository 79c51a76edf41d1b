"""Texts under keys, each with a version: compare-and-swap as Table Storage has it, in a dict."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.ports import Page, Stored, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text as it is stored now, and the version to swap it against."""

    text: str
    version: Version


class Cells:
    """Every write makes a version that was never there before, also after a removal."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}
        self._versions = itertools.count(1)

    def get(self, key: str) -> Cell | None:
        """The cell as stored now."""
        return self._cells.get(key)

    def stored[T](
        self, key: str, kind: type[T], schemas: Schemas = SCHEMAS, mark: str = ""
    ) -> Stored[T] | None:
        """The value of a cell with its version; None if there is no cell."""
        cell = self.get(key)
        return None if cell is None else read_stored(cell.text, cell.version, kind, schemas, mark)

    def save(
        self, key: str, value: object, version: Version, schemas: Schemas = SCHEMAS
    ) -> Version | None:
        """Store a value against the version that was read; an empty one means that none was there.

        None if somebody was faster.
        """
        text = written_text(value, version, schemas)
        if not version:
            return self.insert(key, text)
        return next_version(version, self.swap(key, text, version))

    def insert(self, key: str, text: str) -> Version | None:
        """The new cell's version; None if the key is taken."""
        return None if key in self._cells else self.put(key, text)

    def swap(self, key: str, text: str, version: Version) -> Version | None:
        """The new version; None if the cell is not the one that was read any more."""
        cell = self._cells.get(key)
        is_other = cell is None or cell.version != etag_of(version)
        return None if is_other else self.put(key, text)

    def append(self, text: str) -> str:
        """Store the text under a key that nobody else has; the key.

        The order of keys is the order of appending.
        """
        key = f"{next(self._versions):012d}"
        self.put(key, text)
        return key

    def put(self, key: str, text: str) -> Version:
        """Store the text and replace any other."""
        version = Version(str(next(self._versions)))
        self._cells[key] = Cell(text=text, version=version)
        return version

    def remove(self, key: str) -> bool:
        """False if it was not there."""
        return self._cells.pop(key, None) is not None

    def remove_if(self, key: str, version: Version) -> bool:
        """Remove the cell; False if it is not the one that was read any more."""
        cell = self._cells.get(key)
        return cell is not None and cell.version == etag_of(version) and self.remove(key)

    def texts(self) -> Iterator[StoredText]:
        """The texts of all cells with their keys, in no order that counts."""
        yield from [StoredText(key=key, text=cell.text) for key, cell in self._cells.items()]


def page_of[T](
    rows: Iterable[StoredText],
    kind: type[T],
    after: str | None,
    at_most: int,
    schemas: Schemas = SCHEMAS,
) -> Page[T]:
    """At most so many values behind a key, in order of their keys."""
    behind = sorted(
        (each for each in rows if after is None or each.key > after), key=lambda each: each.key
    )
    shown = behind[:at_most]
    found = listing_of(shown, kind, schemas)
    last = shown[-1].key if len(behind) > at_most else None
    return Page(found, found.unreadable, last)
