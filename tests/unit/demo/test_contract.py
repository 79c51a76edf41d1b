"""docs/sandbox/demo.md against the code.

Every field, outcome and option is described, and the example runs.
"""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.rules import Rules
from sandbox.azure.fleets.fleet import Fleet
from sandbox.demo.options import ROOT, parser
from sandbox.demo.report.document import MachineReport, Report, report_on
from sandbox.demo.report.outcomes import Outcome
from tests.unit.audit.logs import Log

TEXT = (ROOT / "docs" / "sandbox" / "demo.md").read_text()


def in_code() -> set[str]:
    """Every word that the page sets as code."""
    return {
        word for code in re.findall(r"`([^`\n]+)`", TEXT) for word in re.split(r"[\s\[\]]+", code)
    }


def test_every_field_of_the_report_is_described() -> None:
    log = Log()
    log.load("a")
    figures = report_on(log.history(), Rules(), app_identity=FORESTALL).figures
    named = {each.name for kind in (Report, MachineReport) for each in fields(kind)}
    assert (named | figures.keys()) - in_code() == set()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_described(outcome: Outcome) -> None:
    assert f"| `{outcome.value}` |" in TEXT


def test_every_option_is_described() -> None:
    options = {
        each
        for action in parser()._actions
        for each in action.option_strings
        if each.startswith("--")
    }
    assert options - in_code() == {"--help"}


def test_the_client_id_that_is_judged_by_default_is_the_simulators() -> None:
    first, *_ = Fleet(name="x", subscriptions=(), machines=()).identities
    assert first.client_id == FORESTALL


def test_the_example_of_an_auditor_of_ones_own_runs_and_finds(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    log = Log()
    log.load("a", 0)
    log.load("b", 1)
    log.call(10, "a")
    log.call(10.5, "b")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events.jsonl").write_text("\n".join(log.lines()))

    ended = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert re.fullmatch(r"too close: .*/b\n", ended.stdout)
