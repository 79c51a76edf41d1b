"""An operation that Azure works on is followed until it has ended, one way or the other."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.job.decision import Decision, Locks
from shared.domain.job.states import Event, State
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.redeploy.operation import follow_operation
from tests.unit.domain.redeploy.decided import (
    LOOKED_FOR,
    MOVING,
    NOT_FOUND,
    POLICY,
    PROVED,
    SOON,
    TICK,
    TIMING,
    UNPROVED,
    a_job,
    stays,
)
from tests.unit.domain.samples import HOUR, MINUTE, NOW, observation

NO_ROOM = "AllocationFailed: Allocation failed."


def decide(
    progress: OperationState | None,
    shown: Observation | NotFound | None = None,
    *,
    waited: timedelta = MINUTE,
    retry_after: timedelta | None = None,
    detail: str = "d",
    **changes: Any,
) -> Decision:
    """REDEPLOYING for some time."""
    job = a_job(state=State.REDEPLOYING, state_entered_at=NOW - waited, **changes)
    reading = (
        None
        if progress is None
        else OperationStatus(state=progress, detail=detail, retry_after=retry_after)
    )
    return follow_operation(job, reading, shown, POLICY, NOW)


@pytest.mark.parametrize(
    ("progress", "shown", "reason"),
    [
        (OperationState.RUNNING, None, "d"),
        (OperationState.UNREADABLE, None, "d"),
        (OperationState.EXPIRED, MOVING, "d"),
        (OperationState.EXPIRED, None, "d"),
        (None, MOVING, "the machine is being moved"),
        # an operation that runs outlives a machine that looks at rest for a moment
        (OperationState.RUNNING, observation(), "d"),
        (OperationState.UNREADABLE, observation(), "d"),
        (OperationState.RUNNING, NOT_FOUND, LOOKED_FOR),
        (None, NOT_FOUND, LOOKED_FOR),
    ],
)
def test_what_has_not_ended_is_looked_at_again_and_the_locks_are_kept(
    progress: OperationState | None, shown: Observation | NotFound | None, reason: str
) -> None:
    assert stays(decide(progress, shown), reason, SOON)


def test_a_look_that_says_nothing_keeps_the_reason() -> None:
    assert stays(decide(OperationState.RUNNING, detail=""), None, SOON)


@pytest.mark.parametrize(
    ("progress", "shown", "reason"),
    [
        (OperationState.SUCCEEDED, None, "operation succeeded d"),
        (OperationState.FAILED, None, "operation failed d"),
        (OperationState.EXPIRED, observation(), "the machine is not moving any more"),
        (None, observation(), "the machine is not moving any more"),
    ],
)
def test_what_has_ended_is_verified(
    progress: OperationState | None, shown: Observation | None, reason: str
) -> None:
    assert decide(progress, shown) == Decision(
        event=Event.FINISHED, reason=reason, at=NOW, changes={"not_before": None}
    )


def test_no_other_attempt_is_made_for_hours_where_azure_had_no_room() -> None:
    assert decide(OperationState.FAILED, detail=NO_ROOM).changes == {
        "not_before": NOW + TIMING.no_capacity_wait
    }


@pytest.mark.parametrize(
    ("asked", "given"), [(5 * MINUTE, 5 * MINUTE), (HOUR, TIMING.lease_duration / 4)]
)
def test_azure_names_the_time_of_the_next_look_as_long_as_the_leases_last(
    asked: timedelta, given: timedelta
) -> None:
    assert decide(OperationState.RUNNING, retry_after=asked).at == NOW + given


@pytest.mark.parametrize(("waited", "event"), [(2 * HOUR - TICK, None), (2 * HOUR, Event.PARKED)])
@pytest.mark.parametrize(
    ("progress", "shown"),
    [(OperationState.RUNNING, None), (OperationState.UNREADABLE, None), (None, MOVING)],
)
def test_one_that_does_not_end_is_a_persons_matter(
    progress: OperationState | None,
    shown: Observation | None,
    waited: timedelta,
    event: Event | None,
) -> None:
    decision = decide(progress, shown, waited=waited)
    assert (decision.event, decision.locks) == (event, Locks.KEEP)
    assert decision.notify == (None if event is None else "job.parked")


def test_one_that_ended_at_last_is_not() -> None:
    assert decide(OperationState.SUCCEEDED, waited=3 * HOUR).event is Event.FINISHED


@pytest.mark.parametrize("absence", UNPROVED)
def test_a_machine_that_few_looks_missed_is_looked_for_again(absence: Any) -> None:
    assert stays(decide(None, NOT_FOUND, absence=absence), LOOKED_FOR, SOON)


def test_a_machine_that_was_deleted_ends_its_job_and_people_are_told() -> None:
    decision = decide(None, NOT_FOUND, absence=PROVED)
    assert (decision.event, decision.locks, decision.notify) == (
        Event.WITHDRAWN,
        Locks.RELEASE,
        "machine.deleted",
    )
