"""What a policy file says, as values that know their place. No rules are here."""

from collections.abc import Iterator
from dataclasses import dataclass

type Value = str | int | float | bool | None
type Node = Scalar | Items | Mapping


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, and its text as it is written."""

    place: Place
    value: Value
    text: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value."""

    place: Place
    key: str
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in the order of the file; no key is there twice."""

    place: Place
    entries: tuple[Entry, ...]

    def get(self, key: str) -> "Node | None":
        """The value of a key; None if the key is missing."""
        return next((each.value for each in self.entries if each.key == key), None)


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """What is wrong in a file: where, the key if there is one, and what to write."""

    place: Place
    key: str
    text: str

    def __str__(self) -> str:
        name = f"`{self.key}` " if self.key else ""
        return _printable(f"{self.place}: {name}{self.text}")


class Problems:
    """Problems as they are found. The reading continues after each, so one round shows all."""

    def __init__(self) -> None:
        self._found: list[FileProblem] = []

    def add(self, place: Place, key: str, text: str) -> None:
        """Keep a problem."""
        self._found.append(FileProblem(place=place, key=key, text=text))

    def __iter__(self) -> Iterator[FileProblem]:
        return iter(sorted(set(self._found)))

    def __len__(self) -> int:
        return len(self._found)


def shown(node: "Node", longest: int = 60) -> str:
    """A value as a message shows it."""
    match node:
        case Scalar():
            text = node.text if node.value is not None else "empty"
            cut = text if len(text) <= longest else f"{text[:longest]}..."
            return f'"{cut}"' if node.is_quoted else cut
        case Items():
            return "a list"
        case Mapping():
            return "a group of keys"


def written(node: "Node") -> str:
    """A value on one line, in the form in which a file may write it."""
    match node:
        case Scalar():
            return f'"{node.text}"' if node.is_quoted else node.text
        case Items():
            return f"[{', '.join(map(written, node.items))}]"
        case Mapping():
            inside = ", ".join(f"{each.key}: {written(each.value)}" for each in node.entries)
            return f"{{ {inside} }}"


def _printable(text: str) -> str:
    """The text without characters that control a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
