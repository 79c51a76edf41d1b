"""Prose in Python source: docstrings, comments, and the messages of the code.

It reads tokens and no syntax tree, because that is three times as fast.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from tokenize import (
    COMMENT,
    DEDENT,
    ENCODING,
    FSTRING_END,
    FSTRING_MIDDLE,
    FSTRING_START,
    INDENT,
    NEWLINE,
    NL,
    OP,
    STRING,
    TokenInfo,
)

from toolchain.prose.passages import CODE, Kind, Passage, Prose, paragraphs

_OPENING = re.compile(r"([A-Za-z]*)(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(r"\\(\n|.)")
_UNESCAPED = {"n": "\n", "t": " ", "\n": ""}
_BEFORE_A_STATEMENT = {ENCODING, NEWLINE, INDENT, DEDENT}
_OF_STRINGS = {STRING, FSTRING_START}
_PRAGMA = re.compile(
    r"\s*(?:noqa|type: ?ignore)(?::? ?[A-Z]+\d+,?)*(?:\[[^\]]*\])?(?: - | |$)"
    r"|\s*(?:pragma:|fmt:|mypy:|!).*"
)
_PLAIN_WORD = re.compile(r"[(\"]*[A-Za-z][a-z'\u2019-]*[.,;:!?)\"']*$")
_FEWEST_WORDS = 3
_PLAIN_SHARE = 0.6


def python_prose(source: str, *, messages: bool) -> Prose:
    """The prose of a Python file; without `messages`, only its docstrings and comments.

    SyntaxError or tokenize.TokenError if the source is no Python.
    """
    prose = Prose()
    comments: list[TokenInfo] = []
    strings = _Strings(prose, messages=messages)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == COMMENT:
            comments.append(token)
        elif token.type in _OF_STRINGS or strings.parts:
            strings.take(token)
        if token.type not in (COMMENT, NL):
            strings.previous = token.type
    prose.passages += _of_comments(comments)
    prose.passages.sort(key=lambda passage: passage.line)
    return prose


def is_message(text: str) -> bool:
    """Whether a string is a phrase for people, and no key, path, query, format or name.

    "the scan of `code` has ended" is one; "application/json; charset=utf-8" is none.
    """
    words = text.replace(CODE, " ").split()
    plain = sum(bool(_PLAIN_WORD.match(word)) for word in words)
    return plain >= _FEWEST_WORDS and plain >= _PLAIN_SHARE * len(words)


@dataclass(slots=True)
class _Strings:
    """Joins the strings of a file from its tokens; a string may be written in several parts."""

    prose: Prose
    messages: bool
    #: the type of the token before, comments and line breaks within a statement left out
    previous: int = ENCODING
    parts: list[str] = field(default_factory=list)
    first: int = 0
    begins_a_statement: bool = False
    #: what is open: an f-string for each "f", a replacement field for each "{"
    nesting: str = ""

    def take(self, token: TokenInfo) -> None:
        """Read one token, which is no comment."""
        if token.type == FSTRING_START:
            self._add(token, "")
            self.nesting += "f"
        elif token.type == FSTRING_END:
            self.nesting = self.nesting[:-1]
            self._add(token, "")
        elif self.nesting:
            self._take_inside(token)
        elif token.type == STRING:
            self._add(token, _content(token.string))
        elif token.type != NL and self.parts:
            self._end(ends_a_statement=token.type == NEWLINE)

    def _add(self, token: TokenInfo, text: str) -> None:
        if not self.parts:
            self.first = token.start[0]
            self.begins_a_statement = self.previous in _BEFORE_A_STATEMENT
        self.parts.append(text)

    def _take_inside(self, token: TokenInfo) -> None:
        """A field of an f-string is code, and so is everything in it."""
        if token.type == FSTRING_MIDDLE and self.nesting == "f":
            self.parts.append(_unescaped(token.string))
        elif token.type == OP and token.string == "{":
            self.parts.append(CODE if self.nesting == "f" else "")
            self.nesting += "{"
        elif token.type == OP and token.string == "}":
            self.nesting = self.nesting[:-1]

    def _end(self, *, ends_a_statement: bool) -> None:
        text = "".join(self.parts)
        self.parts = []
        if self.begins_a_statement and ends_a_statement:
            self.prose.passages += paragraphs(Kind.DOCSTRING, self.first, text.split("\n"))
        elif self.messages and is_message(text):
            self.prose.passages += paragraphs(Kind.MESSAGE, self.first, text.split("\n"))


def _content(literal: str) -> str:
    opening = _OPENING.match(literal)
    if opening is None or "b" in opening[1].lower():
        return ""
    text = literal[opening.end() : -len(opening[2])]
    return text if "r" in opening[1].lower() else _unescaped(text)


def _unescaped(text: str) -> str:
    return (
        _ESCAPE.sub(lambda found: _UNESCAPED.get(found[1], found[1]), text)
        if "\\" in text
        else text
    )


def _is_alone(comment: TokenInfo) -> bool:
    return not comment.line[: comment.start[1]].strip()


def _of_comments(comments: list[TokenInfo]) -> Iterator[Passage]:
    """Comments that are alone on lines that follow each other, in one column, are one block."""
    block: list[TokenInfo] = []
    for comment in comments:
        if block and not (_is_alone(comment) and _follows(block[-1], comment)):
            yield from _of_block(block)
            block = []
        block.append(comment)
    if block:
        yield from _of_block(block)


def _follows(one: TokenInfo, other: TokenInfo) -> bool:
    return _is_alone(one) and other.start == (one.start[0] + 1, one.start[1])


def _of_block(block: list[TokenInfo]) -> Iterator[Passage]:
    lines = [_PRAGMA.sub("", each.string.lstrip("#").removeprefix(":")) for each in block]
    return paragraphs(Kind.COMMENT, block[0].start[0], [line.removeprefix(" ") for line in lines])
