"""`forestall report`: the facts of a wave, their check, and each form."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.fleet import WAVE, answers, arm_id, job, machine
from tests.unit.cli.stub_app import CommandResult, run, stub_app

DAY = WAVE[:10]


def done(name: str, start: str, end: str, lane: str = "ud:0", **more: Any) -> dict[str, Any]:
    at = "2026-12-06T{}:00Z"
    times = {"started": at.format(start), "finished": at.format(end)}
    return job(name, "succeeded", "", lane=lane, attempts=1, **times, **more)


JOBS = [
    done("vm-0", "01:00", "01:10"),
    done("vm-1", "01:05", "01:25"),
    done("vm-2", "01:25", "01:30", "ud:1"),
    job("=cmd", "missed", '<img src=x onerror="hit()">'),
    job("old", "succeeded", wave="2026-01-01T00:00:00Z"),
]
LEFT = machine("spot-1", "left-alone", "it is a Spot machine", job=None, rule="kind")


def report(jobs: list[dict[str, Any]], *arguments: str) -> CommandResult:
    fleet = answers(jobs=jobs, machines=[LEFT, machine("vm-0")])
    with stub_app({**fleet, "/api/v1/plan?limit=1": fleet["/api/v1/plan"]}) as app:
        return run("report", *(arguments or (DAY,)), "--url", app.url)


def test_the_result_is_told_in_numbers() -> None:
    told = report(JOBS)
    assert (told.returncode, told.stderr) == (0, "")
    assert "4 machines: 1 missed, 3 succeeded; 1 left alone" in told.stdout
    assert "median 10.0 min, longest 20.0 min" in told.stdout
    assert "No two lanes of one placement moved at the same time" in told.stdout
    assert "308.5 h before the phase closes" in told.stdout
    assert "it is a Spot machine" in told.stdout
    assert "old" not in told.stdout


@pytest.mark.parametrize(
    ("start", "lane", "scope", "is_wrong"),
    [
        ("01:24", "ud:1", None, True),
        ("01:06", "ud:1", None, True),
        ("01:25", "ud:1", None, False),
        ("01:06", "ud:0", None, False),
        ("01:06", "ud:1", "avset:other", False),
    ],
)
def test_two_lanes_at_the_same_time_are_found(
    start: str, lane: str, scope: str | None, is_wrong: bool
) -> None:
    more = {} if scope is None else {"scope": scope}
    told = report([*JOBS[:2], done("vm-9", start, "02:00", lane, **more)])
    assert told.returncode == (3 if is_wrong else 0)
    assert ("Two lanes of one placement" in told.stdout) is is_wrong


def test_json_has_its_own_hash() -> None:
    found = json.loads(report(JOBS, DAY, "--json").stdout)
    said = found.pop("sha256")
    raw = json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode()
    assert hashlib.sha256(raw).hexdigest() == said
    assert [each["machine"] for each in found["leftAlone"]] == ["spot-1"]


def test_a_file_is_in_the_form_of_its_ending(tmp_path: Path) -> None:
    for name in ("r.html", "r.csv", "r.json"):
        assert report(JOBS, DAY, "--file", str(tmp_path / name)).returncode == 0
    page = (tmp_path / "r.html").read_text()
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert not re.search(r"<script|https?://(?!127\.0\.0\.1)|\sstyle=", page)
    raw = (tmp_path / "r.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfstate,machine,started_utc")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert len(rows) == 6
    assert "'=cmd" in {row[1] for row in rows}
    assert json.loads((tmp_path / "r.json").read_bytes())["wave"] == DAY


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["2026-99"], 2, "must be a day"),
        (["2025-01-01"], 1, "forestall waves"),
        ([DAY, "--file", "r.pdf"], 2, ".html, .csv, .json"),
        ([DAY, "--file", "/dev/null/r.html"], 2, "cannot be written"),
        ([DAY, "--archived"], 2, "add --subscription"),
    ],
)
def test_a_report_that_cannot_be_made_is_told(arguments: list[str], code: int, said: str) -> None:
    told = report(JOBS, *arguments)
    assert (told.returncode, told.stdout) == (code, "")
    assert said in told.stderr


def test_a_job_that_never_began_has_no_outage() -> None:
    told = report([job("vm-0", "missed", "the phase closed")])
    assert told.returncode == 0
    assert "median" not in told.stdout
    assert arm_id("vm-0") not in told.stdout
