"""S6: the app's process is killed at arbitrary points.

Nothing is lost, and no redeploy is repeated.
"""

import random
from collections.abc import Callable

import pytest

from tests.scenarios.conftest import StartEnvironment
from tests.scenarios.environment import ScenarioEnvironment, wait_until
from tests.scenarios.fleets import availability_set, fleet_of, mixed_fleet


@pytest.mark.timeout(240)
def test_a_wave_is_finished_although_the_app_is_killed_again_and_again(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    # Given a wave that is under way
    environment = start_environment(mixed_fleet())
    points = random.Random(20261123)  # noqa: S311 - chooses moments, guards nothing
    wait_until(environment.accepted, what="the first redeploy")

    # When the process is killed after a few more calls, six times over
    for _ in range(6):
        wanted = len(environment.calls()) + points.randint(1, 2)
        wait_until(
            lambda wanted=wanted: (
                len(environment.calls()) >= wanted or not environment.still_scheduled()
            ),  # type: ignore[misc]
            seconds=90,
            what="the next call",
        )
        environment.app.kill()
        environment.app.start()

    # Then every machine ends maintained, by exactly one call each
    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=120,
        what="the maintenance of every machine",
    )
    assert len(environment.accepted()) == len(set(environment.accepted()))
    assert violations(environment) == []
    wait_until(
        lambda: {job["state"] for job in environment.jobs()} == {"succeeded"},
        seconds=60,
        what="the verification of every job",
    )


@pytest.mark.timeout(120)
def test_a_call_whose_answer_died_with_the_process_is_not_made_again(
    start_environment: StartEnvironment, violations: Callable[[ScenarioEnvironment], list[str]]
) -> None:
    members, machines = availability_set(machines=2, domains=2)
    environment = start_environment(fleet_of(*machines, sets=(members,)))
    # The call is accepted, its answer never arrives, and the process dies immediately.
    environment.arm.control.switch_on("lost-response", on="actions", times=1)
    wait_until(environment.accepted, what="the first redeploy")
    environment.app.kill()
    environment.app.start()

    wait_until(
        lambda: not environment.still_scheduled(),
        seconds=60,
        what="the maintenance of every machine",
    )
    assert sorted(environment.accepted()) == sorted(
        str(each["machine"]) for each in environment.arm.events("machine.loaded")
    )
    assert violations(environment) == []
