"""A passage: one piece of prose, such as a paragraph, a list item, a comment or a message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

#: stands for code inside a sentence; it counts as one word
CODE = "`code`"

_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_ADDRESS = re.compile(r"<?\b(?:https?|mailto|amqps?|file)://?[^\s<>()\]\"']+>?")
_MARKER = re.compile(r"(?:[*+-]|\d{1,2}[.)]|\([a-z]\))\s+(?=\S)")
_BORDER_OF_A_TABLE = re.compile(r"=+(?: +=+)+$")
_COLUMNS = re.compile(r"\S {3,}\S")
_SAMPLE_INDENT = 4


class Kind(Enum):
    """Where a passage is, which decides what is measured."""

    TEXT = "text"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    MESSAGE = "message"
    #: these two are not sentences: only their words are measured
    HEADING = "heading"
    TABLE = "table"

    @property
    def has_sentences(self) -> bool:
        """Whether the length of its sentences counts."""
        return self not in (Kind.HEADING, Kind.TABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One piece of prose. `line` is its first line, from 1; `text` is plain (see `plain`)."""

    kind: Kind
    line: int
    text: str


@dataclass(slots=True)
class Prose:
    """The passages of one file, and which of its lines (from 1) are rows of tables."""

    passages: list[Passage] = field(default_factory=list)
    table_lines: set[int] = field(default_factory=set)


def plain(text: str) -> str:
    """The text in one line: code as `CODE`, without addresses.

    "See `make run` at https://example.com now." -> "See `code` at now."
    """
    return " ".join(_ADDRESS.sub("", _INLINE_CODE.sub(CODE, text)).split())


def paragraphs(kind: Kind, first: int, lines: list[str]) -> Iterator[Passage]:
    """The paragraphs and list items of a docstring, a comment or a long message.

    A blank line ends a passage, and a list marker begins one. Left out: samples (indented by four
    more spaces than the text), blocks between ``` fences, and tables, in which three or more
    spaces separate the columns.
    """
    reader = _Paragraphs(
        kind=kind, margin=min(map(_indent, filter(str.strip, lines[1:])), default=0)
    )
    for number, line in enumerate(lines, start=first):
        # The first line of a docstring follows the quotes, so its indentation says nothing.
        yield from reader.take(
            number, line, depth=_indent(line) - reader.margin if number > first else 0
        )
    yield from reader.end()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass(slots=True, kw_only=True)
class _Paragraphs:
    kind: Kind
    margin: int
    held: list[str] = field(default_factory=list)
    begins: int = 0
    is_in_item: bool = False
    is_in_fence: bool = False
    is_in_table: bool = False

    def take(self, number: int, line: str, *, depth: int) -> Iterator[Passage]:
        """Read one line; yields the passage that it ends."""
        text = line.strip()
        marker = _MARKER.match(text)
        if self._is_left_out(text, depth) or not text:
            yield from self.end()
        else:
            if marker:
                yield from self.end()
            if not self.held:
                self.begins = number
            self.held.append(text[marker.end() :] if marker else text)
        self.is_in_item = bool(marker) or (self.is_in_item and (depth > 0 or not text))

    def end(self) -> Iterator[Passage]:
        """Yield what is held, if anything is."""
        text = plain(" ".join(self.held))
        self.held = []
        if text:
            yield Passage(kind=self.kind, line=self.begins, text=text)

    def _is_left_out(self, text: str, depth: int) -> bool:
        is_fence = text.startswith("```")
        self.is_in_fence ^= is_fence
        self.is_in_table = bool(text) and (self.is_in_table or bool(_BORDER_OF_A_TABLE.match(text)))
        is_sample = depth >= _SAMPLE_INDENT and not (self.held or self.is_in_item)
        is_row = text.startswith("|") or bool(_COLUMNS.search(text))
        return is_fence or self.is_in_fence or self.is_in_table or is_sample or is_row
