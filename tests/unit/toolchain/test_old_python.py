"""What prepares a machine must run under the Python of that machine, before anything else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain.prepare.places import HERE

MODULES = [
    HERE.root / "toolchain" / "__init__.py",
    *sorted((HERE.root / "toolchain" / "prepare").glob("*.py")),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_written_in_the_syntax_of_3_9(module: Path) -> None:
    ast.parse(module.read_text(encoding="utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_imports_the_standard_library_and_its_own_kind_only(module: Path) -> None:
    assert [
        name for name in _imports(module) if not _is_there_before_anything_is_installed(name)
    ] == []


def _is_there_before_anything_is_installed(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names or f"{name}.".startswith(
        "toolchain.prepare."
    )


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield str(node.module)
