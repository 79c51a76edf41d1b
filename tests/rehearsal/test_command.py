"""`forestall rehearse` with an app that is played: targets, what is asked first, and forms.

test_rehearsal.py has the other hops, with the app itself.
"""

import json
from typing import Any

import pytest

from tests.unit.cli.stub_app import run, stub_app

HEALTH = {
    "status": "ok",
    "version": "0.2.0",
    "mode": "observe",
    "pauses": 0,
    "generation": "",
    "held": None,
}
TARGET: dict[str, Any] = {
    "name": "crm",
    "kind": "teams",
    "events": [],
    "condition": "works",
    "reason": "",
    "failingSince": None,
    "nextTry": None,
    "accepted": None,
    "waiting": 0,
    "givenUp": 0,
}
ID = "20261201T030000Z-9f3a1c2b"
GIVEN = ("rehearse", "--reason", "drill", "--by", "ada")


def answers(**tested: str) -> dict[str, Any]:
    return {
        "/api/v1/health": HEALTH,
        "/api/v1/rehearsal": {"id": ID, "subscription": None},
        "/api/v1/targets": {"targets": [TARGET]},
        "/api/v1/targets/test": {"target": "crm", "result": "accepted", "detail": ""} | tested,
    }


@pytest.mark.parametrize(
    ("tested", "outcome", "code"),
    [
        ({}, "pass", 0),
        ({"result": "refused", "detail": "HTTP 404"}, "fail", 1),
        ({"result": "failed", "detail": "it cannot be reached"}, "fail", 1),
    ],
)
def test_a_target_passes_if_it_accepts_and_is_named_with_its_answer_otherwise(
    tested: dict[str, str], outcome: str, code: int
) -> None:
    with stub_app(answers(**tested)) as app:
        done = run(*GIVEN, "--yes", "--only", "targets", "-o", "json", "--url", app.url)
    assert done.returncode == code, done.stderr
    (hop,) = json.loads(done.stdout)["hops"]
    assert (hop["hop"], hop["outcome"]) == ("target crm", outcome)
    assert tested.get("detail", "") in hop["detail"]
    assert app.posted == [
        ("/api/v1/rehearsal", {"by": "ada", "reason": "drill"}),
        ("/api/v1/targets/test", {"name": "crm", "by": "ada", "reason": "drill"}),
    ]


def test_without_a_watched_subscription_no_notice_is_posted() -> None:
    with stub_app(answers()) as app:
        done = run(*GIVEN, "--yes", "--only", "notice", "-o", "json", "--url", app.url)
    hops = json.loads(done.stdout)["hops"]
    assert [(each["hop"], each["outcome"]) for each in hops] == [
        ("webhook", "left out"),
        ("scan", "left out"),
    ]
    assert len(app.posted) == 1


def test_nothing_is_done_where_nobody_can_be_asked() -> None:
    with stub_app(answers()) as app:
        done = run(*GIVEN, "--url", app.url)
    assert done.returncode == 2
    assert "ALERTS the operators once for each alert rule. No machine is touched." in done.stderr
    assert app.posted == []


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--only", "moon"), "invalid choice: 'moon'"),
        (("--wait", "0"), "must be whole seconds"),
    ],
)
def test_options_that_make_no_rehearsal_are_refused(option: tuple[str, ...], sentence: str) -> None:
    done = run(*GIVEN, *option)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_group_that_is_none_is_refused_before_anything_is_asked() -> None:
    with stub_app(answers()) as app:
        done = run(*GIVEN, "--yes", "--resource-group", "rg-forestall", "--url", app.url)
    assert done.returncode == 1
    assert "--resource-group needs the id of a group" in done.stderr
    assert app.posted == []


def test_a_release_without_a_rehearsal_is_said() -> None:
    with stub_app({"/api/v1/health": HEALTH}) as app:
        done = run(*GIVEN, "--yes", "--url", app.url)
    assert done.returncode == 1
    assert "the release of the app (0.2.0) has no rehearsal: upgrade it first" in done.stderr
