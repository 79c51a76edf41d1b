"""The direction of imports and other rules of the code base.

Kept by this tree, and shown to fail on small wrong ones.
"""

from pathlib import Path

import pytest

from toolchain.checks import rooms
from toolchain.checks.architecture import violations, warnings

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
    assert (ROOT / "shared/domain/lock/semaphore.py").exists(), (
        "the checker must look at the real tree"
    )
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line", "imported"),
    [
        ("shared/domain/job/job.py", "import azure.core", "azure.core"),
        ("shared/domain/job/job.py", "from shared.ports import Clock", "shared.ports.Clock"),
        ("shared/domain/job/job.py", "from shared import errors", "shared.errors"),
        ("shared/domain/job/job.py", "from ...usecases import scan", "shared.usecases.scan"),
        ("shared/domain/job/job.py", "def f():\n    import aiohttp", "aiohttp"),
        ("shared/usecases/scan/scan.py", "import msgspec", "msgspec"),
        (
            "shared/usecases/scan/scan.py",
            "from shared.adapters import tables",
            "shared.adapters.tables",
        ),
        (
            "shared/usecases/scan/scan.py",
            "from shared.settings import Settings",
            "shared.settings.Settings",
        ),
        (
            "shared/adapters/tables/jobs.py",
            "from shared.usecases import scan",
            "shared.usecases.scan",
        ),
        ("shared/adapters/tables/jobs.py", "import shared.bootstrap", "shared.bootstrap"),
        (
            "shared/ports/clock.py",
            "from shared.adapters.tables.jobs import T",
            "shared.adapters.tables.jobs.T",
        ),
        ("shared/ports/clock.py", "import azure.core", "azure.core"),
        (
            "shared/settings/settings.py",
            "from shared.adapters.tables.jobs import T",
            "shared.adapters.tables.jobs.T",
        ),
        ("cli/src/forestall_cli/jobs.py", "from shared.domain import job", "shared.domain.job"),
        ("cli/src/forestall_cli/jobs.py", "import functions.views", "functions.views"),
        ("cli/src/forestall_cli/jobs.py", "import azure.identity", "azure.identity"),
        ("functions/scan.py", "import forestall_cli", "forestall_cli"),
        ("shared/usecases/scan/scan.py", "import forestall_cli", "forestall_cli"),
        (
            "functions/scan.py",
            "from shared.adapters.tables.jobs import T",
            "shared.adapters.tables.jobs.T",
        ),
        ("functions/scan.py", "from shared import adapters", "shared.adapters"),
        ("functions/scan.py", "import azure.data.tables", "azure.data.tables"),
        ("function_app.py", "from shared.usecases import scan", "shared.usecases.scan"),
        ("shared/bootstrap.py", "import sandbox.azure.arm", "sandbox.azure.arm"),
        ("shared/adapters/tables/jobs.py", "from sandbox.azure import arm", "sandbox.azure.arm"),
        ("shared/adapters/tables/jobs.py", "import tests.unit", "tests.unit"),
        (
            "functions/scan.py",
            "import toolchain.generate.state_machine",
            "toolchain.generate.state_machine",
        ),
        ("sandbox/azure/arm/server.py", "from shared.domain import job", "shared.domain.job"),
        ("sandbox/azure/arm/server.py", "import functions.scan", "functions.scan"),
        ("sandbox/azure/arm/server.py", "from tests import unit", "tests.unit"),
        ("sandbox/azure/arm/server.py", "import toolchain.prepare", "toolchain.prepare"),
        ("sandbox/demo/environment.py", "from shared.domain import job", "shared.domain.job"),
        (
            "sandbox/audit/rules.py",
            "from shared.domain.policy import policy",
            "shared.domain.policy.policy",
        ),
        (
            "sandbox/audit/rules.py",
            "from sandbox.azure.fleets import fleet",
            "sandbox.azure.fleets.fleet",
        ),
    ],
)
def test_an_import_against_the_direction_is_found(
    tmp_path: Path, path: str, line: str, imported: str
) -> None:
    found = tree(tmp_path, {path: line})

    assert len(found) == 1
    assert f"imports {imported}, which" in found[0]


@pytest.mark.parametrize(
    "imported", ["sandbox.demo.environment", "sandbox.audit.rules", "sandbox.demo"]
)
def test_the_general_sandbox_knows_neither_demo_nor_auditor(tmp_path: Path, imported: str) -> None:
    found = tree(tmp_path, {"sandbox/azure/arm/server.py": f"import {imported}"})

    assert f"imports {imported}, which sandbox/azure may not" in found[0]


def test_imports_along_the_direction_are_allowed(tmp_path: Path) -> None:
    files = {
        "shared/domain/job/job.py": (
            "import hashlib\nimport msgspec\nfrom shared.domain.machine.machine import Machine"
        ),
        "shared/domain/job/deep/er.py": "from ..job import Job",
        "shared/usecases/scan/scan.py": (
            "from shared.domain import job\nfrom shared.ports import Clock\nimport asyncio"
        ),
        "shared/adapters/tables/jobs.py": (
            "import azure.data.tables\nfrom shared.ports import Clock\nfrom . import rows"
        ),
        "shared/bootstrap.py": "from shared.adapters import tables\nfrom shared import settings",
        "functions/scan.py": (
            "import azure.functions as func\n"
            "from azure import functions\n"
            "from shared import usecases"
        ),
        "sandbox/azure/arm/server.py": "from aiohttp import web\nimport sandbox.azure.fleets",
        "sandbox/demo/environment.py": "import sandbox.azure.arm\nfrom sandbox.audit import rules",
        "tests/unit/test_jobs.py": "from shared.adapters import tables\nimport sandbox.azure.arm",
    }

    assert tree(tmp_path, files) == []


@pytest.mark.parametrize(
    "body",
    [
        "app = await get_app()\n    return app.jobs",
        "return await (await get_app()).jobs.all()",
        "app = await get_app()\n    return [job for job in await app.jobs.all() if job.due]",
    ],
)
def test_a_trigger_that_reads_a_store_by_itself_is_found(tmp_path: Path, body: str) -> None:
    code = f"from shared.bootstrap import get_app\nasync def f():\n    {body}\n"
    (found,) = tree(tmp_path, {"functions/scan.py": code})

    assert "reads jobs of the app: a use case does that" in found


def test_a_trigger_that_hands_the_app_on_is_not(tmp_path: Path) -> None:
    text = (
        "from shared.bootstrap import get_app\nfrom shared.usecases.scan.scan import scan\n"
        "async def f():\n    app = await get_app()\n    found = await scan(app)\n"
        "    return found.jobs, (await scan(await get_app())).jobs\n"
    )

    assert tree(tmp_path, {"functions/scan.py": text, "shared/usecases/scan/scan.py": ""}) == []


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
        (
            (
                "from dataclasses import field\n"
                "from datetime import datetime\n"
                "x = field(default_factory=datetime.now)"
            ),
            "datetime.datetime.now",
        ),
    ],
)
@pytest.mark.parametrize(
    "path", ["shared/domain/job/job.py", "shared/adapters/tables/rows.py", "functions/scan.py"]
)
def test_only_the_clock_asks_for_the_time(tmp_path: Path, path: str, line: str, name: str) -> None:
    (found,) = tree(
        tmp_path,
        {path: line, "shared/adapters/clock.py": line, "sandbox/azure/arm/server.py": line},
    )

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
def test_nothing_is_drawn_or_timed_in_the_domain_and_the_use_cases(
    tmp_path: Path, line: str
) -> None:
    places = ("shared/domain/job/a.py", "shared/usecases/jobs/b.py", "shared/adapters/tables/c.py")
    files = dict.fromkeys(places, line)

    found = tree(tmp_path, files)

    assert [each.partition(":")[0] for each in found] == [
        "shared/domain/job/a.py",
        "shared/usecases/jobs/b.py",
    ]
    assert all("argument" in each for each in found)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import os\nx = os.environ['A']", "os.environ"),
        ("from os import environ\nx = environ.get('A')", "os.environ"),
        ("import os\nx = os.getenv('A')", "os.getenv"),
    ],
)
@pytest.mark.parametrize("path", ["shared/settings/settings.py", "functions/scan.py"])
def test_only_the_wiring_reads_the_environment(
    tmp_path: Path, path: str, line: str, name: str
) -> None:
    (found,) = tree(
        tmp_path, {path: line, "shared/bootstrap.py": line, "sandbox/demo/demo.py": line}
    )

    assert found.startswith(path)
    assert f"reads {name}; only shared/bootstrap.py does" in found


def test_a_type_named_like_a_clock_is_no_clock(tmp_path: Path) -> None:
    code = (
        "from datetime import datetime, time\n"
        "def f(now: datetime, at: time) -> datetime:\n"
        "    return now.now"
    )

    assert tree(tmp_path, {"shared/domain/policy/change_windows.py": code}) == []


def test_a_module_without_docstring_is_found_and_an_empty_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/__init__.py").write_text("")
    (tmp_path / "functions/scan.py").write_text("x = 1\n")

    (found,) = violations(tmp_path)

    assert "functions/scan.py:1 has no module docstring" in found


@pytest.mark.parametrize(
    "path",
    [
        "shared/domain/job/utils.py",
        "functions/operators/table_helpers.py",
        "sandbox/azure/arm/manager.py",
        "toolchain/common/a.py",
    ],
)
def test_a_name_that_says_nothing_is_found(tmp_path: Path, path: str) -> None:
    (found,) = tree(tmp_path, {path: ""})

    assert "name it after what is inside" in found


def test_azure_resource_manager_may_have_its_name(tmp_path: Path) -> None:
    assert tree(tmp_path, {"shared/adapters/azure/resource_manager.py": ""}) == []
    assert len(tree(tmp_path, {"shared/adapters/azure/machine_manager.py": ""})) == 1


def test_a_word_inside_a_longer_one_is_no_empty_name(tmp_path: Path) -> None:
    assert (
        tree(tmp_path, {"sandbox/demo/database.py": "", "sandbox/demo/commonwealth.py": ""}) == []
    )


def test_every_name_in_the_order_exists() -> None:
    gone = [
        f"{folder}/{name}"
        for folder, table in rooms.ORDER.items()
        for name in table.split()
        if not (ROOT / folder / name).is_dir() and not (ROOT / folder / f"{name}.py").is_file()
    ]

    assert gone == []


@pytest.mark.parametrize(
    ("path", "line", "rule"),
    [
        (
            "shared/domain/machine/placement.py",
            "from shared.domain.lock.semaphore import Semaphore",
            "in shared/domain, machine may not import lock",
        ),
        (
            "shared/domain/health/a.py",
            "from shared.domain import lock",
            "health may not import lock",
        ),
        (
            "shared/domain/utc.py",
            "import shared.domain.machine.machine",
            "utc may not import machine",
        ),
        ("shared/domain/job/a.py", "from ..plan import planning", "job may not import plan"),
        (
            "shared/domain/job/a.py",
            "def f():\n    from shared.domain.redeploy import gates",
            "job may not",
        ),
        (
            "shared/domain/notices/mail/text.py",
            "from shared.domain.notices import http",
            "mail may not import http",
        ),
        (
            "shared/domain/notices/notice.py",
            "import shared.domain.notices.regions",
            "notice may not",
        ),
        (
            "shared/usecases/jobs/locks.py",
            "from shared.usecases.redeploy.call import f",
            "jobs may not",
        ),
        (
            "shared/usecases/scan/a.py",
            "from shared.usecases.redeploy import verify",
            "scan may not",
        ),
        (
            "shared/adapters/tables/jobs.py",
            "from shared.adapters.mail import mime",
            "tables may not",
        ),
        ("functions/operators/read.py", "from functions.notices import email", "operators may not"),
        ("functions/http.py", "from functions import scan", "http may not import scan"),
        (
            "sandbox/azure/fleets/a.py",
            "import sandbox.azure.arm.clock",
            "fleets may not import arm",
        ),
    ],
)
def test_an_import_against_the_order_of_rooms_is_found(
    tmp_path: Path, path: str, line: str, rule: str
) -> None:
    (found,) = tree(tmp_path, {path: line})

    assert found.startswith(f"{path}:")
    assert rule in found


def test_imports_along_the_order_of_rooms_are_allowed(tmp_path: Path) -> None:
    files = {
        "shared/domain/redeploy/gates.py": (
            "from shared.domain.policy.mode import Mode\nfrom shared.domain import utc"
        ),
        "shared/domain/redeploy/decisions.py": "from shared.domain.redeploy import gates",
        "shared/domain/notices/mail/text.py": "from shared.domain.notices.mail import message",
        "shared/usecases/scan/a.py": "from shared.usecases.jobs.transitions import save",
        "functions/notices/email.py": (
            "from functions import http\nfrom functions.operators.views import job_view"
        ),
    }

    assert tree(tmp_path, files) == []


@pytest.mark.parametrize(
    "path",
    [
        "shared/domain/calendars.py",
        "shared/usecases/a.py",
        "shared/adapters/blobs/a.py",
        "functions/a.py",
    ],
)
def test_a_module_or_a_room_without_a_place_in_the_order_is_found(
    tmp_path: Path, path: str
) -> None:
    (found,) = tree(tmp_path, {path: ""})

    assert "give " in found
    assert "a place in ORDER" in found


def test_a_circle_of_modules_or_of_folders_is_found(tmp_path: Path) -> None:
    modules = {
        "sandbox/demo/a.py": "from sandbox.demo import b",
        "sandbox/demo/b.py": "from sandbox.demo.c import x",
        "sandbox/demo/c.py": "def f():\n    import sandbox.demo.a",
    }
    folders = {
        "sandbox/audit/one/a.py": "from sandbox.audit.two.b import x",
        "sandbox/audit/one/c.py": "",
        "sandbox/audit/two/b.py": "",
        "sandbox/audit/two/d.py": "from sandbox.audit.one.c import x",
    }

    found = tree(tmp_path, modules | folders)

    assert found == [
        "sandbox/audit/one:1 is in a circle of imports: one -> two -> one",
        "sandbox/demo/a:1 is in a circle of imports: a -> b -> c -> a",
    ]


def test_an_import_for_types_alone_makes_no_circle_and_keeps_the_order_all_the_same(
    tmp_path: Path,
) -> None:
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {} import {}"
    files = {
        "sandbox/demo/a.py": "from sandbox.demo import b",
        "sandbox/demo/b.py": typed.format("sandbox.demo", "a"),
        "shared/domain/job/a.py": typed.format("shared.domain.plan", "planning"),
    }

    (found,) = tree(tmp_path, files)

    assert "job may not import plan" in found


def test_imports_that_meet_again_are_no_circle(tmp_path: Path) -> None:
    files = {
        "sandbox/demo/a.py": "from sandbox.demo import b, c",
        "sandbox/demo/b.py": "from sandbox.demo import d",
        "sandbox/demo/c.py": "from sandbox.demo import d",
        "sandbox/demo/d.py": "",
    }

    assert tree(tmp_path, files) == []


def full_of(folder: str, size: int) -> dict[str, str]:
    return {f"{folder}/__init__.py": ""} | {f"{folder}/m{n}.py": "" for n in range(size)}


def test_a_folder_with_many_modules_is_a_warning_and_with_too_many_an_error(tmp_path: Path) -> None:
    assert tree(tmp_path, full_of("sandbox/demo", 12)) == []
    assert warnings(tmp_path) == []

    assert tree(tmp_path, full_of("sandbox/demo", 13)) == []
    assert warnings(tmp_path) == ["sandbox/demo holds 13 modules; more than 12 are hard to survey"]

    assert tree(tmp_path, full_of("sandbox/demo", 16)) == []
    (found,) = tree(tmp_path, full_of("sandbox/demo", 17))
    assert found == "sandbox/demo:1 holds 17 modules, and 16 are allowed: divide it by subject"


def test_modules_of_folders_below_do_not_count(tmp_path: Path) -> None:
    assert tree(tmp_path, full_of("sandbox/demo", 9) | full_of("sandbox/demo/live", 9)) == []
    assert warnings(tmp_path) == []


def test_an_exception_may_only_go_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "EXCEPTIONS", {"sandbox/demo": (20, "a reason")})

    sizes = {
        size: tree(tmp_path / str(size), full_of("sandbox/demo", size)) for size in (16, 19, 20, 21)
    }

    assert sizes[20] == []
    assert sizes[21] == [
        "sandbox/demo:1 holds 21 modules, and its exception allows 20: it may only go down"
    ]
    assert sizes[19] == ["sandbox/demo:1 holds 19 modules: lower its exception from 20"]
    assert sizes[16] == [
        "sandbox/demo:1 holds 16 modules and needs no exception: take it from EXCEPTIONS"
    ]


def test_each_exception_is_of_a_folder_that_exists_and_has_a_reason() -> None:
    for folder, (_, reason) in rooms.EXCEPTIONS.items():
        assert (ROOT / folder).is_dir(), folder
        assert len(reason.split()) > 3, folder
