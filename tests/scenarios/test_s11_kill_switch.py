"""S11: pause everything, a subscription or a machine; what is in flight ends, nothing new starts, and it resumes."""

from collections.abc import Callable

import pytest

from tests.scenarios.conftest import SetStage
from tests.scenarios.fleets import DATA, SHOP, alone, availability_set, compute, fleet_of
from tests.scenarios.stage import Stage, wait_until


@pytest.mark.timeout(120)
def test_a_pause_of_everything_lets_nothing_new_start_and_resumes_where_it_stood(
    set_stage: SetStage, violations: Callable[[Stage], list[str]]
) -> None:
    # Given a wave that is under way
    members, machines = availability_set(machines=8, domains=4)
    stage = set_stage(fleet_of(*machines, sets=(members,)))
    wait_until(stage.accepted, what="the first redeploy")

    # When everything is paused, then what is in flight is followed to its end
    stage.post("pause", {"target": "everything", "reason": "incident 42", "by": "ada"})
    in_flight = ("admitted", "redeploying", "verifying")
    wait_until(
        lambda: stage.jobs() and not [job for job in stage.jobs() if job["state"] in in_flight],
        what="the end of what was in flight",
    )
    calls = len(stage.calls())
    waiting = [job for job in stage.jobs() if job["state"] == "deferred"]
    assert waiting
    wait_until(
        lambda: all("incident 42" in job["reason"] for job in stage.jobs() if job["state"] == "deferred"),
        what="the reason at every waiting job",
    )
    assert len(stage.calls()) == calls

    # When it is resumed, then the rest is done
    stage.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    wait_until(lambda: not stage.still_scheduled(), seconds=60, what="the maintenance of every machine")
    assert len(stage.accepted()) == len(set(stage.accepted())) == 8
    assert violations(stage) == []


@pytest.mark.timeout(120)
def test_a_pause_of_a_subscription_or_a_machine_holds_back_that_alone(set_stage: SetStage) -> None:
    fleet = fleet_of(alone("held"), alone("free"), alone("elsewhere", subscription=DATA))
    stage = set_stage(fleet, start=False)
    stage.arm.control.switch_on("throttle-arm")  # so that nothing starts before the pause
    stage.app.start()
    held = compute(SHOP, "virtualMachines/held")
    stage.post("pause", {"target": f"subscription:{DATA}", "reason": "month's end", "by": "ada"})
    stage.post("pause", {"target": f"machine:{held}", "reason": "backup runs", "by": "ada"})
    stage.arm.control.switch_off()

    wait_until(lambda: [each for each in stage.accepted() if each.endswith("/free")], what="the free machine")
    reasons = {job["machine"].rsplit("/", 1)[1]: job["reason"] for job in stage.jobs()}
    wait_until(
        lambda: {"held", "elsewhere"} <= {job["machine"].rsplit("/", 1)[1] for job in stage.jobs()},
        what="the other jobs",
    )
    wait_until(
        lambda: (
            sum("backup runs" in job["reason"] or "month's end" in job["reason"] for job in stage.jobs()) == 2
        ),
        what="the reasons",
    )
    assert reasons is not None
    assert [each.rsplit("/", 1)[1] for each in stage.accepted()] == ["free"]
