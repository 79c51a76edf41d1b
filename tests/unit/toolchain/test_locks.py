"""Every lock file pins contents by hash, and names no place to get them from."""

import json
import re
from pathlib import Path

import pytest

from toolchain.lock import PYTHON_LOCKS
from toolchain.prepare.places import HERE

AZURITE = HERE.azurite / "package-lock.json"


def test_every_package_of_azurite_is_pinned_by_content_and_not_by_address() -> None:
    packages = json.loads(AZURITE.read_text(encoding="utf-8"))["packages"]
    pinned = {name: package for name, package in packages.items() if name}
    assert len(pinned) > 100
    assert [name for name, package in pinned.items() if "integrity" not in package] == []
    assert [name for name, package in pinned.items() if "resolved" in package] == []


@pytest.mark.parametrize("left_out", ["@opentelemetry", "@azure/identity", "@azure/msal-node"])
def test_what_azurite_needs_only_for_telemetry_and_sql_servers_is_left_out(left_out: str) -> None:
    packages = json.loads(AZURITE.read_text(encoding="utf-8"))["packages"]
    assert [name for name in packages if f"node_modules/{left_out}" in name] == []


@pytest.mark.parametrize("name", list(PYTHON_LOCKS))
def test_every_python_package_is_pinned_with_hashes(name: str) -> None:
    lines = (HERE.root / name).read_text(encoding="utf-8").splitlines()
    pins = [number for number, line in enumerate(lines) if re.match(r"[\w.-]+==\S+", line)]
    assert pins
    assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


@pytest.mark.parametrize("name", list(PYTHON_LOCKS))
def test_a_python_lock_holds_pins_hashes_and_comments_only(name: str) -> None:
    pin = re.compile(r"[\w.-]+==\S+( ; .+)? \\| +--hash=sha256:[0-9a-f]{64}( \\)?| +#.*")
    lines = (HERE.root / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_everything_the_app_needs_is_locked_alike_for_work_on_it() -> None:
    deployed, dev = (
        _pins(HERE.root / name) for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert deployed
    assert deployed - dev == set()


def _pins(lock: Path) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[^\s;]+", lock.read_text(encoding="utf-8"), re.MULTILINE))
