"""`.venv/bin/forestall` runs the source in cli/, beside packages that are installed by hash."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from toolchain.prepare import command, uv
from toolchain.prepare.places import HERE, Places


@pytest.fixture
def linked(checkout: Places) -> Path:
    """The command of a checkout with an empty .venv; its forestall_cli prints its arguments."""
    folder = checkout.root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    source = checkout.root / "cli" / "src" / "forestall_cli"
    source.mkdir(parents=True)
    (source / "__init__.py").touch()
    (source / "__main__.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(3)\n")
    (checkout.root / ".python-version").write_text(
        f"{sys.version_info.major}.{sys.version_info.minor}\n"
    )
    command.prepare(checkout)
    return folder / "bin" / "forestall"


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_passes_arguments_and_the_exit_code_on(linked: Path, tmp_path: Path) -> None:
    done = run(linked, "a b", "*", "", cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (3, "['a b', '*', '']\n", "")


def test_it_runs_through_a_link_and_imports_nothing_of_the_users_folder(
    linked: Path, tmp_path: Path
) -> None:
    (tmp_path / "forestall_cli.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "link").symlink_to(linked)

    assert run(tmp_path / "link", "x", cwd=tmp_path).stdout == "['x']\n"


def test_preparing_again_writes_nothing(linked: Path, checkout: Places) -> None:
    before = linked.stat().st_mtime_ns
    os.utime(linked, ns=(before - 10**9, before - 10**9))

    command.prepare(checkout)

    assert linked.stat().st_mtime_ns == before - 10**9


def test_it_comes_back_when_it_was_removed_or_changed(
    linked: Path, checkout: Places, tmp_path: Path
) -> None:
    linked.write_text("#!/bin/sh\n")
    command.prepare(checkout)
    assert run(linked, "x", cwd=tmp_path).returncode == 3
    linked.unlink()
    command.prepare(checkout)
    assert run(linked, "x", cwd=tmp_path).returncode == 3


def test_packages_by_hash_are_complete_with_it() -> None:
    """uv, which removes what no lock names, finds nothing to do in this checkout's own .venv."""
    assert (HERE.root / ".venv" / "bin" / "forestall").exists(), "run `make prepare`"
    assert uv.is_installed(HERE, HERE.root / ".venv", HERE.root / "requirements-dev.txt")


def test_it_starts_what_the_distribution_declares() -> None:
    project = tomllib.loads((HERE.root / "cli" / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]

    assert project["scripts"] == {"forestall": "forestall_cli.__main__:main"}
