"""S13: a subscription is taken out, or the app is uninstalled, in the middle of a wave.

What is in flight goes to its end, nothing new starts, and all continues when it is put back.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from sandbox.azure.fleets.fleet import Behaviour
from sandbox.azure.fleets.times import range_of
from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import POLICY, ScenarioEnvironment, wait_until
from tests.scenarios.fleets import DATA, SHOP, availability_set, fleet_of

#: long enough that the app is stopped and started again while a machine moves
SLOW = Behaviour(redeploy=range_of(4.0, 5.0), agent_ready=range_of(0.05, 0.15))
#: as above: a machine that nobody looked at for some seconds is no failure
PATIENT = {**POLICY, "timing": {**POLICY["timing"], "verify_timeout": "PT60S"}}
IN_FLIGHT = ("admitted", "redeploying", "verifying")
WAIT = timedelta(seconds=90).total_seconds()


def wave_in_two_subscriptions() -> Any:
    """Two machines in a set of each subscription, in two update domains."""
    shop, of_shop = availability_set("as-shop", machines=2, domains=2)
    data, of_data = availability_set("as-data", subscription=DATA, machines=2, domains=2)
    return fleet_of(*of_shop, *of_data, sets=(shop, data), behaviour=SLOW)


def of(subscription: str, machines: list[str]) -> list[str]:
    return [each for each in machines if subscription in each]


def in_flight(environment: ScenarioEnvironment) -> list[str]:
    return [str(job["machine"]) for job in environment.jobs() if job["state"] in IN_FLIGHT]


def has_ended(environment: ScenarioEnvironment) -> bool:
    """Whether Azure has ended each redeploy that it accepted."""
    finished = {each["machine"] for each in environment.arm.events("operation.finished")}
    return finished >= set(environment.accepted())


def restart(environment: ScenarioEnvironment, settings: Mapping[str, str]) -> None:
    """As after a change of the app's settings: the process ends, and a new one begins."""
    environment.app.stop()
    environment.app.environment = {**environment.app.environment, **settings}
    environment.app.start()


def wait_for_all(environment: ScenarioEnvironment) -> None:
    wait_until(
        lambda: (
            environment.jobs()
            and {job["state"] for job in environment.jobs()} <= {"succeeded", "skipped"}
            and not environment.still_scheduled()
        ),
        seconds=WAIT,
        what="the end of every machine",
    )
    assert len(environment.accepted()) == len(set(environment.accepted())) == 4


@pytest.mark.timeout(240)
def test_a_subscription_that_is_taken_out_finishes_what_is_in_flight_and_starts_nothing(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    # Given a wave in which machines of both subscriptions are in flight
    environment = start_environment(wave_in_two_subscriptions(), policy=PATIENT)
    wait_until(lambda: of(DATA, environment.accepted()), what="the first redeploy in DATA")

    # When one subscription is taken out
    restart(environment, {"FORESTALL_SUBSCRIPTIONS": SHOP})
    begun = of(DATA, environment.accepted())

    # Then its machines in flight are verified, the others end, and those of SHOP continue
    wait_until(
        lambda: environment.jobs() and not of(DATA, in_flight(environment)),
        seconds=WAIT,
        what="the end of what was in flight",
    )
    wait_until(
        lambda: len(set(of(SHOP, environment.accepted()))) == 2,
        seconds=WAIT,
        what="every machine of SHOP",
    )
    jobs = {str(job["machine"]): job for job in environment.jobs() if DATA in str(job["machine"])}
    assert {jobs[each]["state"] for each in begun} == {"succeeded"}
    assert of(DATA, environment.accepted()) == begun
    wait_until(
        lambda: (
            {
                str(job["reason"])
                for job in environment.jobs()
                if DATA in str(job["machine"]) and job["machine"] not in begun
            }
            == {"its subscription is not watched any more"}
        ),
        what="the end of the jobs that had not begun",
    )

    # When it is put back, then the rest is done
    restart(environment, {"FORESTALL_SUBSCRIPTIONS": "*"})
    wait_for_all(environment)
    assert violations(environment) == []


@pytest.mark.timeout(240)
def test_emptied_settings_start_nothing_and_lose_nothing(
    start_environment: StartEnvironment,
    violations: Callable[[ScenarioEnvironment], list[str]],
) -> None:
    environment = start_environment(wave_in_two_subscriptions(), policy=PATIENT)
    wait_until(environment.accepted, what="the first redeploy")

    # When the setting is emptied, then the app says what is missing, and starts nothing
    restart(environment, {"FORESTALL_SUBSCRIPTIONS": " , "})
    calls = len(environment.calls())
    wait_until(
        lambda: has_ended(environment),
        what="the end of what was in flight, in Azure",
    )
    assert environment.get("health") is None  # 503
    assert len(environment.calls()) == calls

    # When it is set again, then what was in flight is verified, and the rest is done
    restart(environment, {"FORESTALL_SUBSCRIPTIONS": "*"})
    wait_for_all(environment)
    assert violations(environment) == []


@pytest.mark.timeout(240)
def test_an_app_that_is_removed_and_deployed_again_repeats_no_call(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(wave_in_two_subscriptions(), policy=PATIENT)
    wait_until(environment.accepted, what="the first redeploy")

    environment.app.stop()
    calls = len(environment.calls())
    wait_until(
        lambda: has_ended(environment),
        what="the end of what was in flight, in Azure",
    )
    assert len(environment.calls()) == calls

    environment.app.start()
    wait_for_all(environment)
    assert violations(environment) == []


@pytest.mark.timeout(240)
def test_a_role_that_is_removed_stops_new_starts_and_loses_nothing(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    environment = start_environment(wave_in_two_subscriptions(), policy=PATIENT)
    wait_until(environment.accepted, what="the first redeploy")

    # When the role is removed, then Azure ends what is in flight, and nothing new starts
    environment.arm.control.switch_on("role-removed")
    calls = len(environment.calls())
    wait_until(
        lambda: has_ended(environment),
        what="the end of what was in flight, in Azure",
    )
    wait_until(
        lambda: any("AuthorizationFailed" in str(job["reason"]) for job in environment.jobs()),
        what="the reason at a job",
    )
    assert len(environment.calls()) == calls
    states = {str(job["machine"]): str(job["state"]) for job in environment.jobs()}
    begun = {states[each] for each in environment.accepted()}
    assert begun <= {*IN_FLIGHT, "succeeded"}  # nobody verified them, so their leases are held

    # When it is given back, then everything is done
    environment.arm.control.switch_off("role-removed")
    wait_for_all(environment)
    assert violations(environment) == []


@pytest.mark.timeout(240)
def test_the_setting_that_disables_the_function_of_redeploys_starts_and_loses_nothing(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    """As docs/runbook.md says it, for a stop that needs no Forestall."""
    environment = start_environment(wave_in_two_subscriptions(), policy=PATIENT)
    wait_until(environment.accepted, what="the first redeploy")

    # When the function is disabled, which restarts the host, then no call follows
    restart(environment, {"AzureWebJobs.redeploy_step.Disabled": "true"})
    calls = len(environment.calls())
    wait_until(lambda: has_ended(environment), what="the end of what was in flight, in Azure")
    scans = len(environment.arm.events("instance_view.read"))
    wait_until(
        lambda: len(environment.arm.events("instance_view.read")) > scans + 4,
        what="more scans, which still run",
    )
    assert len(environment.calls()) == calls

    # When it is enabled again, then what was in flight is verified, and the rest is done
    restart(environment, {"AzureWebJobs.redeploy_step.Disabled": "false"})
    wait_for_all(environment)
    assert violations(environment) == []
