"""The seeded bugs: each still fits its file."""

from pathlib import Path

from tests.simulation.mutants.catalogue import MUTANTS
from tests.simulation.mutants.hunt import broken

_ROOT = Path(__file__).resolve().parents[2]


def test_every_bug_can_still_be_put_into_the_app() -> None:
    for mutant in MUTANTS:
        text = (_ROOT / mutant.file).read_text(encoding="utf-8")
        compile(broken(mutant, text), mutant.file, "exec")
