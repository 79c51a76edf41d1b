"""One plain vocabulary: each term of the glossary stands once, and no retired word comes back."""

import re
from pathlib import Path

import pytest

from toolchain.checks.names import RETIRED, RETIRED_NAMES, RETIRED_TEXTS, findings

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in GLOSSARY.splitlines()
    if line.startswith("| ") and not line.startswith(("| term ", "| --- "))
]


def sentences(meaning: str) -> list[str]:
    return [each for each in re.split(r"(?<=[.])\s+", meaning) if each]


def test_this_tree_has_no_retired_names() -> None:
    assert findings(ROOT) == []


def test_each_term_has_one_row_with_a_meaning_and_a_place() -> None:
    assert all(len(row) == 3 and all(row) for row in ROWS)
    terms = [row[0].lower() for row in ROWS]
    assert sorted(terms) == sorted(set(terms))
    assert len(terms) >= 25


def test_each_meaning_is_short() -> None:
    for term, meaning, _ in ROWS:
        assert len(sentences(meaning)) <= 2, term
        assert all(len(each.split()) <= 25 for each in sentences(meaning)), term


def test_no_term_is_a_retired_word() -> None:
    parts = {part for row in ROWS for part in row[0].lower().split()}
    assert not parts & (set(RETIRED) | {each.lower() for each in RETIRED_NAMES})


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_the_glossary_is_linked(page: str) -> None:
    assert "glossary.md" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "text", "finding"),
    [
        (
            "shared/lock.py",
            "class Hindrance:\n    pass\n",
            "Hindrance has the retired word 'hindrance'",
        ),
        (
            "shared/lock.py",
            "def take(weather_now: int) -> None: ...\n",
            "weather_now has the retired word",
        ),
        ("shared/lock.py", "house = 1\n", "house has the retired word 'house': write 'app'"),
        (
            "shared/lock.py",
            "class A:\n    def __init__(self) -> None:\n        self.mishaps = 0\n",
            "mishaps",
        ),
        (
            "shared/lock.py",
            "def having_seen() -> None: ...\n",
            "having_seen is retired: write with_observation",
        ),
        ("tests/unit/test_house.py", "", "the word 'house' of its name is retired"),
        ("shared/lock.py", 'TAG = "forestall-probe"\n', "write forestall-health-check"),
        (
            "docs/policy.md",
            "`limits.in_all` is a cap.\n",
            "limits.in_all is retired: write limits.total",
        ),
    ],
)
def test_a_retired_name_is_found(tmp_path: Path, place: str, text: str, finding: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(text, encoding="utf-8")
    found = findings(tmp_path)
    assert len(found) == 1
    assert finding in found[0]


@pytest.mark.parametrize("second", ["class Plan: ...\n", "type Plan = int\n"])
def test_two_types_of_the_app_with_one_name_are_found(tmp_path: Path, second: str) -> None:
    for place, text in (
        ("shared/domain/a.py", "class Plan: ...\nclass _Own: ...\n"),
        ("shared/usecases/b.py", f"class _Own: ...\n{second}"),
        ("tests/c.py", "class Plan: ...\n"),
    ):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")

    assert findings(tmp_path) == [
        "shared/usecases/b.py:2 Plan is the name of a type of shared/domain/a.py, too"
    ]


def test_what_a_library_calls_so_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/logs.py").write_text(
        "import warnings\nwarnings.warn('x')\n", encoding="utf-8"
    )
    assert findings(tmp_path) == []


def test_every_retired_text_has_its_own_new_one() -> None:
    assert not set(RETIRED_TEXTS) & set(RETIRED_TEXTS.values())
