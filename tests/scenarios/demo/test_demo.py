"""`make run` as a new user runs it.

The command, its exit code, and its two files read by a program of one's own.
"""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.fleets.native import write_native
from tests.scenarios.environment import ROOT
from tests.scenarios.fleets import mixed_fleet


def stretches_in_flight(
    events: list[dict[str, Any]],
) -> dict[str, list[tuple[datetime, datetime, object]]]:
    """For each placement, when which update domain had a machine under way.

    From the accepted call to the ready agent.
    """
    under_way: dict[str, dict[str, Any]] = {}
    found: dict[str, list[tuple[datetime, datetime, object]]] = defaultdict(list)
    for event in events:
        if event["event"] == "redeploy.requested" and event["accepted"]:
            under_way[event["machine"]] = event
        elif (
            event["event"] == "agent.ready" and event["machine"] in under_way and event["placement"]
        ):
            began = under_way.pop(event["machine"])
            lane = (
                event["update_domain"]
                if event["update_domain"] is not None
                else event["fault_domain"]
            )
            times = (datetime.fromisoformat(each["at"]) for each in (began, event))
            found[event["placement"]].append((*times, lane))
    return found


@pytest.mark.timeout(180)
def test_the_demo_plays_a_wave_and_leaves_two_files_that_prove_it(
    azurite: object, tmp_path: Path
) -> None:
    # Given a fleet file of one's own
    assert azurite is not None  # installed; the demo starts one of its own
    fleet = mixed_fleet()
    (tmp_path / "fleet.json").write_bytes(write_native(fleet))

    # When the demo is run
    command = [
        sys.executable,
        "-m",
        "sandbox.demo",
        "--plain",
        "--fleet",
        str(tmp_path / "fleet.json"),
    ]
    run = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    # Then it says that all is well, and the report names every machine
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    report = json.loads((tmp_path / "out/report.json").read_text())
    assert (report["ok"], report["violations"]) == (True, [])
    assert {each["id"] for each in report["machines"]} == {
        each.id.lower() for each in fleet.machines
    }
    assert {each["outcome"] for each in report["machines"]} == {"maintained"}
    assert {each["redeploys"] for each in report["machines"]} == {1}

    # And the log of what truly happened shows one update domain at a time
    lines = (tmp_path / "out/events.jsonl").read_text().splitlines()
    stretches = stretches_in_flight([json.loads(line) for line in lines])
    assert len(stretches) == 3
    for each in stretches.values():
        for start, end, lane in each:
            assert not [
                other for other in each if other[2] != lane and other[0] < end and start < other[1]
            ]
