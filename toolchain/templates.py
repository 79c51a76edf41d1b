"""`python -m toolchain.templates [--write]`.

The Bicep templates are formatted, lint, build, and deploy what is on record.

Uses the compiler that the environment variable BICEP names, or the one on PATH; brings none, and
deploys nothing. What would be deployed for each parameter file is on record beside it, as
`NAME.snapshot.json`; --write stores it, and the compiled template of the button *Deploy to Azure*.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from toolchain.prepare.places import HERE

ENTRIES = ("main", "alerts", "management-group")
#: main.bicep as compiled, for the button *Deploy to Azure*, which reads no Bicep
BUTTON = Path("infra/azuredeploy.json")
FOLDERS = ("infra", "tests/infra/parameters")
HOW_TO_GET_ONE = (
    "no Bicep compiler: set BICEP to one, "
    "or put `bicep` on PATH (`az bicep install` brings one into ~/.azure/bin)"
)

#: made up, so that a snapshot says the same on every machine
_TENANT = "00000000-0000-4000-8000-0000000000ee"
_SUBSCRIPTION = "00000000-0000-4000-8000-0000000000dd"
_MANAGEMENT_GROUP = "forestall"
_REGION = "westeurope"


class Rejected(Exception):
    """The compiler has something to say, warnings included; the text is what it said."""


def find_compiler(env: Mapping[str, str]) -> str | None:
    """The compiler that BICEP names; otherwise the one on PATH.

    None where there is none that can be started.
    """
    return shutil.which(env.get("BICEP") or "bicep", path=env.get("PATH"))


def parameter_files(root: Path) -> list[Path]:
    """Every parameter file, of people and of tests."""
    return sorted(path for folder in FOLDERS for path in (root / folder).rglob("*.bicepparam"))


def snapshot_of(parameters: Path) -> Path:
    """Where what a parameter file deploys is stored."""
    return parameters.with_suffix(".snapshot.json")


def evaluate(root: Path, into: Path, compiler: str) -> None:
    """Copy the templates, and format, lint, build and evaluate the copy; raises Rejected.

    Afterwards `into` holds the files as the formatter writes them, an ARM template beside each
    entry file, and a snapshot beside each parameter file. About 20 s, most of it the snapshots.
    """
    for folder in FOLDERS:
        shutil.copytree(
            root / folder,
            into / folder,
            ignore=shutil.ignore_patterns("*.snapshot.json", "*.py", "__pycache__"),
        )
    _run(compiler, into, "format", "--pattern", "./**/*.bicep")
    _run(compiler, into, "format", "--pattern", "./**/*.bicepparam")
    _run(compiler, into, "lint", "--pattern", "./infra/*.bicep")
    _run(compiler, into, "build", "--pattern", "./infra/*.bicep")
    with ThreadPoolExecutor(max_workers=2) as two:
        list(
            two.map(lambda parameters: _snapshot(compiler, into, parameters), parameter_files(into))
        )


def differences(root: Path, evaluated: Path) -> Iterator[str]:
    """One text for each file that is not what it should be.

    That is an unformatted file, or a parameter file whose deployment differs from its record.
    """
    for ours in sorted(evaluated.rglob("*.bicep*")):
        name = ours.relative_to(evaluated)
        if (
            ours.suffix in (".bicep", ".bicepparam")
            and ours.read_bytes() != (root / name).read_bytes()
        ):
            yield f"{name} is not formatted: bicep format {name}"
    for parameters in parameter_files(evaluated):
        name = snapshot_of(parameters).relative_to(evaluated)
        if (
            not (root / name).exists()
            or snapshot_of(parameters).read_bytes() != (root / name).read_bytes()
        ):
            yield (
                f"{name} is not what would be deployed: "
                "look at what changed after `make infra WRITE=1`"
            )
    stored_button = root / BUTTON
    if not stored_button.exists() or stored_button.read_text(encoding="utf-8") != _button(
        evaluated
    ):
        yield f"{BUTTON} is not what main.bicep compiles to: run `make infra WRITE=1`"
    for stored in sorted(
        path for folder in FOLDERS for path in (root / folder).rglob("*.snapshot.json")
    ):
        if not (evaluated / stored.relative_to(root)).exists():
            yield f"{stored.relative_to(root)} belongs to no parameter file: delete it"


def _snapshot(compiler: str, folder: Path, parameters: Path) -> None:
    # The compiler refuses a subscription for a template of a management group, and the reverse.
    above = "/management-group.bicep'" in parameters.read_text(encoding="utf-8")
    place = (
        ("--management-group-id", _MANAGEMENT_GROUP)
        if above
        else ("--subscription-id", _SUBSCRIPTION)
    )
    scope = ("--tenant-id", _TENANT, "--location", _REGION, *place)
    _run(compiler, folder, "snapshot", str(parameters), "--mode", "overwrite", *scope)
    record = snapshot_of(parameters)
    content = json.loads(record.read_text(encoding="utf-8"))
    content["outputs"] = dict(
        sorted(content["outputs"].items())
    )  # the compiler's order changes from run to run
    record.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def evaluate_compiled(parameters: Path, compiler: str) -> Any:
    """What a parameter file deploys whose `using` names a compiled template beside it.

    The snapshot stays beside the file. Raises Rejected.
    """
    _snapshot(compiler, parameters.parent, parameters)
    return json.loads(snapshot_of(parameters).read_text(encoding="utf-8"))


def _run(compiler: str, folder: Path, *arguments: str) -> None:
    # Without the ICU library .NET starts in this mode only; the compiler speaks English in either.
    # What a parameter file reads from the environment is not there, so that a record is the same on
    # every machine.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("FORESTALL_")}
    env = ours | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    done = subprocess.run(
        [compiler, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode or done.stderr.strip():
        raise Rejected(f"bicep {' '.join(arguments)}\n{done.stdout}{done.stderr}".strip())


def _button(evaluated: Path) -> str:
    return (evaluated / "infra/main.json").read_text(encoding="utf-8").rstrip("\n") + "\n"


def _write(root: Path, evaluated: Path) -> None:
    (root / BUTTON).write_text(_button(evaluated), encoding="utf-8")
    for parameters in parameter_files(evaluated):
        shutil.copyfile(
            snapshot_of(parameters), root / snapshot_of(parameters).relative_to(evaluated)
        )


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when all is well, 1 with the findings otherwise, 2 without a compiler."""
    parser = argparse.ArgumentParser(prog="toolchain.templates", description=__doc__)
    parser.add_argument("--write", action="store_true", help="store the snapshots")
    write = parser.parse_args(arguments).write
    compiler = find_compiler(os.environ)
    if compiler is None:
        print(f"templates: {HOW_TO_GET_ONE}", file=sys.stderr)
        return 2
    with TemporaryDirectory() as place:
        try:
            evaluate(HERE.root, Path(place), compiler)
        except Rejected as rejected:
            print(rejected)
            return 1
        if write:
            _write(HERE.root, Path(place))
        found = list(differences(HERE.root, Path(place)))
    print(
        "\n".join(found)
        or "templates: formatted, without a warning, and they deploy what is on record"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
