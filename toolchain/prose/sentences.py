"""Sentences of a passage, and their length in words."""

import re
from collections.abc import Iterator

# A full stop ends a sentence; a semicolon and a colon do not. An ellipsis does not either.
_END = re.compile(r"(?<!\.\.)(?<=[.!?])[\"'\u201d\u2019)\]*_]*\s+(?=\S)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|cf|vs|no|nos|approx|fig|etc|st|dr|mr|ms)\.$", re.IGNORECASE
)
_WORD = re.compile(r"\S*[^\W_]\S*")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a plain passage, in order.

    "It waits. Then it asks; nothing else." -> "It waits.", "Then it asks; nothing else."
    """
    begin = 0
    for end in _END.finditer(text):
        if not _ABBREVIATION.search(text, begin, end.start()):
            yield text[begin : end.end()].strip()
            begin = end.end()
    if rest := text[begin:].strip():
        yield rest


def length(sentence: str) -> int:
    """How many words it has: what is between spaces and has a letter or a digit.

    Code counts as one word. "Call `POST /pause` - then wait." -> 4
    """
    return len(_WORD.findall(sentence))
