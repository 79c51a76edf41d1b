"""A call whose response was lost: the machine itself shows the outcome."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.job.decision import Decision, Locks, defer
from shared.domain.job.states import Event, State
from shared.domain.machine.instance_view import NotFound, Observation, Power
from shared.domain.redeploy.unknown_outcome import after_unknown_outcome, never_called
from tests.unit.domain.redeploy.decided import (
    COMPLETED,
    LOOKED_FOR,
    MAINTAINED,
    MOVING,
    NOT_FOUND,
    POLICY,
    PROVED,
    SOON,
    TICK,
    UNPROVED,
    a_job,
    stays,
)
from tests.unit.domain.samples import DAY, HOUR, MINUTE, NOW, observation, open_phase

SECOND = timedelta(seconds=1)
NOT_KNOWN = "not known whether the call was accepted"


def decide(
    shown: Observation | NotFound, waited: timedelta = timedelta(0), **changes: Any
) -> Decision:
    """ADMITTED for some time; the call may or may not have reached Azure."""
    job = a_job(**{"state": State.ADMITTED, "state_entered_at": NOW - waited, **changes})
    return after_unknown_outcome(job, shown, POLICY, NOW)


@pytest.mark.parametrize("waited", [timedelta(0), 15 * MINUTE])
@pytest.mark.parametrize(
    ("shown", "event"),
    [
        (MOVING, Event.ADOPTED),
        (observation(power=Power.STOPPING), Event.ADOPTED),
        (MAINTAINED, Event.FINISHED),
        (COMPLETED, Event.FINISHED),
    ],
)
def test_what_the_machine_shows_decides_at_once(
    shown: Observation, event: Event, waited: timedelta
) -> None:
    decision = decide(shown, waited)
    assert (decision.event, decision.locks, decision.attempt_counts) == (event, Locks.KEEP, True)
    assert decision.changes["started_at"] == NOW


@pytest.mark.parametrize(
    "shown", [observation(), observation(agent_ready=False), observation(power=Power.STOPPED)]
)
def test_what_shows_nothing_is_waited_out(shown: Observation) -> None:
    assert stays(decide(shown), NOT_KNOWN, SOON)


def test_no_wait_ends_after_the_grace_time() -> None:
    assert stays(decide(observation(), 15 * MINUTE - 10 * SECOND), NOT_KNOWN, NOW + 10 * SECOND)


@pytest.mark.parametrize(
    ("waited", "event"), [(15 * MINUTE - TICK, None), (15 * MINUTE, Event.FINISHED)]
)
def test_only_after_the_grace_time_may_the_call_be_made_again(
    waited: timedelta, event: Event | None
) -> None:
    assert decide(observation(), waited).event is event


def test_a_machine_that_is_not_well_by_then_is_left_to_a_person() -> None:
    assert decide(observation(agent_ready=False), 15 * MINUTE) == Decision(
        event=Event.PARKED,
        reason=f"{NOT_KNOWN}, and the machine is running, provisioning succeeded, agent not ready",
        notify="job.parked",
    )


@given(waited=st.integers(0, 14 * 60 + 59), allowed=st.booleans())
def test_within_the_grace_time_no_second_call_is_ever_near(waited: int, *, allowed: bool) -> None:
    decision = decide(observation(maintenance=open_phase(allowed=allowed)), waited * SECOND)
    assert (decision.event, decision.locks) == (None, Locks.KEEP)
    assert decision.at is not None
    assert decision.at > NOW


@pytest.mark.parametrize(
    ("provisioned_at", "arrived"),
    [(NOW - 2 * HOUR, False), (NOW - HOUR + MINUTE, True), (None, True)],
)
def test_a_lost_call_is_no_attempt_only_where_no_operation_has_ended_since(
    provisioned_at: datetime | None, *, arrived: bool
) -> None:
    decision = decide(observation(provisioned_at=provisioned_at), HOUR, called_at=NOW - HOUR)
    assert decision.attempt_counts is arrived
    assert decision.event is (Event.FINISHED if arrived else Event.DEFERRED)


@pytest.mark.parametrize(
    ("lost", "event"), [(0, Event.DEFERRED), (8, Event.DEFERRED), (9, Event.PARKED)]
)
def test_ten_calls_in_a_row_that_never_arrived_are_a_persons_matter(
    lost: int, event: Event
) -> None:
    decision = decide(
        observation(provisioned_at=NOW - DAY), HOUR, called_at=NOW - HOUR, lost_calls=lost
    )
    assert decision.event is event
    assert decision.event is Event.PARKED or decision.changes == {"lost_calls": lost + 1}


@pytest.mark.parametrize("absence", UNPROVED)
def test_one_404_keeps_the_leases_and_is_looked_at_again(absence: Any) -> None:
    assert stays(decide(NOT_FOUND, DAY, absence=absence), LOOKED_FOR, SOON)


def test_a_machine_that_was_deleted_ends_its_job_and_people_are_told() -> None:
    assert decide(NOT_FOUND, absence=PROVED) == Decision(
        event=Event.WITHDRAWN,
        reason="the machine was deleted",
        locks=Locks.RELEASE,
        notify="machine.deleted",
    )


def test_a_worker_that_died_before_its_call_started_nothing() -> None:
    assert never_called(NOW) == defer("the worker died before the call", NOW)
