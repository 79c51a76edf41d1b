"""Prose in Markdown: paragraphs, list items, headings, cells of tables. Code is left out."""

from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from toolchain.prose.passages import CODE, Kind, Passage, Prose, plain

_READER = MarkdownIt("commonmark").enable("table")
_KINDS = {"heading_open": Kind.HEADING, "th_open": Kind.TABLE, "td_open": Kind.TABLE}


def markdown_prose(source: str) -> Prose:
    """The passages of a page, and its tables, whose rows cannot be wrapped."""
    prose = Prose()
    tokens = _READER.parse(source)
    for opening, token in pairwise(tokens):
        if token.type == "inline" and (text := plain(_shown(token))):
            kind = _KINDS.get(opening.type, Kind.TEXT)
            prose.passages.append(Passage(kind=kind, line=_lines(token)[0] + 1, text=text))
    for token in tokens:
        if token.type == "table_open":
            prose.table_lines.update(line + 1 for line in range(*_lines(token)))
    return prose


def _lines(token: Token) -> tuple[int, int]:
    first, end = token.map or (0, 0)
    return first, end


def _shown(inline: Token) -> str:
    """What a reader sees of a paragraph: the text of a link, and not its address."""
    shown: list[str] = []
    for child in inline.children or []:
        if child.type == "code_inline":
            shown.append(CODE)
        elif child.type in ("softbreak", "hardbreak"):
            shown.append(" ")
        elif child.type in ("text", "image"):
            shown.append(child.content)
    return "".join(shown)
