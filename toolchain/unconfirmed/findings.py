"""Compares markers, register and tests. Writes nothing."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from toolchain.unconfirmed.beliefs import Belief
from toolchain.unconfirmed.markers import WORD, Marker


def findings(root: Path, register: Sequence[Belief], markers: Sequence[Marker]) -> Iterator[str]:
    """One sentence for each marker, entry or test that has no counterpart."""
    known = {each.id for each in register}
    for marker in markers:
        if not marker.id:
            yield f"{marker.path}:{marker.line}: {WORD} has no id: write {WORD}(id)"
        elif marker.id not in known:
            yield (
                f"{marker.path}:{marker.line}: {WORD}({marker.id}) is not in"
                " toolchain/unconfirmed/beliefs.toml: add an entry with a test of the safe side"
            )
    used = {each.id for each in markers}
    for belief in register:
        if belief.id not in used:
            yield f"{belief.id}: no file has its marker: add {WORD}({belief.id}), or drop the entry"
        for test in belief.safe:
            if not _exists(root, test):
                yield f"{belief.id}: there is no test {test}"


def _exists(root: Path, test: str) -> bool:
    """Whether a file has a test function of that name, in a class or not."""
    path, _, name = test.partition("::")
    file = root / path
    if not path.startswith("tests/") or not file.is_file():
        return False
    wanted = name.rpartition("::")[2]
    return wanted.startswith("test_") and wanted in _functions(
        ast.parse(file.read_text(encoding="utf-8"))
    )


def _functions(tree: ast.Module) -> Iterable[str]:
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
