"""The source files of this repository as syntax trees, and what each of them imports.

Judges nothing.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: our own top-level packages; everything else is the standard library or a third party
OURS = (
    "shared",
    "functions",
    "function_app",
    "forestall_cli",
    "sandbox",
    "tests",
    "toolchain",
    "benchmarks",
)

#: trees whose files are ours to judge
TREES = ("shared", "functions", "cli", "sandbox", "tests", "toolchain", "benchmarks")

#: folders whose files are imported by their path from there
ROOTS = ("", "cli/src/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One source file: its path from the root, and its syntax tree."""

    path: str
    tree: ast.Module

    def lies_under(self, place: str) -> bool:
        """Whether the file is that file, or is in that folder."""
        return self.path == place or self.path.startswith(f"{place}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One imported name.

    `module` as written (absolute), and `name` where it is `from module import name`.
    """

    line: int
    module: str
    name: str = ""
    #: below `if TYPE_CHECKING:`, so that nothing is imported when the program runs
    for_types: bool = False

    @property
    def dotted(self) -> str:
        """The longest dotted name that the import may mean."""
        return f"{self.module}.{self.name}" if self.name else self.module

    def lies_in(self, package: str) -> bool:
        """Whether what is imported belongs to a package or is the package."""
        return f"{self.module}.".startswith(f"{package}.") or f"{self.dotted}.".startswith(
            f"{package}."
        )


def modules(root: Path) -> list[Module]:
    """Every source file below `root`, in order of path; `node_modules` left out."""
    files = [*root.glob("*.py"), *(file for tree in TREES for file in (root / tree).rglob("*.py"))]
    return [
        Module(
            path=file.relative_to(root).as_posix(),
            tree=ast.parse(file.read_text(encoding="utf-8"), filename=str(file)),
        )
        for file in sorted(files)
        if "node_modules" not in file.relative_to(root).parts
    ]


def imports(module: Module) -> Iterator[Imported]:
    """What a file imports, wherever in the file: one value per imported name."""
    typed = {
        id(below)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If)
        and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body
        for below in ast.walk(statement)
    }
    for node in ast.walk(module.tree):
        for_types = id(node) in typed
        if isinstance(node, ast.Import):
            for each in node.names:
                yield Imported(line=node.lineno, module=each.name, for_types=for_types)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(module.path, node)
            for each in node.names:
                yield Imported(line=node.lineno, module=origin, name=each.name, for_types=for_types)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])
