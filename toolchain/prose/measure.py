"""Measures one file: the length of its sentences, its listed words and its long lines."""

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from toolchain.prose.files import Source
from toolchain.prose.sentences import length, sentences
from toolchain.prose.words import WordList

LONGEST_SENTENCE = 35
MEDIAN_SENTENCE = 20
LONGEST_LINE = 100

_PRAGMA = re.compile(r"\s*# (?:noqa|type: ignore|pragma:|fmt:).*$")
_COMMENT_BEHIND_CODE = re.compile(r"\s+#.*$")
_SHOWN = 60


class Measure(StrEnum):
    """What is measured of a file, by its name in the baseline."""

    MEDIAN = "median"
    LONGEST = "longest"
    LONG_SENTENCES = "long_sentences"
    LISTED_WORDS = "listed_words"
    LONG_LINES = "long_lines"


#: what every file has to come to
GOALS = {
    Measure.MEDIAN: MEDIAN_SENTENCE,
    Measure.LONGEST: LONGEST_SENTENCE,
    Measure.LONG_SENTENCES: 0,
    Measure.LISTED_WORDS: 0,
    Measure.LONG_LINES: 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that misses a goal."""

    measure: Measure
    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One file: how many words each of its sentences has, and its findings in order of line."""

    path: str
    lengths: list[int]
    findings: list[Finding]
    #: all lines over LONGEST_LINE, those of code that the formatter allows included
    lines_over: int

    @property
    def values(self) -> dict[Measure, float]:
        """Each measure of the file."""
        counts = {
            measure: sum(each.measure is measure for each in self.findings) for measure in Measure
        }
        longest = max(self.lengths, default=0)
        return {**counts, Measure.MEDIAN: median(self.lengths), Measure.LONGEST: longest}


def median(lengths: list[int]) -> float:
    """The median; 0 without a sentence."""
    return statistics.median(lengths) if lengths else 0


def measure(source: Source, words: WordList, *, code_limit: int) -> Measured:
    """Measure a file. A line of Python code may have `code_limit` characters."""
    lengths: list[int] = []
    findings: list[Finding] = []
    for passage in source.prose.passages:
        for found, word in words.found(passage.text):
            what = f'"{found}": {word.use} ({words.reasons[word.why]})'
            findings.append(Finding(measure=Measure.LISTED_WORDS, line=passage.line, what=what))
        if passage.kind.has_sentences:
            for sentence in sentences(passage.text):
                lengths.append(length(sentence))
                if lengths[-1] > LONGEST_SENTENCE:
                    what = f'a sentence of {lengths[-1]} words: "{sentence[:_SHOWN]}..."'
                    findings.append(
                        Finding(measure=Measure.LONG_SENTENCES, line=passage.line, what=what)
                    )
    long_lines = list(_long_lines(source))
    findings += [
        Finding(measure=Measure.LONG_LINES, line=line, what=f"a line of {characters} characters")
        for line, characters, is_text in long_lines
        if is_text or characters > code_limit
    ]
    findings.sort(key=lambda each: each.line)
    return Measured(
        path=source.path, lengths=lengths, findings=findings, lines_over=len(long_lines)
    )


def _long_lines(source: Source) -> Iterator[tuple[int, int, bool]]:
    """Number, length and whether it is text, of each line over LONGEST_LINE that can be broken."""
    is_python = source.path.endswith(".py")
    is_page = source.path.endswith(".md")
    for number, line in enumerate(source.text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            shown = _PRAGMA.sub("", line) if is_python else line
            is_text = number in source.prose.text_lines
            if len(shown) <= LONGEST_LINE or not _can_be_broken(shown) or (is_page and not is_text):
                continue
            yield number, len(shown), is_text or (is_python and _is_long_by_its_comment(shown))


def _can_be_broken(line: str) -> bool:
    """Whether no single word of it, such as an address, is too long for a line."""
    indent = len(line) - len(line.lstrip())
    return indent + max(map(len, line.split()), default=0) <= LONGEST_LINE


def _is_long_by_its_comment(line: str) -> bool:
    return len(_COMMENT_BEHIND_CODE.sub("", line)) <= LONGEST_LINE
