"""The auditor on the command line: exit codes and messages."""

import json
from pathlib import Path

import pytest

from sandbox.audit.__main__ import main
from tests.unit.audit.logs import COLLEAGUE, Log, at, vm

POLICY = (
    '{"limits": {"slots": 1, "cool_down": "PT1S"}, '
    '"timing": {"expected_duration": "PT20S", "bake_time": "PT0S"}, "tags": {}}'
)


def files(folder: Path, log: Log, policy: str = POLICY) -> list[str]:
    (folder / "events.jsonl").write_text("\n".join(log.lines()) + "\n")
    (folder / "policy.json").write_text(policy)
    return [str(folder / "events.jsonl"), "--policy", str(folder / "policy.json")]


def two_machines() -> Log:
    log = Log()
    log.load("a", 0)
    log.load("b", 1)
    log.move(10, "a")
    return log


def test_a_clean_log_exits_with_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = two_machines()
    log.move(20, "b")
    assert main(files(tmp_path, log)) == 0
    assert capsys.readouterr().out.endswith(
        "2 machines, 2 calls by f0000000-0000-4000-8000-000000000001: no violation\n"
    )


def test_violations_are_printed_one_a_line_and_exit_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = two_machines()
    log.move(11, "b")
    assert main(files(tmp_path, log)) == 1
    first, summary = capsys.readouterr().out.splitlines()
    assert first.startswith("I1 16:00:11.000000 /subscriptions/s1/")
    assert summary.endswith("1 violations")


def test_every_rule_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = two_machines()
    log.call(10.5, "b")
    log.call(3500, "a")
    assert main(files(tmp_path, log)) == 1
    assert {line[:2] for line in capsys.readouterr().out.splitlines()} >= {"I1", "I2", "I3", "I4"}


def test_a_run_in_which_we_never_called_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log()
    log.load("a")
    log.move(10, "a", by=COLLEAGUE)
    assert main(files(tmp_path, log)) == 0
    assert "but it never called, so nothing was put to the test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("{", "not a policy"),
        ('{"limits": {"slots": "two"}}', "$.limits.slots"),
        ('{"change_windows": {"time_zone": "Mars/Olympus"}}', "unknown time zone 'Mars/Olympus'"),
    ],
)
def test_a_policy_that_is_none_exits_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: str, told: str
) -> None:
    assert main(files(tmp_path, two_machines(), policy)) == 2
    assert told in capsys.readouterr().err


def test_a_malformed_log_exits_with_two_and_names_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = files(tmp_path, two_machines())
    with (tmp_path / "events.jsonl").open("a") as log:
        log.write('{"at": "2026-11-2')
    assert main(arguments) == 2
    assert "events.jsonl: line 13: is not one JSON object" in capsys.readouterr().err


def test_a_missing_log_exits_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl"), "--policy", str(tmp_path / "none.json")]) == 2
    assert "none.jsonl: cannot be read" in capsys.readouterr().err


def test_windows_of_single_machines_are_taken_from_their_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shut = (
        '{"change_windows": {"windows": '
        '[{"days": ["tue"], "start": "10:00:00", "end": "11:00:00"}]}, '
        '"timing": {"expected_duration": "PT20S", "bake_time": "PT0S"}}'
    )
    log = Log()
    log.load("a", 0)
    log.move(10, "a")
    given = files(tmp_path, log, shut)
    windows = tmp_path / "windows.json"

    assert main(given) == 1
    windows.write_text(json.dumps([{"machine": vm("a"), "start": str(at(5)), "end": str(at(99))}]))
    assert main([*given, "--windows", str(windows)]) == 0
    windows.write_text(
        json.dumps([{"machine": vm("a"), "start": "2026-11-23T16:00:00", "end": str(at(99))}])
    )
    assert main([*given, "--windows", str(windows)]) == 2
    assert main([*given, "--windows", str(tmp_path / "none.json")]) == 2
    errors = capsys.readouterr().err
    assert "without a time zone" in errors
    assert "none.json: cannot be read" in errors
