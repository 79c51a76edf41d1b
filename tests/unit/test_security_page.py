"""The page on security names tests for its defences, and each of them exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_ATTACKS = "## Attacks by untrusted senders"


def missing(text: str) -> list[str]:
    """The tests that a text names and that do not exist."""
    return [
        f"{file}::{name}" if name else file
        for file, name in _NAMED.findall(text)
        if not (ROOT / file).is_file() or (name and name not in _tests_in(ROOT / file))
    ]


def _tests_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in ast.walk(tree) if isinstance(each, functions)}


def attacks() -> list[str]:
    section = PAGE[PAGE.index(_ATTACKS) :].partition("\n## ")[0]
    return [each for each in section.splitlines() if each.startswith("| ")][2:]


def test_every_test_that_the_page_names_exists() -> None:
    assert missing(PAGE) == []


@pytest.mark.parametrize("row", attacks())
def test_every_attack_has_a_test_or_a_command_that_shows_its_defence(row: str) -> None:
    shown = row.split("|")[3]

    assert _NAMED.search(shown) or "`make " in shown


def test_a_test_that_is_gone_is_found() -> None:
    text = (
        "`tests/gone.py`, `tests/unit/test_security_page.py::test_gone`, `tests/unit/test_pages.py`"
    )

    assert missing(text) == ["tests/gone.py", "tests/unit/test_security_page.py::test_gone"]
