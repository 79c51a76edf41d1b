"""The runbook quotes every reason that an operator reads, and quotes nothing that is no reason."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain import reasons

PAGE = (Path(__file__).parents[2] / "docs/runbook.md").read_text(encoding="utf-8")
GAP = "..."
#: quotes of the page that come from settings, health checks and notices
OF_OTHERS = [
    "Invalid enum value",
    "Key Vault",
    "App Configuration",
    "health_check.allowed_targets",
    "is never asked",
    "is no URL",
    "where 200-299 is expected",
    "gave no answer within",
    "cannot be reached",
    "it is not read whole",
    "none of its subscriptions is watched",
    "Mails may have been",
    "its row cannot be read",
    "the row of this pause cannot be read",
    "schema version",
]
#: what a job's reason has around a wait reason
AROUND = ("cap:", "region:", "pair:", "zones:")


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of each reason in the file, with GAP where a value is filled in."""
    tree = ast.parse(inspect.getsource(reasons))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, _text(node.value)
        elif isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                    yield f"{node.name}.{each.targets[0].id}", _text(each.value)
        elif isinstance(node, ast.FunctionDef):
            returned = next(each for each in ast.walk(node) if isinstance(each, ast.Return))
            assert returned.value is not None
            yield node.name, _text(returned.value)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) for each in node.values)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        known = getattr(reasons, node.value.id, None)
        return known if isinstance(known, str) else GAP
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _text(node.func.value)  # "...".strip()
    return GAP


def quotes(page: str) -> list[str]:
    """The quotes in the first column of a table."""
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    return [each for row in rows for each in re.findall(r'"([^"]+)"', row)]


def is_quoted(text: str, quoted: list[str]) -> bool:
    return any(_fits(each, text) for each in quoted)


def _fits(quote: str, text: str) -> bool:
    """Whether the pieces of a quote are in a text, in their order."""
    position = 0
    for piece in filter(None, (each.strip(" :;,()") for each in quote.split(GAP))):
        found = text.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return position > 0


REASONS = dict(texts())


def test_the_reasons_are_read_from_the_file() -> None:
    assert REASONS["OBSERVE_MODE"] == reasons.OBSERVE_MODE
    assert REASONS["attempts_exhausted"] == (
        "all ... attempts are used up, and the machine is still scheduled"
    )
    assert REASONS["WaitReason.FULL"] == reasons.WaitReason.FULL
    assert len(REASONS) > 60


@pytest.mark.parametrize("name", REASONS)
def test_the_runbook_quotes_a_reason(name: str) -> None:
    assert is_quoted(REASONS[name], quotes(PAGE)), REASONS[name]


@pytest.mark.parametrize("quote", quotes(PAGE))
def test_a_quote_of_the_runbook_is_a_reason(quote: str) -> None:
    if quote.startswith(AROUND) or any(each in quote for each in OF_OTHERS):
        return
    assert any(_fits(quote, text) for text in REASONS.values()), quote


def test_a_reason_that_the_runbook_lacks_is_noticed() -> None:
    assert not is_quoted("the moon is full", quotes(PAGE))
    without = PAGE.replace(reasons.OBSERVE_MODE, "")
    assert not is_quoted(reasons.OBSERVE_MODE, quotes(without))
