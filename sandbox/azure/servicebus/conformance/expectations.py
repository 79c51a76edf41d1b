"""Compares the outcomes of the tests with the expected ones. Runs nothing.

Everything passes but what the expectations name, each with its reason. A test that is named and
does something else is as much a finding as one that fails and is not named: both mean that
something changed.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.azure.servicebus.conformance.run import Outcome

_PASSED = "passed"
_FILE = Path(__file__).resolve().parent / "expectations.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptional:
    """A test with another expectation than to pass."""

    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What the whole suite does."""

    total: int
    exceptional: Mapping[str, Exceptional]  # by test

    def of(self, test: str) -> str:
        """The outcome expected of a test."""
        return self.exceptional[test].outcome if test in self.exceptional else _PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceResult:
    """The figures of a run, and everything that is not as expected."""

    counts: Mapping[str, int]
    findings: tuple[str, ...]

    @property
    def is_as_expected(self) -> bool:
        """Nothing changed."""
        return not self.findings

    def __str__(self) -> str:
        figures = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in sorted(self.counts))
        last = "As expected." if self.is_as_expected else f"{len(self.findings)} not as expected."
        return "\n".join([*self.findings, f"{sum(self.counts.values())} tests: {figures}. {last}"])


def load_expectations(file: Path = _FILE) -> Expectations:
    """The checked-in expectations."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return Expectations(
        total=document["total"],
        exceptional={
            test: Exceptional(outcome=group["outcome"], reason=group["reason"])
            for group in document["exceptional"]
            for test in group["tests"]
        },
    )


def compare(
    outcomes: Mapping[str, Outcome], expectations: Expectations, *, whole_suite: bool
) -> ConformanceResult:
    """Every difference, one line each. In the whole suite, no test may be missing either."""
    findings = [
        _finding(test, found.outcome, expectations)
        for test, found in sorted(outcomes.items())
        if found.outcome != expectations.of(test)
    ]
    if whole_suite:
        missing = sorted(expectations.exceptional.keys() - outcomes.keys())
        findings += [f"{test}: did not run" for test in missing]
        if len(outcomes) != expectations.total:
            findings.append(f"{len(outcomes)} tests ran; there should be {expectations.total}")
    elif not outcomes:
        findings.append("no test ran")
    return ConformanceResult(
        counts=Counter(found.outcome for found in outcomes.values()), findings=tuple(findings)
    )


def _finding(test: str, outcome: str, expectations: Expectations) -> str:
    if test not in expectations.exceptional:
        return f"{test}: {outcome}; it should pass"
    expected = expectations.exceptional[test]
    return f"{test}: {outcome}; expected {expected.outcome}, because: {expected.reason}"
