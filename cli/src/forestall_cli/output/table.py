"""A table of an answer, for every form of output."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from forestall_cli.output.cell import cell


class Kind(Enum):
    """What a column holds."""

    TEXT = auto()
    NUMBER = auto()
    INSTANT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `wide`: left out of the narrow table. `kept`: cut last on a narrow terminal."""

    name: str
    kind: Kind = Kind.TEXT
    wide: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of texts, below columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> "Table":
        """A table of values. An empty value is a dash."""
        return cls(columns=tuple(columns), rows=tuple(tuple(map(cell, row)) for row in rows))


def columns(*names: str) -> tuple[Column, ...]:
    """Columns by short descriptions.

    `name`, `name#` for a number, `name@` for an instant, `name+` for wide, `name!` for cut last.
    """
    found = []
    for text in names:
        name = text.rstrip("#@+!")
        marks = text[len(name) :]
        kind = Kind.NUMBER if "#" in marks else Kind.INSTANT if "@" in marks else Kind.TEXT
        found.append(Column(name=name, kind=kind, wide="+" in marks, kept="!" in marks))
    return tuple(found)
