"""`forestall policy`: what it sends, what it prints, and what it publishes with `az`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from forestall_cli.client import ApiClient, ApiError
from forestall_cli.policies.files import PolicyFile, read_files, version_document
from forestall_cli.policies.publish import publish
from functions.operators.views.policy.check import check_view
from functions.operators.views.policy.difference import difference_view, policy_plan_view
from functions.operators.views.policy.history import history_view
from functions.operators.views.policy.machine_rules import machine_rules_view
from shared.domain.calendar.interval import Interval
from shared.domain.plan.machines.difference import Change, MachineChange
from shared.domain.policy.files.lines import RuleLine
from shared.domain.policy.files.node import FileProblem, Place
from shared.domain.policy.files.published import read_published
from shared.domain.schedule.plan import Feasibility
from shared.ports import PolicyName
from shared.usecases.policies.check import GroupCheck, MachineCheck, PolicyCheck
from shared.usecases.policies.compare import PolicyDifference, RuleChange
from shared.usecases.policies.history import PolicyHistory, PublishedVersion, VersionState
from shared.usecases.policies.machine_rules import MachineRules
from tests.contract.ports.samples import NOW, a_job
from tests.unit.cli.stub_app import KEY, StubApp, run, stub_app
from tests.unit.cli.test_plan import SHOWN

VERSION = "4f2d90c1a0b3e211"
PLACE = Place("groups/crm.yaml", 5, 15)
RULE = RuleLine("limits.slots", "1", PLACE)
MACHINE = a_job("web-0").machine
OPEN = (Interval(start=NOW, end=datetime(2026, 11, 24, tzinfo=UTC)),)
GROUP = GroupCheck(
    name="crm",
    owner="ada",
    left_alone=None,
    mode="observe",
    machines=1,
    time_zone="Europe/Berlin",
    openings=OPEN,
    rules=(RULE, RuleLine("limits.spacing", "0s")),
)
CHECKED = PolicyCheck(
    at=NOW,
    files=(),
    version=VERSION,
    remarks=(FileProblem(PLACE, "monthly", "5 months have no such day."),),
    groups=(GROUP,),
    machines=(MachineCheck(machine=MACHINE, group="crm", left_alone="tagged\x1b[31m off"),),
)
REFUSED = PolicyCheck(
    at=NOW, files=(), version=None, problems=(FileProblem(PLACE, "limits.slots", "is x."),)
)
CHANGED = PolicyDifference(
    at=NOW,
    before="old",
    after=VERSION,
    rules=(RuleChange("crm", "limits.slots", "2", "1"),),
    machines=(
        MachineChange(
            machine=MACHINE,
            change=Change.LATER,
            group_before="",
            group_after="crm",
            before=NOW,
            after=OPEN[0].end,
        ),
    ),
    unchanged=4,
    feasibility_before=Feasibility.FITS,
    feasibility_after=Feasibility.CANNOT_FIT,
    plan=SHOWN,
)
RULES = MachineRules(
    machine=MACHINE,
    at=NOW,
    version=VERSION,
    group="crm",
    owner="ada",
    mode="act",
    left_alone="tagged forestall=off",
    time_zone="Europe/Berlin",
    openings=OPEN,
    rules=(RULE, RuleLine("limits.spacing", "0s")),
    tags=(("forestall", "off"),),
)
CONTAINER = "https://account1.blob.core.windows.net/policy"


def kept(name: str = "20261101T120000Z-00000000.json", version: str = "0") -> PolicyHistory:
    stored = PublishedVersion(
        name=PolicyName(name),
        version=version,
        by="ada",
        published_at=NOW,
        state=VersionState.IN_FORCE,
    )
    return PolicyHistory(
        at=NOW,
        place=CONTAINER,
        version=version,
        problem="it is bad",
        versions=(stored,),
        newest=name,
    )


def answers(**other: object) -> dict[str, object]:
    return {
        "/api/v1/policy/check": check_view(CHECKED),
        "/api/v1/policy/diff": difference_view(CHANGED),
        "/api/v1/policy/plan": policy_plan_view(CHANGED),
        "/api/v1/policy/history?limit=20": history_view(kept()),
        "/api/v1/policy/history?limit=1": history_view(kept()),
        **other,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "groups").mkdir()
    (tmp_path / "forestall.yaml").write_text("version: 1\n", encoding="utf-8")
    (tmp_path / "groups" / "crm.yaml").write_text("version: 1 # ü\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no policy", encoding="utf-8")
    return tmp_path


def test_a_folder_is_sent_with_names_that_are_the_same_everywhere(folder: Path) -> None:
    with stub_app(answers()) as app:
        done = run("policy", "check", str(folder), "--url", app.url)

    assert done.returncode == 0, done.stderr
    assert [(each["name"], each["isPlatform"]) for each in app.posted[0][1]["files"]] == [
        ("forestall.yaml", True),
        ("groups/crm.yaml", False),
    ]
    lines = done.stdout.splitlines()
    assert lines[0] == "remark: groups/crm.yaml:5:15: `monthly` 5 months have no such day."
    assert "group crm" in lines
    assert "  open Mon 23 Nov 2026 17:00 CET to Tue 24 Nov 2026 01:00 CET" in lines
    assert "  limits.slots: 1  (groups/crm.yaml:5:15)" in lines
    assert "\x1b" not in done.stdout


def test_problems_end_with_exit_code_1_and_their_places(folder: Path) -> None:
    with stub_app(answers(**{"/api/v1/policy/check": check_view(REFUSED)})) as app:
        done = run("policy", "check", str(folder), "--url", app.url)
        as_json = run("policy", "check", str(folder), "--json", "--url", app.url)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "groups/crm.yaml:5:15: `limits.slots` is x.\n1 problem\n"
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["problems"][0]["place"]["line"] == 5


@pytest.mark.parametrize("command", [("policy", "diff"), ("plan", "--diff", "--policy")])
def test_the_difference_shows_rules_and_machines(folder: Path, command: tuple[str, ...]) -> None:
    with stub_app(answers()) as app:
        done = run(*command, str(folder), "--url", app.url)

    lines = done.stdout.splitlines()
    assert lines[0] == f"policy old -> {VERSION}"
    assert "  limits.slots: 2 -> 1" in lines
    assert "1 starts later; 4 keep their start" in lines
    assert "all machines: fits -> cannot fit" in lines
    assert lines[-1].split()[:3] == ["web-0", "starts", "later"]
    assert "- -> crm" in lines[-1]


def test_the_plan_with_other_files_is_shown_like_the_plan(folder: Path) -> None:
    with stub_app(answers()) as app:
        done = run("plan", "--policy", str(folder), "--url", app.url)
        alone = run("plan", "--diff", "--url", app.url)

    assert done.stdout.startswith("Plan f1, policy p1")
    assert alone.returncode == 2
    assert "name them with --policy" in alone.stderr


def test_the_rules_of_a_machine_are_shown_with_their_lines() -> None:
    path = f"/api/v1/policy/machine?machine={MACHINE.replace('/', '%2F')}"
    with stub_app({path: machine_rules_view(RULES)}) as app:
        lines = run("policy", "show", MACHINE, "--url", app.url).stdout.splitlines()

    assert lines[0] == f"{MACHINE}: group crm, owner ada, policy {VERSION}"
    assert "left alone: tagged forestall=off" in lines
    assert lines[-2:] == [
        "limits.slots: 1  (groups/crm.yaml:5:15)",
        "limits.spacing: 0s  (default)",
    ]


def test_the_history_shows_the_versions() -> None:
    with stub_app(answers()) as app:
        lines = run("policy", "history", "--url", app.url).stdout.splitlines()

    assert lines[0] == f"policy 0, published to {CONTAINER}"
    assert lines[1] == "the newest version is not in force: it is bad"
    assert lines[-1].startswith("in force  0")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\xff", "byte 0 is no UTF-8"), (None, "cannot be read: No such file")],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "a.yaml"
    if content is not None:
        path.write_bytes(content)
    done = run("policy", "check", str(path))

    assert done.returncode == 1
    assert problem in done.stderr


def test_files_that_are_named_twice_are_sent_once_and_two_platforms_are_refused(
    folder: Path,
) -> None:
    (folder / "groups" / "forestall.yaml").write_text("version: 1\n", encoding="utf-8")

    owner = str(folder / "groups" / "crm.yaml")
    assert len(read_files([owner, owner])) == 1
    with pytest.raises(ApiError, match="more than one platform file"):
        read_files([str(folder)])
    (folder / "empty").mkdir()
    with pytest.raises(ApiError, match="no policy file"):
        read_files([str(folder / "empty")])


def test_the_document_of_a_version_is_what_the_app_reads() -> None:
    files = [PolicyFile("forestall.yaml", "version: 1 # ü\n", is_platform=True)]
    read = read_published(version_document(files, "ada", "2026-12-01T10:00:00Z").encode())

    assert [(each.name, each.text, each.is_platform) for each in read.files] == [
        ("forestall.yaml", "version: 1 # ü\n", True)
    ]
    assert (read.by, read.published_at) == ("ada", datetime(2026, 12, 1, 10, tzinfo=UTC))


class Az:
    """Plays `az`: keeps the command, and the document that it would upload."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.commands: list[Sequence[str]] = []
        self.documents: list[bytes] = []

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        self.commands.append(command)
        self.documents.append(Path(command[command.index("--file") + 1]).read_bytes())
        return self.code, "not authorized"


def published(app: StubApp, folder: Path, az: Az, *, dry_run: bool = False) -> str:
    client = ApiClient(url=app.url, key=KEY)
    return publish(client, read_files([str(folder)]), "ada", dry_run=dry_run, run=az)


def test_a_version_is_uploaded_once_checked_under_a_name_by_the_clock_of_the_app(
    folder: Path,
) -> None:
    az = Az()
    with stub_app(answers()) as app:
        told = published(app, folder, az)

    (command,) = az.commands
    given = dict(pairwise(command))
    assert command[:4] == ("az", "storage", "blob", "upload")
    assert given["--account-name"] == "account1"
    assert given["--container-name"] == "policy"
    assert (given["--auth-mode"], given["--overwrite"]) == ("login", "false")
    assert given["--name"] == f"{NOW:%Y%m%dT%H%M%SZ}-{VERSION}.json"
    assert len(read_published(az.documents[0]).files) == 2
    assert VERSION in told
    assert not Path(given["--file"]).exists()


def test_nothing_is_uploaded_where_the_files_are_refused(folder: Path) -> None:
    az = Az()
    with (
        stub_app(answers(**{"/api/v1/policy/check": check_view(REFUSED)})) as app,
        pytest.raises(ApiError, match=r"(?s)limits.slots.*Nothing is published"),
    ):
        published(app, folder, az)
    assert not az.commands


@pytest.mark.parametrize(
    ("known", "problem"),
    [
        (kept("20991123T120000Z-00000000.json"), "not older"),
        (PolicyHistory(at=NOW, place=None, version="0", problem=""), "FORESTALL_POLICY_FILES"),
        (PolicyHistory(at=NOW, place="/policy", version="0", problem=""), "change them there"),
    ],
)
def test_nothing_is_uploaded_where_the_app_would_not_take_it(
    folder: Path, known: PolicyHistory, problem: str
) -> None:
    az = Az()
    with (
        stub_app(answers(**{"/api/v1/policy/history?limit=1": history_view(known)})) as app,
        pytest.raises(ApiError, match=problem),
    ):
        published(app, folder, az)
    assert not az.commands


def test_the_version_in_force_is_not_published_again(folder: Path) -> None:
    az, known = Az(), history_view(kept(version=VERSION))
    with stub_app(answers(**{"/api/v1/policy/history?limit=1": known})) as app:
        assert "published already" in published(app, folder, az)
    assert not az.commands


def test_a_failure_of_az_is_told_with_what_it_said(folder: Path) -> None:
    with stub_app(answers()) as app, pytest.raises(ApiError, match=r"exit code 3.*not authorized"):
        published(app, folder, Az(3))


def test_a_dry_run_prints_the_command_and_keeps_the_document(folder: Path) -> None:
    az = Az()
    with stub_app(answers()) as app:
        told = published(app, folder, az, dry_run=True)

    assert not az.commands
    path = told.partition("--file ")[2].split()[0]
    assert read_published(Path(path).read_bytes()).by == "ada"


def test_a_version_needs_the_platform_file(folder: Path) -> None:
    with pytest.raises(ApiError, match=r"name forestall\.yaml, too"):
        publish(
            ApiClient(url="http://127.0.0.1:1", key=KEY),
            read_files([str(folder / "groups")]),
            "ada",
            dry_run=False,
        )


def test_publishing_asks_first_and_does_nothing_without_an_answer(folder: Path) -> None:
    with stub_app(answers()) as app:
        done = run("policy", "publish", str(folder), "--url", app.url)

    assert (done.returncode, done.stdout) == (2, "")
    assert "This publishes policy " in done.stderr
    assert "add --yes" in done.stderr
