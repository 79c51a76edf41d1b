"""The wheel: what is in it, and that it runs alone, under the oldest Python that it allows."""

import os
import subprocess
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forestall_cli import __version__
from tests.unit.cli.stub_app import KEY, ROOT, stub_app
from toolchain.prepare import uv
from toolchain.prepare.places import HERE
from toolchain.wheel import build

OLDEST = "3.12"
PROJECT = tomllib.loads((ROOT / "cli" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ANSWER = {
    "pauses": [
        {
            "target": "everything",
            "reason": "incident 42",
            "by": "ada",
            "at": "2026-11-23T16:00:00Z",
            "until": None,
        }
    ]
}

type Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(HERE, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a program in an empty folder, with nothing of this environment but what its uv needs."""
    left_out = ("PYTHONPATH", "VIRTUAL_ENV", "FUNCTION_KEY", "FORESTALL_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"PATH": os.pathsep.join(uv.search_path(OLDEST)), "FORESTALL_KEY": KEY}

    def run_it(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )

    return run_it


@pytest.fixture
def environment(run: Run, tmp_path: Path) -> Path:
    """A fresh environment of the oldest Python with the wheel's packages.

    Skips where uv cannot bring them.
    """
    made = tmp_path / "environment"
    for command in (
        ("venv", "--no-project", "--python", f"cpython@{OLDEST}", made),
        ("pip", "install", "--python", made, *PROJECT["dependencies"]),
    ):
        done = run(HERE.uv, *command)
        if done.returncode:
            pytest.skip(
                f"uv cannot bring Python {OLDEST} with {PROJECT['dependencies']} here: "
                f"{done.stderr}"
            )
    return made


def test_it_has_the_command_alone_and_needs_one_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if ".dist-info/" not in name]
        (metadata,) = [name for name in opened.namelist() if name.endswith("/METADATA")]
        said = opened.read(metadata).decode()

    source = ROOT / "cli" / "src"
    assert sorted(names) == sorted(
        each.relative_to(source).as_posix()
        for ending in ("*.py", "*.json")
        for each in (source / "forestall_cli").rglob(ending)
    )
    assert [line for line in said.splitlines() if line.startswith("Requires-")] == [
        "Requires-Python: >=3.12",
        "Requires-Dist: msgspec>=0.19,<1",
    ]


def test_the_same_source_makes_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert build(HERE, tmp_path).read_bytes() == wheel.read_bytes()


def test_it_has_the_version_of_the_app(wheel: Path) -> None:
    app = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert __version__ == app["version"]
    assert wheel.name == f"forestall_cli-{__version__}-py3-none-any.whl"


def test_it_runs_where_it_is_installed_alone(wheel: Path, run: Run, environment: Path) -> None:
    installed = run(HERE.uv, "pip", "install", "--offline", "--python", environment, wheel)
    assert installed.returncode == 0, installed.stderr
    command = environment / "bin" / "forestall"

    with stub_app({"/api/v1/pauses?limit=1000": ANSWER}) as app:
        listed = run(command, "pauses", "--url", app.url)
        refused = run(command, "jobs", "--url", app.url)

    assert run(command, "--version").stdout == f"forestall {__version__}\n"
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "incident 42" in listed.stdout
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)


@pytest.mark.usefixtures("environment")
def test_uvx_runs_it_without_an_installation(wheel: Path, run: Run) -> None:
    uvx = (HERE.uv, "tool", "run", "--python", f"cpython@{OLDEST}", "--from", wheel)

    with stub_app({"/api/v1/pauses?limit=1000": ANSWER}) as app:
        done = run(*uvx, "forestall", "pauses", "--url", app.url)

    assert done.returncode == 0, done.stderr
    assert "incident 42" in done.stdout
