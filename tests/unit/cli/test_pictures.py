"""`status`, `waves`, `why`, `locks`, `watch` and `doctor`, and the names that commands take."""

import json
from typing import Any

import pytest

from forestall_cli.names import is_job, short_job
from tests.unit.cli.fleet import (
    CLOSES,
    SINCE,
    SUBSCRIPTION,
    WAVE,
    answers,
    arm_id,
    job,
    job_id,
    lock,
    machine,
)
from tests.unit.cli.stub_app import run, stub_app

BROKEN: dict[str, Any] = {
    "name": "crm-teams", "kind": "teams", "events": [], "condition": "broken", "reason": "404",
    "failingSince": SINCE, "nextTry": None, "accepted": None, "waiting": 0, "givenUp": 3,
}  # fmt: skip
FAILING: dict[str, Any] = {
    "subscription": SUBSCRIPTION, "lastCompleteAt": SINCE, "machines": 3, "unreadable": 0,
    "firstUnreadable": [], "failingSince": SINCE, "failure": "HTTP 403", "scan": None,
}  # fmt: skip
UNFIT = {"id": arm_id("crm-1"), "proved": True, "blocked_by": ["approval"], "relax": ["soak 1 h"]}
QUIET = answers(jobs=[job("vm-0", "succeeded"), job("vm-1")], locks=[lock(["vm-1"])])


def test_a_quiet_installation_needs_nobody() -> None:
    with stub_app(QUIET) as app:
        done = run("status", "--url", app.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Wave {WAVE[:10]}   phase closes {CLOSES}" in done.stdout
    assert "1 of 2 done, 0 moving, 1 waiting, 0 failed" in done.stdout
    assert "NEEDS YOU" not in done.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"jobs": [job("vm-1", "parked", "limit")]}, "forestall explain vm-1"),
        ({"jobs": [job("vm-1", atRisk=["pause"])]}, "pause: waits"),
        (
            {"jobs": [job("vm-1", "failed")], "locks": [lock(["a"], "vm-1")]},
            "web is halted, 1 wait",
        ),
        ({"scans": [FAILING]}, "HTTP 403"),
        ({"targets": [BROKEN]}, "forestall test notify crm-teams"),
        ({"infeasible": [UNFIT]}, "approval; ways out: soak 1 h"),
        ({"held": "stored state may be lost"}, "forestall go-on"),
    ],
)
def test_what_needs_a_person_is_told_with_what_to_type(more: dict[str, Any], said: str) -> None:
    with stub_app(answers(**more)) as app:
        done = run("status", "--url", app.url)
        as_json = run("status", "--json", "--url", app.url)
    assert done.returncode == as_json.returncode == 3
    assert "NEEDS YOU" in done.stdout
    assert said in done.stdout
    assert len(json.loads(as_json.stdout)["needsYou"]) == 1


def test_an_app_of_another_version_is_told_on_standard_error() -> None:
    with stub_app(answers(version="9.9.9")) as app:
        done = run("status", "--json", "--url", app.url)
    assert done.returncode == 0
    assert json.loads(done.stdout)
    assert done.stderr.startswith("warning: the app is version 9.9.9, ")


def test_waves_are_in_numbers() -> None:
    with stub_app(QUIET) as app:
        head, line = run("waves", "--url", app.url).stdout.splitlines()
        ids = run("waves", "-o", "ids", "--url", app.url).stdout
    assert head.split()[:2] == ["wave", "machines"]
    assert line.split() == [WAVE[:10], "2", "1", "0", "1", "0", CLOSES]
    assert ids == f"{WAVE[:10]}\n"


def test_locks_are_those_that_matter() -> None:
    with stub_app(answers(locks=[lock(), lock(["vm-1"])])) as app:
        assert len(run("locks", "--url", app.url).stdout.splitlines()) == 2
        assert len(run("semaphores", "--url", app.url).stdout.splitlines()) == 3


def explained(name: str, found: dict[str, Any]) -> dict[str, Any]:
    whole = {
        "job": None, "leftAlone": None, "unknown": None, "semaphores": [], "plan": None,
        "auditTrail": [], **found,
    }  # fmt: skip
    return {f"/api/v1/explain?machine={arm_id(name).replace('/', '%2F')}": whole}


def place(certainty: str) -> dict[str, Any]:
    """A machine's place in the plan; one that is blocked has an instant, too."""
    return {
        "id": arm_id("vm-1"), "job": "j", "name": "vm-1", "group": None, "tier": None,
        "placement": "vm:1", "lane": None, "start": "2026-12-06T01:00:00Z", "latest_start": None,
        "expected_end": None, "deadline": None, "margin_s": None, "certainty": certainty,
        "state": "deferred", "reason": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"job": job("vm-1", "deferred", "outside its window")}, "vm-1 waits: outside its window."),
        (
            {"leftAlone": machine("vm-1", "left-alone", "it is a Spot machine", job=None)},
            "vm-1 is left alone: it is a Spot machine.",
        ),
        ({}, "vm-1 has no job."),
        (
            {"job": job("vm-1", "deferred", "no slot is free"), "plan": place("about")},
            "vm-1 waits: no slot is free; it may start 2026-12-06T01:00:00Z.",
        ),
        (
            {"job": job("vm-1", "deferred", "its set is halted"), "plan": place("blocked")},
            "vm-1 waits: its set is halted; somebody has to act before it starts.",
        ),
        (
            {"job": job("vm-1", "parked", "no response"), "plan": place("blocked")},
            "vm-1 is parked and waits for an operator: no response.",
        ),
    ],
)
def test_why_is_one_sentence(found: dict[str, Any], said: str) -> None:
    known = answers(machines=[machine("vm-1")])
    with stub_app({**known, **explained("vm-1", found)}) as app:
        for name in ("vm-1", "VM-1", arm_id("vm-1")):
            done = run("why", name, "--url", app.url)
            assert (done.returncode, done.stdout) == (0, f"{said}\n")


def test_a_name_that_several_have_is_listed_and_nothing_done() -> None:
    same_names = [
        machine("vm-1"),
        {**machine("vm-1"), "machine": arm_id("vm-1").replace("/g/", "/h/")},
    ]
    with stub_app(answers(machines=same_names)) as app:
        done = run("explain", "vm-1", "--url", app.url)
        near = run("explain", "vm-11", "--url", app.url)
    assert (done.returncode, done.stdout) == (2, "")
    for each in same_names:
        assert each["machine"] in done.stderr
    assert "Did you mean vm-1?" in near.stderr


def test_a_job_is_named_in_four_ways_and_the_open_one_is_meant() -> None:
    jobs = [job("vm-1"), {**job("vm-1", "succeeded"), "id": f"{SUBSCRIPTION}~{'9' * 24}"}]
    wanted = f"/api/v1/jobs/{job_id('vm-1')}/retry"
    digest = job_id("vm-1").partition("~")[2]
    with stub_app({**answers(jobs=jobs), wanted: job("vm-1")}) as app:
        for name in (job_id("vm-1"), digest[:8], f"job-{digest[:8]}", "vm-1"):
            done = run("retry", name, "--reason", "x", "--yes", "--url", app.url)
            assert done.returncode == 0, done.stderr
        assert run("retry", "nobody", "--reason", "x", "--yes", "--url", app.url).returncode == 1
    assert [path for path, _ in app.posted] == [wanted] * 4


def test_a_short_id_is_no_number_and_means_one_job() -> None:
    one = f"s~73928e05{'0' * 16}"
    assert short_job(one) == "job-73928e05"
    assert short_job(f"{one}-1") == "job-73928e05-1"
    assert short_job("s~1") == "s~1"
    assert is_job("job-73928e05", one)
    assert not is_job("job-73928e05", f"{one}-1")
    assert is_job("73928E05-1", f"{one}-1")
    assert not is_job("7392", one)


def test_watch_shows_each_change_and_ends() -> None:
    with stub_app(answers(jobs=[job("vm-0", "succeeded")])) as app:
        done = run("watch", "--until-done", "--url", app.url)
        twice = run("watch", "--rounds", "2", "--every", "1", "--url", app.url)
    assert done.returncode == twice.returncode == 0
    assert "1 of 1 done" in done.stdout
    assert twice.stdout.count("Wave ") == 1  # nothing changed
    assert "\x1b" not in done.stdout


def test_watch_outlives_an_outage() -> None:
    with stub_app({}) as app:
        done = run("watch", "--rounds", "1", "--url", app.url)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("more", "code"), [({}, 0), ({"scans": [FAILING]}, 3), ({"targets": [BROKEN]}, 3)]
)
def test_doctor_says_what_works(more: dict[str, Any], code: int) -> None:
    with stub_app(answers(**more)) as app:
        done = run("doctor", "--url", app.url)
        refused = run("doctor", "--url", app.url, key="wrong")
    assert done.returncode == code
    assert "act mode" in done.stdout
    assert refused.returncode == 1
    assert "401" in refused.stdout


@pytest.mark.parametrize(("result", "code"), [("healthy", 0), ("none", 0), ("unhealthy", 1)])
def test_a_health_check_is_asked_now(result: str, code: int) -> None:
    said = {"machine": arm_id("vm-1"), "result": result, "detail": "503", "healthCheck": None}
    fleet = {**answers(machines=[machine("vm-1")]), "/api/v1/health-checks/test": said}
    with stub_app(fleet) as app:
        done = run("test", "health", "vm-1", "--reason", "drill", "--url", app.url)
        missing = run("test", "health", "--reason", "drill", "--url", app.url)
    assert (done.returncode, done.stdout) == (code, f"vm-1: {result}. 503\n")
    assert (missing.returncode, len(app.posted)) == (2, 1)
