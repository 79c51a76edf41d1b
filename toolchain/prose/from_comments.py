"""Prose in the comments of Makefile, shell, YAML, TOML and HTTP files, and of Bicep and JavaScript.

The descriptions of Bicep parameters count as messages.
"""

import re
from collections.abc import Iterator

from toolchain.prose.passages import Kind, Prose, paragraphs

_HASH = re.compile(r"(?:^|(?<=\s))#+(?!!)(.*)")
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'")
_SLASHES = re.compile(
    r"'''.*?'''|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)",
    re.DOTALL,
)
_DESCRIPTION = re.compile(
    r"@(?:sys\.)?description\(\s*(?:'''(.*?)'''|'((?:\\.|[^'\\])*)')\s*\)", re.DOTALL
)


def hash_comments(source: str) -> Prose:
    """The comments of a file in which `#` begins one, after a blank or at the start of a line."""
    return _of_blocks(_hash_comments(source))


def slash_comments(source: str) -> Prose:
    """The comments of a file in which `//` and `/*` begin one, and its `@description('...')`."""
    prose = _of_blocks(_slash_comments(source))
    for found in _DESCRIPTION.finditer(source):
        text = (found[1] or found[2] or "").replace("\\'", "'")
        prose.passages += paragraphs(Kind.MESSAGE, _line(source, found.start()), text.split("\n"))
    prose.passages.sort(key=lambda passage: passage.line)
    return prose


def _hash_comments(source: str) -> Iterator[tuple[int, bool, str]]:
    """Line number, whether the comment is alone on its line, and its text."""
    for number, line in enumerate(source.split("\n"), start=1):
        # A # between quotes is none. A quote that the line does not end is an apostrophe.
        blanked = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), line)
        alone = line.lstrip().startswith("#")
        if found := _HASH.search(line if alone else blanked):
            yield number, alone, line[found.start(1) :]


def _slash_comments(source: str) -> Iterator[tuple[int, bool, str]]:
    for found in _SLASHES.finditer(source):
        first = _line(source, found.start())
        begins_the_line = not source[
            source.rfind("\n", 0, found.start()) + 1 : found.start()
        ].strip()
        if found["line"]:
            yield first, begins_the_line, found["line"].lstrip("/")
        elif found["block"]:
            for number, line in enumerate(found["block"][2:-2].split("\n"), start=first):
                yield number, begins_the_line, re.sub(r"^\s*\*+", "", line)


def _line(source: str, place: int) -> int:
    return source.count("\n", 0, place) + 1


def _of_blocks(comments: Iterator[tuple[int, bool, str]]) -> Prose:
    """Comments that are alone on lines that follow each other are one block."""
    prose = Prose()
    block: list[str] = []
    first = last = 0
    for number, alone, text in comments:
        if block and not (alone and number == last + 1):
            prose.passages += paragraphs(Kind.COMMENT, first, block)
            block = []
        first = first if block else number
        last = number if alone else -1
        block.append(text.removeprefix(" "))
    prose.passages += paragraphs(Kind.COMMENT, first, block)
    return prose
