"""The direction of imports and other rules of the house: kept by this tree, and shown to bite on small false ones."""

from pathlib import Path

import pytest

from toolchain.architecture import violations

ROOT = Path(__file__).parents[2]
DOC = '"""A module."""\n'


def tree(root: Path, files: dict[str, str]) -> list[str]:
    """What is wrong with a tree of these files, each of which starts with a docstring."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(DOC + text, encoding="utf-8")
    return violations(root)


def test_this_tree_keeps_every_rule() -> None:
    assert (ROOT / "shared/domain/semaphores.py").exists(), "the checker must look at the real tree"
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line", "imported"),
    [
        ("shared/domain/jobs.py", "import azure.core", "azure.core"),
        ("shared/domain/jobs.py", "from shared.ports import Clock", "shared.ports.Clock"),
        ("shared/domain/jobs.py", "from shared import errors", "shared.errors"),
        ("shared/domain/jobs.py", "from ..usecases import scan", "shared.usecases.scan"),
        ("shared/domain/jobs.py", "def f():\n    import aiohttp", "aiohttp"),
        ("shared/usecases/scan.py", "import msgspec", "msgspec"),
        ("shared/usecases/scan.py", "from shared.adapters import tables", "shared.adapters.tables"),
        ("shared/usecases/scan.py", "from shared.settings import Settings", "shared.settings.Settings"),
        ("shared/adapters/tables.py", "from shared.usecases import scan", "shared.usecases.scan"),
        ("shared/adapters/tables.py", "import shared.bootstrap", "shared.bootstrap"),
        ("shared/ports.py", "from shared.adapters.tables import T", "shared.adapters.tables.T"),
        ("shared/ports.py", "import azure.core", "azure.core"),
        ("shared/settings.py", "from shared.adapters.tables import T", "shared.adapters.tables.T"),
        ("shared/cli/main.py", "from shared.adapters.tables import T", "shared.adapters.tables.T"),
        ("functions/scan.py", "from shared.adapters.tables import T", "shared.adapters.tables.T"),
        ("functions/scan.py", "from shared import adapters", "shared.adapters"),
        ("functions/scan.py", "import azure.data.tables", "azure.data.tables"),
        ("function_app.py", "from shared.usecases import scan", "shared.usecases.scan"),
        ("shared/bootstrap.py", "import sandbox.arm", "sandbox.arm"),
        ("shared/adapters/tables.py", "from sandbox.arm import server", "sandbox.arm.server"),
        ("shared/adapters/tables.py", "import tests.unit", "tests.unit"),
        ("functions/scan.py", "import toolchain.state_machine", "toolchain.state_machine"),
        ("sandbox/arm/server.py", "from shared.domain import jobs", "shared.domain.jobs"),
        ("sandbox/arm/server.py", "import functions.scan", "functions.scan"),
        ("sandbox/arm/server.py", "from tests import unit", "tests.unit"),
    ],
)
def test_an_import_against_the_direction_is_found(
    tmp_path: Path, path: str, line: str, imported: str
) -> None:
    found = tree(tmp_path, {path: line})

    assert len(found) == 1
    assert f"imports {imported}, which" in found[0]


def test_imports_along_the_direction_are_allowed(tmp_path: Path) -> None:
    files = {
        "shared/domain/jobs.py": "import hashlib\nimport msgspec\nfrom shared.domain.machines import Machine",
        "shared/domain/deep/er.py": "from ..jobs import Job",
        "shared/usecases/scan.py": "from shared.domain import jobs\nfrom shared.ports import Clock\nimport asyncio",
        "shared/adapters/tables.py": "import azure.data.tables\nfrom shared.ports import Clock\nfrom . import rows",
        "shared/bootstrap.py": "from shared.adapters import tables\nfrom shared import settings",
        "functions/scan.py": "import azure.functions as func\nfrom azure import functions\nfrom shared import usecases",
        "sandbox/arm/server.py": "from aiohttp import web\nimport sandbox.fleets",
        "tests/unit/test_jobs.py": "from shared.adapters import tables\nimport sandbox.arm",
    }

    assert tree(tmp_path, files) == []


def test_a_file_of_the_app_outside_every_layer_is_found(tmp_path: Path) -> None:
    (found,) = tree(tmp_path, {"shared/models.py": ""})

    assert "belongs to no layer" in found


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import datetime\nx = datetime.datetime.now()", "datetime.datetime.now"),
        ("from datetime import datetime\nx = datetime.now(None)", "datetime.datetime.now"),
        ("from datetime import datetime as dt\nx = dt.utcnow()", "datetime.datetime.utcnow"),
        ("from datetime import date\nx = date.today()", "datetime.date.today"),
        ("import time\nx = time.time()", "time.time"),
        ("import time as t\nx = t.time_ns()", "time.time_ns"),
        ("from time import time\nx = time()", "time.time"),
        ("from dataclasses import field\nfrom datetime import datetime\nx = field(default_factory=datetime.now)",
         "datetime.datetime.now"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["shared/domain/jobs.py", "shared/adapters/tables.py", "functions/scan.py"])
def test_only_the_clock_asks_for_the_time(tmp_path: Path, path: str, line: str, name: str) -> None:
    (found,) = tree(tmp_path, {path: line, "shared/adapters/clock.py": line, "sandbox/arm/server.py": line})

    assert found.startswith(path)
    assert f"asks {name} for the time" in found


@pytest.mark.parametrize(
    "line",
    [
        "import random",
        "from uuid import uuid4",
        "import secrets",
        "import time\nx = time.monotonic()",
        "import os\nx = os.urandom(4)",
    ],
)
def test_nothing_is_drawn_or_timed_in_the_domain_and_the_use_cases(tmp_path: Path, line: str) -> None:
    files = dict.fromkeys(("shared/domain/a.py", "shared/usecases/b.py", "shared/adapters/c.py"), line)

    found = tree(tmp_path, files)

    assert [each.partition(":")[0] for each in found] == ["shared/domain/a.py", "shared/usecases/b.py"]
    assert all("argument" in each for each in found)


def test_a_type_named_like_a_clock_is_no_clock(tmp_path: Path) -> None:
    code = (
        "from datetime import datetime, time\ndef f(now: datetime, at: time) -> datetime:\n    return now.now"
    )

    assert tree(tmp_path, {"shared/domain/calendars.py": code}) == []


def test_a_module_without_docstring_is_found_and_an_empty_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/__init__.py").write_text("")
    (tmp_path / "functions/scan.py").write_text("x = 1\n")

    (found,) = violations(tmp_path)

    assert "functions/scan.py:1 has no module docstring" in found


@pytest.mark.parametrize(
    "path",
    ["shared/domain/utils.py", "functions/table_helpers.py", "sandbox/arm/manager.py", "sandbox/common/a.py"],
)
def test_a_name_that_says_nothing_is_found(tmp_path: Path, path: str) -> None:
    (found,) = tree(tmp_path, {path: ""})

    assert "name it after what is inside" in found


def test_a_word_inside_a_longer_one_is_no_empty_name(tmp_path: Path) -> None:
    assert tree(tmp_path, {"sandbox/database.py": "", "sandbox/commonwealth.py": ""}) == []
