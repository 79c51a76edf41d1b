"""The deployment package.

Exactly the app and what it needs, the same bytes each time, and it runs by itself.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.infra.deployments import ROOT
from toolchain.package import SITE_PACKAGES, build, compile_all, source_files, write_zip
from toolchain.prepare.places import HERE, Places
from toolchain.release.sbom import bill_of

#: bytes; 25.2 MB on 2026-11-30, of which holidays and icalendar need 5 (decision 0049)
MAXIMUM = 26_000_000

LOCKED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
UNCONDITIONAL = re.compile(r"^([\w.-]+)==([^\s;]+) \\$", re.MULTILINE)

#: in an interpreter that sees the package and nothing else: the app is indexed, and every lazy
#: import is made
RUN = f"""
import sys
sys.path[:0] = ["{SITE_PACKAGES}", "."]
import function_app
import azure.data.tables.aio, azure.identity.aio, azure.mgmt.compute.aio
import azure.servicebus.aio, aiohttp
from azure.core.pipeline.transport import AioHttpTransport
from zoneinfo import ZoneInfo
assert ZoneInfo("Europe/Berlin")
assert function_app.__cached__.endswith(".pyc")
print(len(function_app.app.get_functions()))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two packages of the same checkout, built one after the other in different places."""
    place = tmp_path_factory.mktemp("packages")
    return build(HERE, place / "one.zip"), build(HERE, place / "two.zip")


@pytest.mark.timeout(900)
def test_the_package_is_built_twice_to_the_same_bytes(packages: tuple[Path, Path]) -> None:
    one, two = (sha256(package.read_bytes()).hexdigest() for package in packages)
    assert one == two


@pytest.mark.timeout(900)
def test_the_bill_of_materials_names_each_locked_package(packages: tuple[Path, Path]) -> None:
    """Packages for other platforms are locked too, and are in neither."""
    bill = bill_of(packages[0], version="1")
    listed = {each["purl"] for each in bill["components"]}
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = {f"pkg:pypi/{name}@{version}" for name, version in LOCKED.findall(lock)}
    everywhere = {f"pkg:pypi/{name}@{version}" for name, version in UNCONDITIONAL.findall(lock)}
    assert everywhere <= listed <= locked


@pytest.mark.timeout(900)
def test_the_package_is_as_small_as_it_was(packages: tuple[Path, Path]) -> None:
    assert packages[0].stat().st_size < MAXIMUM


@pytest.mark.timeout(900)
def test_the_package_runs_with_nothing_but_itself(
    packages: tuple[Path, Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(packages[0]) as package:
        package.extractall(tmp_path)

    done = subprocess.run(
        [HERE.python, "-S", "-E", "-c", RUN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 15


@pytest.mark.timeout(900)
def test_only_the_app_and_its_packages_are_in_it(packages: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(packages[0]) as package:
        names = package.namelist()
    assert {name.split("/")[0] for name in names if not name.startswith(SITE_PACKAGES)} == {
        "__pycache__",
        "function_app.py",
        "functions",
        "host.json",
        "requirements.txt",
        "shared",
    }
    for word in ("azure_functions_runtime", "hypothesis", "/tests/", ".env", "local.settings"):
        assert [name for name in names if word in name] == []
    modules = {name for name in names if name.endswith(".py") and "/__pycache__/" not in name}
    compiled = {name for name in names if name.endswith(".pyc")}
    assert len(compiled) > 900
    assert len(modules - {_source(name) for name in compiled}) == 0


def _source(bytecode: str) -> str:
    folder, _, name = bytecode.rpartition("__pycache__/")
    return folder + name.split(".")[0] + ".py"


def test_nothing_of_the_machine_or_the_day_gets_into_it(tmp_path: Path) -> None:
    written: list[bytes] = []
    for name in ("here", "elsewhere"):
        folder = tmp_path / name / "app"
        folder.mkdir(parents=True)
        (folder / "b.py").write_text("def f():\n    return {'x', 'y', 'z'}\n", encoding="utf-8")
        (folder / "a.txt").write_text("a", encoding="utf-8")
        os.utime(folder / "b.py", (len(written) + 1, len(written) + 1))
        (folder / "a.txt").chmod(0o600 if written else 0o755)
        compile_all(HERE.python, folder)
        write_zip(folder, tmp_path / f"{name}.zip")
        written.append((tmp_path / f"{name}.zip").read_bytes())
    assert written[0] == written[1]
    assert str(tmp_path).encode() not in written[0]


def test_a_changed_source_changes_the_package(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    digests = []
    for text in ("a = 1\n", "a = 2\n"):
        (tmp_path / "app/a.py").write_text(text, encoding="utf-8")
        write_zip(tmp_path / "app", tmp_path / "a.zip")
        digests.append(sha256((tmp_path / "a.zip").read_bytes()).hexdigest())
    assert digests[0] != digests[1]


def tracked(root: Path) -> set[str]:
    git = shutil.which("git")
    assert git is not None
    listing = subprocess.run(
        [git, "ls-files"], cwd=root, capture_output=True, text=True, check=True
    )
    return {name for name in listing.stdout.splitlines() if (root / name).is_file()}


def test_azd_and_core_tools_send_the_same_files_of_ours() -> None:
    """They send all that .funcignore does not name.

    Uncommitted files do not matter here.
    """
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so what azd would send cannot be listed")
    lines = (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    ignored = [line for line in lines if line and line[0] != "#"]
    sent = {
        name
        for name in tracked(ROOT)
        if not any(fnmatch.fnmatchcase(name.split("/")[0], pattern) for pattern in ignored)
    }
    assert sent == {each.as_posix() for each in source_files(ROOT)} & tracked(ROOT)


def test_a_place_that_is_no_checkout_has_no_sources(tmp_path: Path) -> None:
    assert list(source_files(Places(tmp_path).root)) == []
