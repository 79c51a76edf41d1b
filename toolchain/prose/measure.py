"""Measures one file: the length of its sentences, its listed words and its long lines."""

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
#: what no file may miss, in the baseline or not
ABSOLUTE = {Measure.LONG_LINES}


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


def measure(source: Source, words: WordList) -> Measured:
    """Measure a file."""
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
    findings += _long_lines(source)
    findings.sort(key=lambda each: each.line)
    return Measured(path=source.path, lengths=lengths, findings=findings)


def _long_lines(source: Source) -> Iterator[Finding]:
    """Each line over LONGEST_LINE, unless it is a row of a table, or its file is exempted."""
    if source.may_have_long_lines:
        return
    for number, line in enumerate(source.text.split("\n"), start=1):
        if len(line) > LONGEST_LINE and number not in source.prose.table_lines:
            what = f"a line of {len(line)} characters"
            yield Finding(measure=Measure.LONG_LINES, line=number, what=what)
