"""The simulator as its own process.

Starts, tells what it plays, ends on SIGTERM, refuses bad input with exit code 2.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.azure.arm.__main__ import main
from sandbox.azure.arm.control_client import Control

ROOT = Path(__file__).parents[3]
DEMO = "sandbox/azure/fleets/demo.json"
RECORDED = "tests/data/arm/vm-list.json"


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.azure.arm", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=10)
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_plays_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    events = tmp_path / "events.jsonl"
    process = start(
        "--fleet", DEMO, "--events", str(events), "--seed", "3", "--fault", "latency:seconds=0.01"
    )
    line = first_line(process)
    assert line.endswith("plays demo: 78 machines, 68 eligible\n")
    control = Control(line.split()[0])
    assert control.status(machines=False)["faults"] == ["latency"]
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    lines = [json.loads(one) for one in events.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["seed"] == 3
    assert len(lines) >= 79


def test_it_says_what_it_assumed_of_a_users_own_fleet() -> None:
    process = start("--fleet", RECORDED)
    first_line(process)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    output = process.stdout.read()
    process.communicate(timeout=10)
    assert "note: 1 machines are taken as running" in output
    assert "note: no planned maintenance is recorded in these files" in output


def test_it_says_when_the_recorded_wave_is_over(tmp_path: Path) -> None:
    one = json.loads(
        (ROOT / "tests/data/arm/vm-get-instanceview-standalone-running.json").read_text("utf-8")
    )["body"]
    status = json.loads(
        (ROOT / "tests/data/arm/maintenance-redeploy-status-cli.json").read_text("utf-8")
    )
    one["properties"]["instanceView"] |= status
    (tmp_path / "vm.json").write_text(json.dumps(one), encoding="utf-8")
    process = start("--fleet", str(tmp_path))
    assert first_line(process).endswith("1 machines, 0 eligible\n")
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    notes = process.stdout.read()
    process.communicate(timeout=10)
    assert (
        "the self-service phase is over (1); --wave all puts running machines into a wave" in notes
    )


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--fleet", "nowhere.json"], "nowhere.json: it cannot be read"),
        (["--fleet", "README.nothing"], "Check the path."),
        (["--fleet", "tests/data/arm/availabilityset-list.json"], "az vm list -d"),
        (["--fleet", DEMO, "--fault", "earthquake"], "Kinds: throttle-arm"),
        (["--fleet", DEMO, "--events", "/nowhere/events.jsonl"], "/nowhere/events.jsonl"),
        (["--fleet", DEMO, "--port", "99999"], "99999"),
        (["--port", "1"], "--fleet"),
    ],
)
def test_input_that_cannot_be_used_is_one_clear_message_and_exit_code_2(
    arguments: list[str],
    part: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    try:
        code: object = main(arguments)
    except SystemExit as ended:  # argparse ends by itself
        code = ended.code
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert part in printed.err
