"""S11: pause everything, a subscription or a machine.

What is in flight ends, nothing new starts, and it resumes.
"""

from collections.abc import Callable

import pytest

from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ScenarioEnvironment, wait_until
from tests.scenarios.fleets import DATA, SHOP, alone, availability_set, compute, fleet_of


@pytest.mark.timeout(120)
def test_a_pause_of_everything_lets_nothing_new_start_and_resumes_where_it_stood(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    # Given a wave that is under way
    members, machines = availability_set(machines=8, domains=4)
    environment = start_environment(fleet_of(*machines, sets=(members,)))
    wait_until(environment.accepted, what="the first redeploy")

    # When everything is paused, then what is in flight is followed to its end
    environment.post("pause", {"target": "everything", "reason": "incident 42", "by": "ada"})
    in_flight = ("admitted", "redeploying", "verifying")
    wait_until(
        lambda: (
            environment.jobs()
            and not [job for job in environment.jobs() if job["state"] in in_flight]
        ),
        what="the end of what was in flight",
    )
    calls = len(environment.calls())
    waiting = [job for job in environment.jobs() if job["state"] == "deferred"]
    assert waiting
    wait_until(
        lambda: all(
            "incident 42" in job["reason"]
            for job in environment.jobs()
            if job["state"] == "deferred"
        ),
        what="the reason at every waiting job",
    )
    assert len(environment.calls()) == calls

    # When it is resumed, then the rest is done
    environment.post("resume", {"target": "everything", "reason": "month is over", "by": "ada"})
    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=60,
        what="the maintenance of every machine",
    )
    assert len(environment.accepted()) == len(set(environment.accepted())) == 8
    assert violations(environment) == []


@pytest.mark.timeout(120)
def test_a_pause_of_a_subscription_or_a_machine_holds_back_that_alone(
    start_environment: StartEnvironment,
) -> None:
    fleet = fleet_of(alone("held"), alone("free"), alone("elsewhere", subscription=DATA))
    environment = start_environment(fleet, start=False)
    environment.arm.control.switch_on("throttle-arm")  # so that nothing starts before the pause
    environment.app.start()
    held = compute(SHOP, "virtualMachines/held")
    environment.post(
        "pause", {"target": f"subscription:{DATA}", "reason": "month's end", "by": "ada"}
    )
    # No scan has seen it yet.
    machine = {"target": f"machine:{held}", "evenIfNothing": True}
    environment.post("pause", {**machine, "reason": "backup runs", "by": "ada"})
    environment.arm.control.switch_off()

    wait_until(
        lambda: [each for each in environment.accepted() if each.endswith("/free")],
        what="the free machine",
    )
    reasons = {job["machine"].rsplit("/", 1)[1]: job["reason"] for job in environment.jobs()}
    wait_until(
        lambda: (
            {"held", "elsewhere"}
            <= {job["machine"].rsplit("/", 1)[1] for job in environment.jobs()}
        ),
        what="the other jobs",
    )
    wait_until(
        lambda: (
            sum(
                "backup runs" in job["reason"] or "month's end" in job["reason"]
                for job in environment.jobs()
            )
            == 2
        ),
        what="the reasons",
    )
    assert reasons is not None
    assert [each.rsplit("/", 1)[1] for each in environment.accepted()] == ["free"]
