"""What operators ask and say on the command line, against an app that is played.

Answers are the app's own views.
"""

import json
import os
import subprocess
from datetime import timedelta

import pytest

from forestall_cli import __version__
from forestall_cli.client import ApiClient, ApiError
from forestall_cli.commands import COMMANDS
from forestall_cli.names import short_job
from forestall_cli.responses.jobs import JobList
from functions.operators.views.explanation import explanation_view
from functions.operators.views.jobs import job_list, job_view
from functions.operators.views.machines import machine_list
from functions.operators.views.pauses import pause_view, paused_view
from functions.operators.views.semaphores import semaphore_list
from shared.domain.audit import AuditRecord
from shared.domain.lock.operations import acquire, add_halt
from shared.domain.lock.semaphore import Halt, LockRequest, Semaphore
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.redeploy.pauses import Pause
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.ports import Page, UnreadableRow
from shared.usecases.operate.pause_target import Held, Paused
from shared.usecases.show.explain import Explanation
from shared.usecases.show.machines import MachinePage, UnknownSubscription
from tests.contract.ports.samples import NOW, SCOPE, a_job
from tests.unit.cli.stub_app import COMMAND, KEY, ROOT, run, run_apart, stub_app

JOB = a_job()
MINUTE = timedelta(minutes=1)
HELD = acquire(
    Semaphore(scope=SCOPE),
    LockRequest(job=JOB.id, lane=JOB.placement.lane, slots=1, lease=MINUTE),
    NOW,
)[0]
HALTED = add_halt(HELD, Halt(reason="did not come back", job=JOB.id, at=NOW))
TRAIL = [
    AuditRecord(
        at=NOW,
        subject=JOB.id,
        event="about_to_retry",
        by="ada",
        detail={"reason": "seen\x1b[31m it"},
    ),
]
EXPLAINED = explanation_view(Explanation(job=JOB, semaphores=(HALTED,), trail=TRAIL))
LEFT_ALONE = ExemptMachine(
    machine=JOB.machine,
    rule=ExemptionRule.KIND,
    reason="it is a Spot\x1b[31m machine",
    since=NOW,
    self_service_end=NOW + 5 * MINUTE,
)
NOT_SEEN = UnknownSubscription(subscription=JOB.subscription, since=NOW, reason="HTTP 403")
MACHINES = machine_list(MachinePage(machines=(LEFT_ALONE, JOB), unknown=(NOT_SEEN,)))
REST_FOLLOWS = machine_list(MachinePage(machines=(LEFT_ALONE,), next="left-alone:x"))
WITHOUT_JOB = explanation_view(Explanation(job=None, exempt=LEFT_ALONE, unknown=NOT_SEEN))
ENDS = Pause(
    target="everything", reason="incident 42", by="ada", at=NOW, until=NOW + timedelta(hours=2)
)
PAUSED = pause_view(ENDS)
ANSWERS: dict[str, object] = {
    "/api/v1/jobs?limit=1000": job_list(Page([JOB])),
    "/api/v1/jobs?state=parked&limit=1000": {"jobs": [], "unreadable": [], "next": None},
    "/api/v1/machines?limit=1000": MACHINES,
    "/api/v1/machines?subscription=s&state=left-alone&limit=2": REST_FOLLOWS,
    "/api/v1/machines?subscription=s&state=left-alone&limit=1&after=left-alone%3Ax": REST_FOLLOWS,
    "/api/v1/semaphores?limit=1000": semaphore_list(Page([HALTED])),
    "/api/v1/pauses?limit=1000": {"pauses": [PAUSED], "next": None},
    f"/api/v1/explain?machine={JOB.machine.replace('/', '%2F')}": EXPLAINED,
    "/api/v1/pause": paused_view(
        Paused(pause=ENDS, held=Held(waiting=12, machines=12, in_flight=1))
    ),
    "/api/v1/resume": {"resumed": "everything", "already": None},
    "/api/v1/go-on": {"startsAt": "2026-11-23T19:05:00Z", "generation": "2026-11-23T16:00:00Z#2"},
    "/api/v1/halts/lift": {"lifted": SCOPE, "already": None},
    f"/api/v1/jobs/{JOB.id}/retry": job_view(JOB),
    f"/api/v1/jobs/{JOB.id}/release": job_view(JOB),
    f"/api/v1/jobs/{JOB.id}/cancel": job_view(JOB),
    f"/api/v1/jobs/{JOB.id}/prioritize": job_view(JOB),
    f"/api/v1/jobs/{JOB.id}/reopen": job_view(JOB),
    "/api/v1/leases/release": {"released": {"scope": SCOPE, "token": 7, "job": "s~gone"}},
}
WHO = ("--by", "ada", "--reason", "looked at it", "--yes")
OPERATOR = {"by": "ada", "reason": "looked at it"}
COMMAND_CASES: list[tuple[list[str], str, dict[str, object], str]] = [
    (
        ["pause", "everything"],
        "/api/v1/pause",
        {"target": "everything", "evenIfNothing": False},
        (
            "paused everything until 2026-11-23T18:00:00Z: it holds 12 waiting jobs of"
            " 12 machines; 1 job in flight goes to the end"
        ),
    ),
    (
        ["pause", "everything", "--for", "2h", "--even-if-nothing"],
        "/api/v1/pause",
        {"target": "everything", "evenIfNothing": True, "for": "2h"},
        "paused everything until",
    ),
    (
        ["go-on"],
        "/api/v1/go-on",
        {"immediately": False},
        "jobs may start again from 2026-11-23T19:05:00Z",
    ),
    (["resume", "everything"], "/api/v1/resume", {"target": "everything"}, "resumed everything"),
    (["lift-halt", SCOPE], "/api/v1/halts/lift", {"scope": SCOPE}, f"lifted the halt of {SCOPE}"),
    (["retry", JOB.id], f"/api/v1/jobs/{JOB.id}/retry", {}, JOB.machine),
    (["prioritize", JOB.id], f"/api/v1/jobs/{JOB.id}/prioritize", {}, JOB.machine),
    (["reopen", JOB.id], f"/api/v1/jobs/{JOB.id}/reopen", {}, JOB.machine),
    (
        ["release", JOB.id],
        f"/api/v1/jobs/{JOB.id}/release",
        {"skipMachineCheck": False},
        JOB.machine,
    ),
    (
        ["release", JOB.id, "--skip-machine-check"],
        f"/api/v1/jobs/{JOB.id}/release",
        {"skipMachineCheck": True},
        JOB.machine,
    ),
    (["cancel", JOB.id], f"/api/v1/jobs/{JOB.id}/cancel", {"skipMachineCheck": False}, JOB.machine),
    (
        ["release-lease", SCOPE, "7"],
        "/api/v1/leases/release",
        {"scope": SCOPE, "token": 7},
        f"released lease 7 of {SCOPE}, which job s~gone had held",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "path", "body", "told"),
    COMMAND_CASES,
    ids=[" ".join(row[0][:1]) for row in COMMAND_CASES],
)
def test_a_command_is_sent_with_its_name_and_reason(
    arguments: list[str], path: str, body: dict[str, object], told: str
) -> None:
    with stub_app(ANSWERS) as app:
        done = run(*arguments, "--url", app.url, *WHO)

    assert done.returncode == 0, done.stderr
    assert app.posted == [(path, {**body, **OPERATOR})]
    assert told in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [row[0] for row in COMMAND_CASES],
    ids=[" ".join(row[0][:1]) for row in COMMAND_CASES],
)
def test_a_word_without_a_reason_is_not_sent(arguments: list[str]) -> None:
    with stub_app(ANSWERS) as app:
        for reason in ([], ["--reason", " "]):
            done = run(*arguments, "--url", app.url, "--by", "ada", *reason)
            assert done.returncode == 2
            assert "--reason" in done.stderr.splitlines()[-1]

    assert app.posted == []


def test_whoever_is_logged_in_says_it_where_nobody_else_is_named() -> None:
    with stub_app(ANSWERS) as app:
        run("pause", "everything", "--url", app.url, "--reason", "drill", "--yes")

    ((_, body),) = app.posted
    assert body["by"].strip()


def test_every_word_is_one_that_the_app_takes() -> None:
    """By the document that is generated from the app's functions.

    Its path, and all that its body needs.
    """
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    paths, schemas = document["paths"], document["components"]["schemas"]
    for _, path, body, _ in COMMAND_CASES:
        content = paths[path.replace(JOB.id, "{job}")]["post"]["requestBody"]["content"]
        form = schemas[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        said = set(body) | set(OPERATOR)
        assert set(form["required"]) <= said <= set(form["properties"])


def test_jobs_are_one_line_each() -> None:
    with stub_app(ANSWERS) as app:
        head, line = run("jobs", "--url", app.url).stdout.splitlines()
        none = run("jobs", "--url", app.url, "--state", "parked").stdout.splitlines()

    assert head.split() == ["state", "machine", "due", "risk", "lane", "attempts", "id", "reason"]
    for part in ("verifying", "web-0", "pause, time", short_job(JOB.id), "ud:0", "planned for"):
        assert part in line
    assert len(none) == 1


def test_locks_are_told_with_the_tokens_that_release_needs() -> None:
    with stub_app(ANSWERS) as app:
        _, line = run("semaphores", "--url", app.url).stdout.splitlines()

    assert f"{JOB.id}#1 until 2026-11-23T16:01:00Z" in line
    assert f"did not come back ({JOB.id})" in line


def test_it_is_a_program_of_its_own() -> None:
    with stub_app(ANSWERS) as app:
        done = run_apart("pauses", "--url", app.url)
        refused = run_apart("pauses", "--url", app.url, key="wrong")
    helped = run_apart("--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "incident 42" in done.stdout
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert helped.returncode == 0
    for command in (row[0][0] for row in COMMAND_CASES):
        assert f"\n    {command} " in helped.stdout


def test_pauses_are_told_and_so_is_that_there_are_none() -> None:
    with stub_app(ANSWERS) as app:
        _, line = run("pauses", "--url", app.url).stdout.splitlines()
    assert line.split() == [
        "everything",
        "ada",
        "2026-11-23T16:00:00Z",
        "2026-11-23T18:00:00Z",
        "incident",
        "42",
    ]

    with stub_app({"/api/v1/pauses?limit=1": {"pauses": [PAUSED], "next": "everything"}}) as app:
        cut = run("pauses", "--limit", "1", "--url", app.url)
    assert "more: add --after everything" in cut.stdout + cut.stderr

    with stub_app({"/api/v1/pauses?limit=1000": {"pauses": [], "next": None}}) as app:
        assert run("pauses", "--url", app.url).stdout == "nothing is paused\n"


def test_explain_tells_job_locks_and_trail_and_paints_over_no_terminal() -> None:
    with stub_app(ANSWERS) as app:
        told = run("explain", JOB.machine, "--url", app.url).stdout

    assert f"machine          {JOB.machine}" in told
    assert "did not come back" in told
    assert told.splitlines()[-1].split() == [
        "2026-11-23T16:00:00Z",
        "about_to_retry",
        "ada",
        "reason=seen",
        "[31m",
        "it",
    ]


REFUSED = [
    ({}, 200, KEY, "the app answered 404 without a reason: is this the URL of Forestall?"),
    (
        {"/api/v1/jobs?limit=1000": {"error": "no such job"}},
        404,
        KEY,
        "the app answered 404: no such job",
    ),
    ({"/api/v1/jobs?limit=1000": {"error": "not now"}}, 409, KEY, "the app answered 409: not now"),
    (
        {"/api/v1/jobs?limit=1000": {"error": "a setting is wrong"}},
        503,
        KEY,
        "the app answered 503: a setting is wrong",
    ),
    (
        ANSWERS,
        200,
        "",
        (
            "the app answered 401: no key; "
            "set FORESTALL_KEY to a function key, or name a file with --key-file"
        ),
    ),
    (
        ANSWERS,
        200,
        "wrong",
        (
            "the app answered 401: no key; "
            "the function key is not one of this app: set FORESTALL_KEY again"
        ),
    ),
]


@pytest.mark.parametrize(("responses", "status", "key", "told"), REFUSED)
def test_what_is_refused_is_told_in_one_line(
    responses: dict[str, object], status: int, key: str, told: str
) -> None:
    with stub_app(responses, status=status) as app:
        done = run("jobs", "--url", app.url, key=key)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", told + "\n")


@pytest.mark.parametrize(
    "response", [b"<html>a page</html>", {"other": []}, [], "text", {"jobs": [1]}]
)
def test_another_program_that_answers_is_told_in_one_line(response: object) -> None:
    with stub_app({"/api/v1/jobs?limit=1000": response}) as app:
        done = run("jobs", "--url", app.url)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_the_key_is_not_taken_to_where_the_app_is_moved_to() -> None:
    with (
        stub_app(ANSWERS) as other,
        stub_app(ANSWERS, status=302, location=f"{other.url}/api/v1/jobs") as app,
    ):
        done = run("jobs", "--url", app.url)

    assert (done.returncode, other.keys) == (1, [])
    assert done.stderr.startswith("the app answered 302")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("APP.azurewebsites.net", "is no URL"),
        ("https://", "is no URL"),
        ("http://[", "is no URL"),
        ("http://127.0.0.1:x", "is no URL"),
        ("http://example.com", "over https only"),
        ("ftp://127.0.0.1", "over https only"),
        ("https://app.example/a b", "characters that no URL has"),
        ("https://äpp.example", "characters that no URL has"),
        (
            "http://127.0.0.1:9",
            r"cannot be asked: \[Errno \d+\] Connection refused\. Check that it runs",
        ),
    ],
)
def test_a_wrong_url_is_told(url: str, told: str) -> None:
    with pytest.raises(ApiError, match=told):
        ApiClient(url=url, key="key").get(JobList, "jobs")


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example?code=s3cret",
        "https://app.example/#s3cret",
        "https://user:s3cret@app.example",
    ],
)
def test_a_url_with_a_key_in_it_is_told_where_the_key_goes(url: str) -> None:
    done = run("jobs", "--url", url)

    assert (done.returncode, done.stdout) == (1, "")
    assert "as in https://app.example" in done.stderr
    assert "the function key in FORESTALL_KEY" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("key", ["s3cret\nx: y", "s3crét", "s3cret\x7f"])
def test_a_key_that_can_be_none_is_told_and_not_shown(key: str) -> None:
    with stub_app(ANSWERS) as app:
        done = run("jobs", "--url", app.url, key=key)

    assert (done.returncode, app.keys) == (1, [])
    assert done.stderr == (
        "the function key has characters that no function key has: set it again\n"
    )


def test_blanks_around_the_key_do_no_harm() -> None:
    with stub_app(ANSWERS) as app:
        assert run("jobs", "--url", app.url, key=f" {KEY}\n").returncode == 0


def test_a_refusal_without_a_body_says_what_to_do() -> None:
    with stub_app({"/api/v1/jobs?limit=1000": b""}, status=401) as app:
        done = run("jobs", "--url", app.url)

    assert done.stderr == (
        "the app answered 401; the function key is not one of this app: set FORESTALL_KEY again\n"
    )


def test_an_app_on_this_machine_is_not_looked_for_behind_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with stub_app(ANSWERS) as app:
        assert run("jobs", "--url", app.url).returncode == 0


def test_an_interrupted_command_says_that_it_may_have_been_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "pause", interrupted)
    done = run("pause", "everything", "--reason", "drill")

    assert (done.returncode, done.stdout) == (130, "")
    assert "may have been done" in done.stderr


def test_rows_that_the_app_cannot_read_stand_below_the_others() -> None:
    row = UnreadableRow(
        kind="Job", key="s~1", reason="newer\x1b[31m schema", facts={"machine": JOB.machine}
    )
    jobs, locks = job_list(Page([JOB], [row])), semaphore_list(Page([], [row]))
    with stub_app({"/api/v1/jobs?limit=1000": jobs, "/api/v1/semaphores?limit=1000": locks}) as app:
        *_, last = run("jobs", "--url", app.url).stdout.splitlines()
        _, lock = run("semaphores", "--url", app.url).stdout.splitlines()

    assert last == f"unreadable job s~1 {JOB.machine}: newer [31m schema"
    assert lock == f"unreadable lock s~1 {JOB.machine}: newer [31m schema"


def test_the_app_learns_which_command_asks() -> None:
    with stub_app(ANSWERS) as app:
        run("jobs", "--url", app.url)

    assert app.agents == [f"forestall-cli/{__version__}"]


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)  # as `| head` does when it is done
    with (
        stub_app({"/api/v1/jobs?limit=1000": job_list(Page([JOB]))}) as app,
        os.fdopen(writing, "w") as nobody,
    ):
        done = subprocess.run(
            [COMMAND, "jobs", "--url", app.url],
            env={**os.environ, "FUNCTION_KEY": KEY},
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=60,
        )

    assert (done.returncode, done.stderr) == (0, "")


def test_machines_are_listed_with_the_reason_and_since_when() -> None:
    with stub_app(ANSWERS) as app:
        done = run("machines", "--url", app.url)

    assert done.returncode == 0, done.stderr
    first, second, unknown = done.stdout.splitlines()[1:]
    assert first.startswith("left-alone  web-0")
    assert "2026-11-23T16:00:00Z" in first
    assert first.endswith("it is a Spot [31m machine")
    assert second.startswith("verifying")
    assert unknown == (
        f"unknown since 2026-11-23T16:00:00Z: subscription {JOB.subscription}: HTTP 403"
    )


def test_a_list_that_is_cut_off_says_how_it_goes_on() -> None:
    filters = ("--subscription", "s", "--state", "left-alone", "--limit", "2")
    with stub_app(ANSWERS) as app:
        done = run("machines", *filters, "--url", app.url)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 4
    assert done.stdout.splitlines()[-1] == "more: add --after left-alone:x"


def test_explain_shows_a_machine_without_a_job() -> None:
    path = f"/api/v1/explain?machine={JOB.machine.replace('/', '%2F')}"
    with stub_app({path: WITHOUT_JOB}) as app:
        done = run("explain", JOB.machine, "--url", app.url)

    assert done.returncode == 0, done.stderr
    assert "left-alone" in done.stdout
    assert "HTTP 403" in done.stdout
