"""What the stand-in may import.

The standard library and itself, of itself only the layers below, and the strict reader of JSON
beside it, which imports the standard library alone.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox.azure.servicebus

ROOT = Path(sandbox.azure.servicebus.__file__).parent
PACKAGE = "sandbox.azure.servicebus"

# Runs in an environment of its own, with pytest and the SDK.
_TEST_TOOLING = {
    ROOT / "pytest_plugin.py",
    ROOT / "benchmark.py",
    *(ROOT / "conformance" / "stand_ins").rglob("*.py"),
}

_BESIDE = "sandbox.azure.strict_json"

_MAY_IMPORT = {
    "amqp": {"amqp"},
    "sections": {"amqp"},
    "broker": {"amqp", "broker", "sections"},
    "wire": {"amqp", "broker", "sections", "wire"},
    "config": {"broker"},
    "server": {"broker", "wire"},
    "thread": {"broker", "server", "wire"},
    "__main__": {"config", "server"},
}


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize(
    "file", sorted(set(ROOT.rglob("*.py")) - _TEST_TOOLING), ids=lambda f: str(f.relative_to(ROOT))
)
def test_only_the_standard_library_and_what_lies_below_is_imported(file: Path) -> None:
    part = file.relative_to(ROOT).parts[0].removesuffix(".py")

    for module in _imports(file):
        if module == _BESIDE:
            continue
        if not module.startswith(PACKAGE):
            assert module.split(".")[0] in sys.stdlib_module_names, f"{file.name} imports {module}"
        elif part in _MAY_IMPORT:
            assert module.removeprefix(f"{PACKAGE}.").split(".")[0] in _MAY_IMPORT[part], (
                f"{file.name} imports {module}"
            )
