"""The seeded bugs.

Each still fits its function, and the stored mutation run caught every one of them.
"""

import pytest

from tests.simulation.mutants.__main__ import main
from tests.simulation.mutants.catalogue import MUTANTS
from tests.simulation.mutants.mutant import ROOT, Mutant
from tests.simulation.mutants.table import read, table


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.bug)
def test_the_bug_can_still_be_put_into_the_app(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")

    compile(mutant.broken(text), mutant.file, "exec")


def test_each_bug_is_another_one() -> None:
    texts = {each.file: (ROOT / each.file).read_text(encoding="utf-8") for each in MUTANTS}

    assert len({each.bug for each in MUTANTS}) == len(MUTANTS)
    assert len({(each.file, each.broken(texts[each.file])) for each in MUTANTS}) == len(MUTANTS)


def test_what_a_bug_changes_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (mutant,) = (each for each in MUTANTS if each.bug == "one slot too many")

    assert main(["--show", "--only", mutant.bug]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == [f"--- {mutant.file}", f"+++ {mutant.bug}"]
    (old,), (new,) = ([line[1:] for line in shown[2:] if line.startswith(sign)] for sign in "-+")
    assert new == old.replace(">=", ">") != old


def test_a_name_that_no_bug_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "no such thing"])

    assert "no bug has 'no such thing' in its name" in capsys.readouterr().err


def test_the_stored_hunt_caught_every_bug_of_the_catalogue() -> None:
    mutation_run = read()

    assert [each.bug for each in mutation_run.results] == [each.bug for each in MUTANTS], (
        "run: python -m tests.simulation.mutants"
    )
    assert [each.bug for each in mutation_run.results if not each.is_killed] == []
    assert len(MUTANTS) >= 20


def test_the_page_shows_the_stored_hunt() -> None:
    page = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8")

    assert table(read()) in page, (
        "run: python -m tests.simulation.mutants, and put its table on the page"
    )
