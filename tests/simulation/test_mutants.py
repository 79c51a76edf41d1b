"""The seeded bugs: each still fits its file, and the stored hunt caught every one of them."""

from pathlib import Path

from tests.simulation.mutants.catalogue import MUTANTS
from tests.simulation.mutants.hunt import broken
from tests.simulation.mutants.table import read, table

_ROOT = Path(__file__).resolve().parents[2]


def test_every_bug_can_still_be_put_into_the_app() -> None:
    for mutant in MUTANTS:
        text = (_ROOT / mutant.file).read_text(encoding="utf-8")
        compile(broken(mutant, text), mutant.file, "exec")


def test_the_stored_hunt_caught_every_bug_of_the_catalogue() -> None:
    hunt = read()

    assert [each.bug for each in hunt.catches] == [each.bug for each in MUTANTS], (
        "run: python -m tests.simulation.mutants"
    )
    assert [each.bug for each in hunt.catches if not each.is_caught] == []
    assert len(MUTANTS) >= 20


def test_the_page_shows_the_stored_hunt() -> None:
    page = (_ROOT / "docs/guarantees.md").read_text(encoding="utf-8")

    assert table(read()) in page, "run: python -m tests.simulation.mutants, and put its table on the page"
