"""The baseline: by how much each file misses the goals today. It may only shrink.

baseline.json has one line for each file that misses a goal, and in it only the measures that do.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from toolchain.prose.measure import ABSOLUTE, GOALS, Measure, Measured

FILE = Path(__file__).with_name("baseline.json")

type Missed = Mapping[Measure, float]


class BaselineError(Exception):
    """The stored baseline cannot be read, or must not be replaced; the message says why."""


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the figures depend on beside the files: with other rules they count other things."""

    #: `WordList.digest`
    word_list: str


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By path, what each file may miss; a file that is not here must meet the goals."""

    rules: Rules
    files: Mapping[str, Missed] = {}

    def allowed(self, path: str, measure: Measure) -> float:
        """The highest value that this measure of the file may have."""
        if measure in ABSOLUTE:
            return GOALS[measure]
        return max(GOALS[measure], self.files.get(path, {}).get(measure, 0))

    def totals(self) -> dict[Measure, float]:
        """One figure for each measure: the sum over all files; of sentences' length the longest."""
        missed = list(self.files.values())
        totals = {measure: sum(each.get(measure, 0) for each in missed) for measure in Measure}
        over = [
            each[Measure.MEDIAN] - GOALS[Measure.MEDIAN]
            for each in missed
            if Measure.MEDIAN in each
        ]
        longest = max((each.get(Measure.LONGEST, 0) for each in missed), default=0)
        return {**totals, Measure.MEDIAN: sum(over), Measure.LONGEST: longest}


def of(files: Iterable[Measured], rules: Rules) -> Baseline:
    """The baseline that fits the files as they are."""
    missed = {each.path: _missed(each) for each in files}
    return Baseline(rules, {path: values for path, values in missed.items() if values})


def _missed(file: Measured) -> Missed:
    return {
        measure: value
        for measure, value in file.values.items()
        if value > GOALS[measure] and measure not in ABSOLUTE
    }


def load(file: Path = FILE) -> Baseline | None:
    """The stored baseline; None if there is none. Raises BaselineError."""
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Baseline)
    except msgspec.MsgspecError as fault:
        raise BaselineError(
            f"{file.name} cannot be read: {fault}. Take it from git again."
        ) from fault


def store(baseline: Baseline, file: Path = FILE) -> None:
    """Replace the stored baseline, unless a total would rise; raises BaselineError then.

    Only totals are compared, so a file may be moved or split. Where the rules of a measure have
    changed, its totals before and after count different things, and are not compared.
    """
    before = load(file)
    if before is not None and (raised := _raised(before, baseline)):
        raise BaselineError(
            f"{file.name} may only shrink, but this would raise {'; '.join(raised)}. "
            "Improve as much elsewhere first."
        )
    file.write_text(text(baseline), encoding="utf-8")


def text(baseline: Baseline) -> str:
    """The document, one line for each file, in order of path."""
    lines = [
        (
            f"  {json.dumps(path)}: "
            f"{json.dumps({m.value: _number(missed[m]) for m in Measure if m in missed})}"
        )
        for path, missed in sorted(baseline.files.items())
    ]
    rules = json.dumps(msgspec.to_builtins(baseline.rules))
    return "\n".join(["{", f' "rules": {rules},', ' "files": {', ",\n".join(lines), " }", "}", ""])


def worse(
    baseline: Baseline, files: Sequence[Measured]
) -> dict[str, dict[Measure, tuple[float, float]]]:
    """By path, each measure that is higher than allowed: its value and the limit."""
    found = {
        each.path: {
            measure: (value, baseline.allowed(each.path, measure))
            for measure, value in each.values.items()
            if value > baseline.allowed(each.path, measure)
        }
        for each in files
    }
    return {path: measures for path, measures in found.items() if measures}


def _raised(before: Baseline, after: Baseline) -> list[str]:
    old, new = before.totals(), after.totals()
    changed = {Measure.LISTED_WORDS: before.rules.word_list != after.rules.word_list}
    raised = [each for each in Measure if new[each] > old[each] and not changed.get(each)]
    return [f"{each} {_number(old[each])} -> {_number(new[each])}" for each in raised]


def _number(value: float) -> float:
    return int(value) if value == int(value) else value
