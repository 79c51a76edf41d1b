"""What the user gives: options, fleet, policy, output folder.

Each fault has one message and exit code 2.
"""

import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path

import pytest

from sandbox.audit.rules import read_rules
from sandbox.demo.__main__ import main
from sandbox.demo.options import DEMO_FLEET, ROOT, BadInput, Options, prepare, read_options


def options(tmp_path: Path, *more: str) -> Options:
    return read_options(["--out", str(tmp_path / "out"), *more], is_terminal=False)


def test_without_a_terminal_there_is_no_live_screen(tmp_path: Path) -> None:
    assert options(tmp_path).plain
    assert not read_options([], is_terminal=True).plain
    assert read_options(["--plain"], is_terminal=True).plain


def test_without_options_the_demo_fleet_is_played(tmp_path: Path) -> None:
    given = options(tmp_path)
    assert (given.fleet, given.policy, given.seed, given.kill_app_every) == (
        (DEMO_FLEET,),
        None,
        0,
        None,
    )


def test_a_run_with_crashes_has_more_time_unless_it_is_said(tmp_path: Path) -> None:
    assert options(tmp_path).limit == 300
    assert options(tmp_path, "--kill-app-every", "5").limit == 600
    assert options(tmp_path, "--kill-app-every", "5", "--limit", "7").limit == 7


def test_a_second_run_does_not_leave_the_report_of_the_first(tmp_path: Path) -> None:
    given = options(tmp_path)
    prepare(given)
    (given.out / "report.json").write_text("old")
    (given.logs / "app.log").write_text("old")
    (given.out / "notes.txt").write_text("mine")

    prepare(given)

    assert not (given.out / "report.json").exists()
    assert not (given.logs / "app.log").exists()
    assert (given.out / "notes.txt").read_text() == "mine"


def test_a_folder_that_another_run_writes_to_is_refused_and_stays(tmp_path: Path) -> None:
    given = options(tmp_path)
    prepare(given)
    (given.out / "report.json").write_text("of the first run")

    second = subprocess.run(
        [sys.executable, "-m", "sandbox.demo", "--out", str(given.out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 2
    assert second.stderr == f"Another run writes to {given.out}. Choose another --out.\n"
    assert (given.out / "report.json").read_text() == "of the first run"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fleet", "{}/none.json"], "none.json"),
        (["--fleet", "{}/broken.json"], "broken.json"),
        (["--policy", "{}/none.json"], "none.json"),
        (["--policy", "{}/broken.json"], "The app would refuse this policy"),
        (["--out", "{}/broken.json"], "cannot be written"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_message_and_exits_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    (tmp_path / "broken.json").write_text("{")
    given = ["--out", str(tmp_path / "out"), *(each.format(tmp_path) for each in arguments)]
    assert main(given) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [["--limit", "0"], ["--kill-app-every", "-1"], ["--limit", "x"], ["--colour"]]
)
def test_options_that_make_no_sense_exit_with_two(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        options(tmp_path, *wrong)
    assert ended.value.code == 2


def test_a_users_policy_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"limits": {"slots": 7}}')
    _, policy = prepare(options(tmp_path, "--policy", str(tmp_path / "policy.json")))
    assert policy is not None
    assert policy.text == '{"limits": {"slots": 7}}'
    assert read_rules(policy.effective).limits.slots == 7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"limits": {"slot": 7}}', "Did you mean `limits.slots`?"),
        ('{"limits": {"slots": 0}, "limits": {}}', "the key 'limits' is there twice"),
        ('{"timing": {"bake_time": "PT1H"}}', "verify_timeout must be longer"),
        ("version: 1\ndefaults: { limits: { slots: none } }\n", "line 2"),
        ('{"change_windows": {"time_zone": "EST"}}', "an abbreviation"),
    ],
)
def test_a_policy_that_the_app_would_refuse_is_refused_before_anything_starts(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "mine.json").write_text(text)

    with pytest.raises(BadInput) as refused:
        prepare(options(tmp_path, "--policy", str(tmp_path / "mine.json")))

    assert "mine.json: " in str(refused.value)
    assert told in str(refused.value)


def test_a_policy_in_yaml_is_taken_with_all_its_defaults(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("version: 1\ndefaults: { limits: { cool_down: 90s } }\n")
    _, policy = prepare(options(tmp_path, "--policy", str(tmp_path / "mine.yaml")))

    assert policy is not None
    rules = read_rules(policy.effective)
    assert (rules.limits.cool_down, rules.timing.bake_time) == (
        timedelta(seconds=90),
        timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"change_windows": {"time_zone": "W. Europe Standard Time", "windows":'
            ' [{"days": ["sat"], "start": "22:00", "end": "24:00"}]},'
            ' "timing": {"bake_time": "9m"}}'
        ),
        (
            "version: 1\ntime_zone: W. Europe Standard Time\n"
            "defaults: { timing: { bake_time: 9m },"
            " windows: [{ weekly: sat, from: 22:00, to: 24:00 }] }\n"
        ),
    ],
)
def test_the_auditor_reads_every_spelling_that_the_app_reads(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine").write_text(text)
    _, policy = prepare(options(tmp_path, "--policy", str(tmp_path / "mine")))

    assert policy is not None
    rules = read_rules(policy.effective)
    assert rules.change_windows.time_zone == "Europe/Berlin"
    assert rules.timing.bake_time == timedelta(minutes=9)
    (window,) = rules.change_windows.windows or ()
    assert (window.days, window.start, window.end) == (("sat",), time(22), time(0))


def test_a_fault_of_a_fleet_is_the_fleets_own_message(tmp_path: Path) -> None:
    (tmp_path / "fleet.json").write_text('{"name": "x", "subscriptions": [], "machines": []}')
    with pytest.raises(BadInput, match="Name at least one subscription"):
        prepare(options(tmp_path, "--fleet", str(tmp_path / "fleet.json")))
