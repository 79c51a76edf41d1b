"""The rules of who may import whom, and some of writing, read off the syntax trees.

Imports nothing of what it checks.

Layers and what they may import are here; the order of rooms within a layer, and how many modules a
folder holds, in rooms.py.

`python -m toolchain.checks.architecture` prints every violation and warning. Its exit code is 1 if
there is a violation.
"""

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from toolchain.checks import rooms
from toolchain.checks.sources import OURS, Imported, Module, imports, modules

ANY = "*"

#: what a trigger may know
_FRONT = (
    "shared.bootstrap",
    "shared.usecases",
    "shared.domain",
    "shared.ports",
    "shared.settings",
    "shared.errors",
    "shared.version",
    "shared.telemetry",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A file or a folder, and what it may import in addition to the standard library."""

    path: str
    ours: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()


#: the first layer whose path fits a file is its layer
LAYERS = (
    # What calendars are read and worked out with is pure, too (docs/decisions/0049).
    Layer(
        path="shared/domain/calendar",
        ours=("shared.domain",),
        third_party=("dateutil", "holidays", "icalendar", "tzdata"),
    ),
    # A policy file is YAML; reading it is pure, too (docs/decisions/0051).
    Layer(
        path="shared/domain/policy/files",
        ours=("shared.domain",),
        third_party=("msgspec", "ruamel"),
    ),
    Layer(path="shared/domain", ours=("shared.domain",), third_party=("msgspec",)),
    Layer(
        path="shared/usecases",
        ours=(
            "shared.domain",
            "shared.ports",
            "shared.usecases",
            "shared.concurrency",
            "shared.errors",
            "shared.telemetry",
        ),
    ),
    Layer(
        path="shared/adapters",
        ours=(
            "shared.domain",
            "shared.ports",
            "shared.errors",
            "shared.version",
            "shared.adapters",
            "shared.concurrency",
        ),
        third_party=(ANY,),
    ),
    Layer(path="shared/bootstrap.py", ours=("shared",), third_party=(ANY,)),
    Layer(path="shared/ports", ours=("shared.domain", "shared.ports")),
    Layer(path="shared/errors.py", ours=("shared.domain",)),
    Layer(path="shared/version.py", ours=()),
    Layer(path="shared/settings", ours=("shared.domain", "shared.errors", "shared.settings")),
    Layer(path="shared/telemetry.py", ours=("shared.domain", "shared.errors"), third_party=(ANY,)),
    # It waits for any attempt, so it imports no part of the app.
    Layer(path="shared/shared_attempt.py", ours=()),
    # It calls anything concurrently, so it imports no part of the app.
    Layer(path="shared/concurrency.py", ours=()),
    Layer(path="shared/__init__.py"),
    Layer(
        path="functions", ours=(*_FRONT, "functions"), third_party=("azure.functions", "msgspec")
    ),
    Layer(
        path="function_app.py",
        ours=("functions", "shared.bootstrap"),
        third_party=("azure.functions",),
    ),
    # It is installed alone: nothing of the app is there, and no package but that of its
    # pyproject.toml.
    Layer(path="cli", ours=("forestall_cli",), third_party=("msgspec",)),
    # Stand-ins for Azure without any code of the app, so that any app can be tested with them.
    Layer(path="sandbox/azure", ours=("sandbox.azure",), third_party=(ANY,)),
    # The auditor judges by what Azure's stand-in wrote down, and by no code of those that it
    # judges.
    Layer(path="sandbox/audit", ours=("sandbox.audit",), third_party=("msgspec",)),
    Layer(path="sandbox", ours=("sandbox",), third_party=(ANY,)),
    Layer(path="tests", ours=OURS, third_party=(ANY,)),
    Layer(path="toolchain", ours=OURS, third_party=(ANY,)),
    Layer(path="benchmarks", ours=OURS, third_party=(ANY,)),
)

#: time is an argument; one adapter asks for it
CLOCK = "shared/adapters/clock.py"
_TOLD_THE_TIME = ("shared", "functions", "function_app.py")
_WALL_CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
}

#: the environment is an argument too; one module passes it on
ENVIRONMENT = "shared/bootstrap.py"
_ENVIRONMENTS = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}

#: the same input gives the same answer here, so nothing is drawn and nothing is timed
_PURE = ("shared/domain", "shared/usecases")
_IMPURE_MODULES = {"random", "uuid", "secrets"}
_STOPWATCHES = {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}

#: a trigger decodes, calls a use case and encodes: it gets the app from here and reads nothing of
#: it
_TRIGGERS, _WIRING = "functions", "shared.bootstrap"

#: names that say nothing about what is inside
_EMPTY_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "base",
    "misc",
}
#: names that Azure gave, with any words in them
_NAMES_OF_AZURE = {"resource_manager"}


def violations(root: Path) -> list[str]:
    """Every breach of a rule below `root`, as `path:line what is wrong`.

    They are in order of path; circles and sizes come last.
    """
    found: list[str] = []
    every = modules(root)
    for module in every:
        found += _wrong_imports(module)
        found += rooms.against_the_order(module)
        found += _asked_times(module)
        found += _read_environments(module)
        found += _impurities(module)
        found += _ports_in_triggers(module)
        found += _wrong_writing(module)
    return [*found, *rooms.circles(every), *rooms.too_many(every)]


def warnings(root: Path) -> list[str]:
    """What is allowed and not good, in the tree below `root`: folders that are crowded."""
    return rooms.crowded(modules(root))


def _wrong_imports(module: Module) -> Iterator[str]:
    layer = next((each for each in LAYERS if module.lies_under(each.path)), None)
    if layer is None:
        yield (
            f"{module.path}:1 belongs to no layer: give it one in toolchain/checks/architecture.py"
        )
        return
    for each in imports(module):
        if not _may_import(layer, each):
            yield f"{module.path}:{each.line} imports {each.dotted}, which {layer.path} may not"


def _may_import(layer: Layer, each: Imported) -> bool:
    top = each.module.partition(".")[0]
    if top in OURS:
        return any(each.lies_in(allowed) for allowed in layer.ours)
    if top in sys.stdlib_module_names:
        return True
    return ANY in layer.third_party or any(each.lies_in(allowed) for allowed in layer.third_party)


def _asked_times(module: Module) -> Iterator[str]:
    if module.path == CLOCK or not any(module.lies_under(place) for place in _TOLD_THE_TIME):
        return
    for line, name in _mentioned(module):
        if name in _WALL_CLOCKS:
            yield f"{module.path}:{line} asks {name} for the time; only {CLOCK} does"


def _read_environments(module: Module) -> Iterator[str]:
    if module.path == ENVIRONMENT or not any(module.lies_under(each) for each in _TOLD_THE_TIME):
        return
    for line, name in _mentioned(module):
        if name in _ENVIRONMENTS:
            yield f"{module.path}:{line} reads {name}; only {ENVIRONMENT} does"


def _impurities(module: Module) -> Iterator[str]:
    if not any(module.lies_under(place) for place in _PURE):
        return
    for each in imports(module):
        if each.module.partition(".")[0] in _IMPURE_MODULES:
            yield f"{module.path}:{each.line} imports {each.module}: randomness is an argument here"
    for line, name in _mentioned(module):
        if name in _STOPWATCHES or name == "os.urandom":
            yield f"{module.path}:{line} uses {name}: time and randomness are arguments here"


def _ports_in_triggers(module: Module) -> Iterator[str]:
    """Attributes, such as `app.jobs`, that a trigger reads from the result of a wiring function."""
    if not module.lies_under(_TRIGGERS):
        return
    wired = {each.name for each in imports(module) if each.module == _WIRING}
    for function in ast.walk(module.tree):
        if isinstance(function, ast.AsyncFunctionDef):
            every = list(ast.walk(function))
            apps = {
                name.id
                for node in every
                if isinstance(node, ast.Assign) and _is_wired(node.value, wired)
                for name in node.targets
                if isinstance(name, ast.Name)
            }
            for node in every:
                if isinstance(node, ast.Attribute) and (
                    _is_wired(node.value, wired)
                    or (isinstance(node.value, ast.Name) and node.value.id in apps)
                ):
                    yield (
                        f"{module.path}:{node.lineno} reads {node.attr} of the app: "
                        "a use case does that"
                    )


def _is_wired(value: ast.expr, wired: Collection[str]) -> bool:
    return (
        isinstance(value, ast.Await)
        and isinstance(value.value, ast.Call)
        and _dotted(value.value.func) in wired
    )


def _mentioned(module: Module) -> Iterator[tuple[int, str]]:
    """Every dotted name in the code, called or passed, with the module that it comes from."""
    origins = _origins(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.Attribute, ast.Name)):
            first, _, rest = _dotted(node).partition(".")
            if first in origins:
                yield node.lineno, f"{origins[first]}.{rest}".rstrip(".")


def _origins(tree: ast.Module) -> dict[str, str]:
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                origins[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                origins[each.asname or each.name] = f"{node.module}.{each.name}"
    return origins


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _wrong_writing(module: Module) -> Iterator[str]:
    if module.tree.body and ast.get_docstring(module.tree) is None:
        yield (
            f"{module.path}:1 has no module docstring: say what it is, "
            "and what it deliberately does not do"
        )
    for part in module.path.removesuffix(".py").split("/"):
        if part not in _NAMES_OF_AZURE and set(part.lower().split("_")) & _EMPTY_WORDS:
            yield f"{module.path}:1 is called {part}: name it after what is inside"


if __name__ == "__main__":
    for each in warnings(Path()):
        print(f"warning: {each}")
    breaches = violations(Path())
    print("\n".join(breaches) or "no violations")
    sys.exit(1 if breaches else 0)
