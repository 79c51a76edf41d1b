"""S6: the app's process is killed at arbitrary points; nothing is lost, and no redeploy is repeated."""

import random
from collections.abc import Callable

import pytest

from tests.scenarios.conftest import SetStage
from tests.scenarios.fleets import availability_set, fleet_of, mixed_fleet
from tests.scenarios.stage import Stage, wait_until


@pytest.mark.timeout(240)
def test_a_wave_is_finished_although_the_app_is_killed_again_and_again(
    set_stage: SetStage, violations: Callable[[Stage], list[str]]
) -> None:
    # Given a wave that is under way
    stage = set_stage(mixed_fleet())
    points = random.Random(20261123)  # noqa: S311 - chooses moments, guards nothing
    wait_until(stage.accepted, what="the first redeploy")

    # When the process is killed after a few more calls, six times over
    for _ in range(6):
        wanted = len(stage.calls()) + points.randint(1, 2)
        wait_until(
            lambda wanted=wanted: len(stage.calls()) >= wanted or not stage.still_scheduled(),  # type: ignore[misc]
            seconds=90,
            what="the next call",
        )
        stage.app.kill()
        stage.app.start()

    # Then every machine ends maintained, by exactly one call each
    wait_until(lambda: not stage.still_scheduled(), seconds=120, what="the maintenance of every machine")
    assert len(stage.accepted()) == len(set(stage.accepted()))
    assert violations(stage) == []
    wait_until(
        lambda: {job["state"] for job in stage.jobs()} == {"succeeded"},
        seconds=60,
        what="the verification of every job",
    )


@pytest.mark.timeout(120)
def test_a_call_whose_answer_died_with_the_process_is_not_made_again(
    set_stage: SetStage, violations: Callable[[Stage], list[str]]
) -> None:
    members, machines = availability_set(machines=2, domains=2)
    stage = set_stage(fleet_of(*machines, sets=(members,)))
    # The call is accepted, its answer never arrives, and the process dies at once.
    stage.arm.control.switch_on("lost-answer", on="actions", times=1)
    wait_until(stage.accepted, what="the first redeploy")
    stage.app.kill()
    stage.app.start()

    wait_until(lambda: not stage.still_scheduled(), seconds=60, what="the maintenance of every machine")
    assert sorted(stage.accepted()) == sorted(
        str(each["machine"]) for each in stage.arm.events("machine.loaded")
    )
    assert violations(stage) == []
