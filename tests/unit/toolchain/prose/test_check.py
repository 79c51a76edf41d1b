"""The check over a small repository, and over this one."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from toolchain.prepare.places import HERE
from toolchain.prose import __main__ as command
from toolchain.prose import baseline, files, words
from toolchain.prose.baseline import Baseline, Rules
from toolchain.prose.files import Exemptions, Unreadable
from toolchain.prose.measure import LONGEST_LINE, Measure, Measured, measure
from toolchain.prose.passages import Kind
from toolchain.prose.report import findings_of, summary, violations

RULES = Rules(word_list="")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one good page and one bad one."""
    # PATH's git.
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S607
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "good.md").write_text("A short sentence.\n", encoding="utf-8")
    (tmp_path / "bad.md").write_text(f"Whoever asks, asks anew. {'Word ' * 40}\n", encoding="utf-8")
    (tmp_path / "data.json").write_text('{"whoever": 1}', encoding="utf-8")
    return tmp_path


def measured_in(repository: Path, *only: str) -> list[Measured]:
    return command.measure_all(repository, words.load(), only)


def test_files_of_a_known_kind_are_measured(repository: Path) -> None:
    measured = measured_in(repository)
    assert [each.path for each in measured] == ["bad.md", "good.md", "pyproject.toml"]


def test_what_git_ignores_is_not_measured(repository: Path) -> None:
    (repository / ".gitignore").write_text("bad.md\n", encoding="utf-8")
    assert "bad.md" not in [each.path for each in measured_in(repository)]


def test_the_report_has_totals_the_worst_files_and_each_that_is_worse(repository: Path) -> None:
    measured = measured_in(repository)
    lines = list(summary(measured))
    assert lines == [
        "prose: 3 files, 3 sentences, median 4 words, longest 40",
        "left: 1 sentences over 35 words, 2 listed words, 1 lines over 100 characters",
        "  bad.md: 1 sentences over 35 words, 2 listed words, 1 long lines",
    ]
    worse = violations(Baseline(RULES), measured)
    assert worse[:-1] == [
        "bad.md: 22 words in the median sentence, allowed 20",
        "bad.md: 40 words in the longest sentence, allowed 35",
        "bad.md: 1 sentences over 35 words, allowed 0 (lines 1)",
        "bad.md: 2 listed words, allowed 0 (lines 1, 1)",
        "bad.md: 1 long lines, allowed 0 (lines 1)",
    ]
    assert "--write-baseline" in worse[-1]


def test_nothing_but_a_long_line_is_worse_than_its_own_baseline(repository: Path) -> None:
    measured = measured_in(repository)
    (worse, _) = violations(baseline.of(measured, RULES), measured)
    assert worse == "bad.md: 1 long lines, allowed 0 (lines 1)"


def test_the_findings_of_a_file_name_the_line_and_what_to_write(repository: Path) -> None:
    (bad,) = measured_in(repository, "bad.md")
    found = list(findings_of(bad))
    assert found[0].startswith('bad.md:1: "whoever": anyone who')
    assert any("a sentence of 40 words" in line for line in found)


def test_a_file_that_cannot_be_read_is_named(repository: Path) -> None:
    (repository / "broken.py").write_text('"""never closed', encoding="utf-8")
    with pytest.raises(Unreadable, match=r"broken\.py cannot be read"):
        measured_in(repository)


def test_exempted_files_messages_and_quotes_are_left_out(repository: Path) -> None:
    (repository / "azure.py").write_text(
        '"""Whoever."""\nX = "whoever asks here is wrong"\n', encoding="utf-8"
    )
    exemptions = files.load_text(
        '[[file]]\npath = "bad.*"\nwhy = "generated"\n'
        '[[messages]]\npath = "azure.py"\nwhy = "quotes"\n'
        '[[quote]]\ntext = "A short"\nwhy = "a quote"\n'
    )
    found = {each.path: each.prose.passages for each in files.sources(repository, exemptions)}
    assert "bad.md" not in found
    assert [each.kind for each in found["azure.py"]] == [Kind.DOCSTRING]
    assert found["good.md"][0].text == "`code` sentence."


def test_the_limit_of_lines_is_that_of_the_formatters() -> None:
    settings = tomllib.loads((HERE.root / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["ruff"]["line-length"] == LONGEST_LINE
    bicep = json.loads((HERE.root / "infra" / "bicepconfig.json").read_text(encoding="utf-8"))
    assert bicep["formatting"]["width"] == LONGEST_LINE


def test_a_file_with_an_exemption_may_have_long_lines(repository: Path) -> None:
    exemptions = files.load_text('[[long_lines]]\npath = "bad.*"\nwhy = "an id"\n')
    found = {
        each.path: measure(each, words.load()) for each in files.sources(repository, exemptions)
    }
    assert found["bad.md"].values[Measure.LONG_LINES] == 0
    assert found["bad.md"].values[Measure.LISTED_WORDS] == 2


def test_no_exemption_of_long_lines_is_out_of_date() -> None:
    for each in files.load().long_lines:
        (source,) = files.sources(HERE.root, Exemptions(), [each.path])
        assert measure(source, words.load()).values[Measure.LONG_LINES], each.path


def test_every_exemption_still_exempts_something() -> None:
    exemptions = files.load()
    paths = [each.path for each in files.sources(HERE.root, Exemptions())]
    texts = [
        each.text
        for each in files.sources(HERE.root, Exemptions())
        if each.path.endswith((".md", ".py"))
    ]
    for each in (*exemptions.file, *exemptions.messages):
        assert any(files.fits(path, each.path) for path in paths), each.path
    for quote in exemptions.quote:
        assert any(quote.text in text for text in texts), quote.text


def test_an_unknown_file_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["no/such/file.md"]) == 2
    assert "not measured, or not in git: no/such/file.md" in capsys.readouterr().err
