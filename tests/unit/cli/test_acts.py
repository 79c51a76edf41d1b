"""Acts: what is said before, what is asked, several machines, and a response that is lost."""

import io
import json
import sys
from typing import Any

import pytest

from tests.unit.cli.fleet import answers, arm_id, job, job_id, lock, machine
from tests.unit.cli.stub_app import StubApp, run, stub_app

JOBS = [
    *(job(f"vm-{n}") for n in range(197)),
    *(job(f"moving-{n}", "verifying") for n in range(6)),
    job("done", "succeeded"),
]
PAUSED = {
    "target": "everything",
    "reason": "r",
    "by": "b",
    "at": "2026-11-23T16:00:00Z",
    "until": None,
    "held": {"waiting": 197, "machines": 197, "inFlight": 6},
}
FLEET = answers(jobs=JOBS, machines=[machine("vm-0"), machine("front/7")], locks=[lock(["vm-0"])])
APP: dict[str, Any] = {
    **FLEET,
    "/api/v1/pause": PAUSED,
    "/api/v1/resume": {"resumed": "x", "already": None},
}
REASON = ("--reason", "incident")


def act(app: StubApp, *arguments: str, stdin: Any = None) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", stdin or io.StringIO())
        return run(*arguments, "--url", app.url)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_nothing_is_asked_and_nothing_done() -> None:
    with stub_app(APP) as app:
        done = act(app, "pause", "everything", *REASON)
        closed = io.StringIO()
        closed.close()
        other = act(app, "pause", "everything", *REASON, stdin=closed)
        only_input = act(app, "pause", "everything", *REASON, stdin=_Terminal("y\n"))
    assert app.posted == []
    assert (done.returncode, done.stdout) == (2, "")
    assert "This stops 197 waiting machines; 6 in flight are finished." in done.stderr
    assert "add --yes" in done.stderr
    assert (other.returncode, only_input.returncode) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "is_done"),
    [("y\n", True), ("YES\n", True), ("\n", False), ("", False), ("n\n", False), ("yep\n", False)],
)
def test_a_person_is_asked_and_only_yes_is_yes(
    answer: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _Terminal()
    with stub_app(APP) as app:
        monkeypatch.setattr("forestall_cli.terminal.ask.is_terminal", lambda _: True)
        monkeypatch.setattr(sys, "stderr", asked)
        done = act(app, "pause", "everything", *REASON, stdin=_Terminal(answer))
    assert bool(app.posted) is is_done
    assert done.returncode == 0


def test_yes_without_a_reason_is_not_enough() -> None:
    with stub_app(APP) as app:
        assert act(app, "pause", "everything", "--yes").returncode == 2
        assert act(app, "pause", "everything", "--yes", "--reason", " ").returncode == 2
    assert app.posted == []


def test_what_it_will_do_is_said_even_where_the_numbers_cannot_be_read() -> None:
    with stub_app({"/api/v1/pause": PAUSED}) as app:
        told = act(app, "pause", "everything", *REASON)
        done = act(app, "pause", "everything", *REASON, "--yes")
    assert "The numbers cannot be read" in told.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hold", "vm-0"], "This stops 1 machine before the next start."),
        (["unhold", "vm-0", "front/7"], "This lets 2 machines start again"),
        (["resume", "everything"], "This lets at most 197 waiting machines start again"),
        (["pause", f"machine:{arm_id('vm-0')}"], "This stops 1 waiting machine; 0 in flight"),
        (["lift-halt", lock()["scope"]], "This lets 1 waiting machine of avset:web continue."),
        (["cancel", "vm-0"], "This ends the job of vm-0 (job-"),
        (["retry", job_id("vm-0")], "This continues "),
        (["go-on"], "This lets jobs start again after a time"),
    ],
)
def test_each_act_says_its_consequences(arguments: list[str], said: str) -> None:
    with stub_app(APP) as app:
        done = act(app, *arguments, *REASON)
    assert (done.returncode, app.posted) == (2, [])
    assert said in done.stderr


def test_one_of_three_that_is_refused_holds_up_no_other() -> None:
    with stub_app(APP) as app:
        done = act(app, "hold", "vm-0", "vm-9999", "front_7", *REASON, "--yes")
        as_json = act(app, "hold", "vm-0", "vm-9999", *REASON, "--yes", "--json")
    assert done.returncode == as_json.returncode == 1
    targets = [body["target"] for _, body in app.posted[:2]]
    assert targets == [f"machine:{arm_id('vm-0')}", f"machine:{arm_id('front/7')}"]
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.startswith("vm-9999: there is no machine 'vm-9999'")
    assert len(json.loads(as_json.stdout)["machines"]) == 2


@pytest.mark.parametrize("status", [502, 504])
def test_after_a_lost_response_the_present_state_is_told(status: int) -> None:
    both = {**APP, "/api/v1/pauses?limit=1000": {"pauses": [PAUSED], "next": None}}
    with stub_app(both, post_status=status) as app:
        done = act(app, "pause", "everything", *REASON, "--yes")
        held = act(app, "retry", job_id("vm-0"), *REASON, "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the outcome is unknown" in done.stderr
    assert "everything is paused, by b since 2026-11-23T16:00:00Z" in done.stderr
    assert held.returncode == 1
