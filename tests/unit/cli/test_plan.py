"""The plan on the command line: a table that fits the terminal, all pages, and JSON."""

import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from forestall_cli import plan as text
from forestall_cli.responses.plan import MachineStartView, PlanView
from functions.operators.views.explanation import explanation_view
from functions.operators.views.plan import plan_view
from shared.domain.plan.machines.plan import Certainty, Infeasible, MachineStart
from shared.domain.policy.eligibility import ExemptionRule
from shared.domain.policy.mode import Mode
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.schedule.plan import Feasibility
from shared.ports import UnreadableRow
from shared.usecases.show.explain import Explanation
from shared.usecases.show.plan import ShownPlan
from tests.contract.ports.samples import NOW, a_job
from tests.unit.cli.stub_app import run, stub_app

HOUR = timedelta(hours=1)
NAMES = ("web-0", "web-1", "web-2")
STARTS = tuple(
    MachineStart(
        job=a_job(name),
        start=None if n == 2 else NOW + n * HOUR,
        latest_start=NOW + 40 * HOUR,
        expected_end=NOW + 2 * HOUR,
        certainty=Certainty.BLOCKED if n == 2 else Certainty.FIXED,
        reason=f"reason {n}\x1b[31m",
    )
    for n, name in enumerate(NAMES)
)
SHOWN = ShownPlan(
    at=NOW,
    mode=Mode.OBSERVE,
    policy="p1",
    time_zone="Europe/Berlin",
    fingerprint="f1",
    feasibility=Feasibility.CANNOT_FIT,
    machines=STARTS,
    infeasible=(
        Infeasible(
            job=STARTS[2].job,
            is_proved=True,
            blocked_by=("no window is long enough", "windows"),
            relax=("windows that are 1h longer", "2 slots"),
        ),
    ),
    left_alone=(
        ExemptMachine(
            machine=a_job("old").machine,
            rule=ExemptionRule.TAG,
            reason="tag forestall=off",
            since=NOW,
        ),
    ),
    unreadable=(UnreadableRow(kind="job", key="s~1", reason="newer"),),
)
PAGES: dict[str, object] = {
    "/api/v1/plan": plan_view(SHOWN, 0, 2),
    "/api/v1/plan?after=2": plan_view(SHOWN, 2, 2),
    "/api/v1/plan?group=crm": plan_view(SHOWN, 0, 5),
}


def test_the_plan_is_shown_by_day_in_the_zone_of_the_policy_with_all_pages() -> None:
    with stub_app(PAGES) as app:
        lines = run("plan", "--url", app.url).stdout.splitlines()

    assert lines[0].startswith(
        "Plan f1, policy p1, observe mode, made Mon 23 Nov 2026 17:00; times Eu"
    )
    assert lines[1] == "3 machines, 1 of them without a start: not all can fit"
    assert lines[3] == "Mon 23 Nov 2026"
    assert lines[5].split()[:6] == ["17:00", "-", "25", "Nov", "09:00", "web-0"]
    assert lines[8] == "Without a start"
    assert "BLOCKED" in lines[10]
    assert "! web-2: no window is long enough; windows" in lines
    assert "  ways out, one of: windows that are 1h longer / 2 slots" in lines
    assert "Left alone (1)" in lines
    assert lines[-2].split() == ["old", "2026-11-23T16:00:00Z", "tag", "forestall=off"]
    assert lines[-1] == "unreadable job s~1 -: newer"
    assert all(each.isprintable() for each in lines)


def test_a_line_is_cut_to_the_terminal() -> None:
    with stub_app(PAGES) as app:
        run("plan", "crm", "--url", app.url)
    whole = _received(plan_view(SHOWN, 0, 5))

    lines = text.table(whole, 60).splitlines()

    assert max(map(len, lines)) == 60
    assert lines[0].endswith("...")


def test_json_has_every_field_of_every_page() -> None:
    with stub_app(PAGES) as app:
        shown = json.loads(run("plan", "--json", "--url", app.url).stdout)

    assert [each["name"] for each in shown["machines"]] == list(NAMES)
    assert shown["machines"][0]["latest_start"] == "2026-11-25T08:00:00Z"
    assert shown["generated_at"] == "2026-11-23T16:00:00Z"
    assert shown["next"] is None


def test_a_plan_that_changes_between_its_pages_is_not_mixed() -> None:
    changed = plan_view(replace(SHOWN, fingerprint="f2"), 2, 2)
    with stub_app({**PAGES, "/api/v1/plan?after=2": changed}) as app:
        result = run("plan", "--url", app.url)

    assert result.returncode == 1
    assert "the plan changes while it is read" in result.stderr


@pytest.mark.parametrize(
    ("latest", "shown"),
    [
        # C93: the hour that is shown twice never has the same text twice
        ("2027-10-31T00:30:00Z", "02:30 CEST"),
        ("2027-10-31T01:30:00Z", "02:30 CET"),
        ("2027-10-31T03:30:00Z", "04:30"),
    ],
)
def test_c93_the_hour_that_is_shown_twice_has_the_name_of_its_offset(
    latest: str, shown: str
) -> None:
    row = _received(plan_view(SHOWN, 0, 1)).machines[0]
    changed = MachineStartView(
        **{name: getattr(row, name) for name in row.__struct_fields__}
        | {"start": latest, "latest_start": None}
    )
    plan = _received(plan_view(SHOWN, 0, 1))
    lines = text.table(_with(plan, changed), 200).splitlines()

    assert lines[5].startswith(shown + "  ")


def test_a_zone_that_this_machine_does_not_know_is_shown_in_utc() -> None:
    plan = _received(plan_view(replace(SHOWN, time_zone="No/Where"), 0, 1))

    lines = text.table(plan, 200).splitlines()
    assert "times UTC" in lines[0]
    assert lines[5].startswith("16:00 - 25 Nov 08:00")


def test_explain_says_the_place_in_the_plan() -> None:
    view = explanation_view(Explanation(job=a_job("a"), semaphores=(), plan=STARTS[0], trail=[]))
    path = f"/api/v1/explain?machine={a_job('a').machine.replace('/', '%2F')}"
    with stub_app({path: view}) as app:
        told = run("explain", a_job("a").machine, "--url", app.url).stdout

    assert "plan: starts 2026-11-23T16:00:00Z, at the latest 2026-11-25T08:00:00Z (fixed)" in told


def test_an_instant_that_is_none_is_an_error_and_no_trace() -> None:
    broken = {**json.loads(_encoded(plan_view(SHOWN, 0, 5))), "generated_at": "soon"}
    with stub_app({"/api/v1/plan": broken}) as app:
        result = run("plan", "--url", app.url)

    assert (result.returncode, result.stderr) == (
        1,
        "the answer has soon, which is no instant\n",
    )


def _with(plan: PlanView, row: MachineStartView) -> PlanView:
    fields = {name: getattr(plan, name) for name in plan.__struct_fields__}
    return PlanView(**fields | {"machines": (row,), "infeasible": ()})


def _encoded(view: object) -> bytes:

    return msgspec.json.encode(view)


def _received(view: object) -> PlanView:

    return msgspec.json.decode(_encoded(view), type=PlanView)
