"""What the check prints: the totals, the ten worst files, and every file that has become worse."""

from collections.abc import Iterator, Sequence

from toolchain.prose.baseline import Baseline, worse
from toolchain.prose.measure import (
    LONGEST_LINE,
    LONGEST_SENTENCE,
    Finding,
    Measure,
    Measured,
    median,
)

_WORST = 10
_NAMES = {
    Measure.MEDIAN: "words in the median sentence",
    Measure.LONGEST: "words in the longest sentence",
    Measure.LONG_SENTENCES: f"sentences over {LONGEST_SENTENCE} words",
    Measure.LISTED_WORDS: "listed words",
    Measure.LONG_LINES: "long lines",
}
_REMEDY = """\
Each file above is worse than its baseline, or is new and misses a goal.
  python -m toolchain.prose FILE                shows each place in it
  python -m toolchain.prose --write-baseline    stores the figures of today, if no total rises:
                                                after a move, a split, or a change of words.toml
The rules are in docs/prose.md."""


def summary(files: Sequence[Measured]) -> Iterator[str]:
    """The totals in a few lines, and the files with the most findings."""
    lengths = [each for file in files for each in file.lengths]
    totals = {measure: sum(file.values[measure] for file in files) for measure in Measure}
    yield (
        f"prose: {len(files)} files, {len(lengths)} sentences, median {median(lengths):g} words, "
        f"longest {max(lengths, default=0)}"
    )
    yield (
        f"left: {totals[Measure.LONG_SENTENCES]:g} sentences over {LONGEST_SENTENCE} words, "
        f"{totals[Measure.LISTED_WORDS]:g} listed words, "
        f"{totals[Measure.LONG_LINES]:g} lines over {LONGEST_LINE} characters"
    )
    with_findings = [file for file in files if file.findings]
    worst = sorted(with_findings, key=lambda file: (-len(file.findings), file.path))
    for file in worst[:_WORST]:
        yield f"  {file.path}: {_counts(file)}"
    if len(worst) > _WORST:
        yield f"  and {len(worst) - _WORST} more files"


def _counts(file: Measured) -> str:
    counted = (Measure.LONG_SENTENCES, Measure.LISTED_WORDS, Measure.LONG_LINES)
    return ", ".join(
        f"{file.values[each]:g} {_NAMES[each]}" for each in counted if file.values[each]
    )


def violations(baseline: Baseline, files: Sequence[Measured]) -> list[str]:
    """One line for each measure that is higher than the baseline allows, and what to do."""
    by_path = {file.path: file for file in files}
    found = [
        f"{path}: {value:g} {_NAMES[measure]}, allowed {allowed:g}{_places(by_path[path], measure)}"
        for path, measures in worse(baseline, files).items()
        for measure, (value, allowed) in measures.items()
    ]
    return [*found, _REMEDY] if found else []


def findings_of(file: Measured) -> Iterator[str]:
    """Every finding of a file as `path:line: what`."""
    for each in file.findings:
        yield f"{file.path}:{each.line}: {each.what}"


def _places(file: Measured, measure: Measure) -> str:
    lines: list[Finding] = [each for each in file.findings if each.measure is measure]
    return f" (lines {', '.join(str(each.line) for each in lines[:8])})" if lines else ""
