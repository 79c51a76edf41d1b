"""Whether a parked job's machine does not move.

As a table of what its instance view and its operation say.
"""

from datetime import datetime, timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.release_check import moving_reason
from tests.unit.domain.samples import HOUR, MINUTE, NOW, a_job, observation, open_phase, vm_id

OPERATION = "https://management.azure.com/operations/1"
GRACE = Policy().timing.grace_period


def parked(called: timedelta | None = HOUR, operation: str | None = OPERATION) -> Job:
    """`called`: how long ago its call was made."""
    called_at: datetime | None = None if called is None else NOW - called
    return a_job(state=State.PARKED, due=None, called_at=called_at, operation=operation)


def read(progress: OperationState) -> OperationStatus:
    return OperationStatus(state=progress)


NOT_MOVING = [
    ("its operation has ended", parked(), observation(), read(OperationState.SUCCEEDED)),
    ("its operation has failed", parked(), observation(), read(OperationState.FAILED)),
    ("Azure forgot its operation", parked(), observation(), read(OperationState.EXPIRED)),
    (
        "it is not well, which the person has seen",
        parked(),
        observation(agent_ready=False),
        read(OperationState.FAILED),
    ),
    (
        "somebody stopped it",
        parked(),
        observation(power=Power.DEALLOCATED),
        read(OperationState.SUCCEEDED),
    ),
    ("it is gone", parked(), NotFound(machine=vm_id(), at=NOW), None),
    ("it was never called", parked(None, None), observation(), None),
    ("its call was lost long ago", parked(GRACE, None), observation(), None),
    (
        "its call is new, and did its work",
        parked(MINUTE, None),
        observation(maintenance=None),
        None,
    ),
]
MOVING = [
    (
        "provisioning updating",
        parked(),
        observation(provisioning=Provisioning.UPDATING),
        read(OperationState.SUCCEEDED),
    ),
    ("(starting", parked(), observation(power=Power.STARTING), None),
    ("still runs in Azure", parked(), observation(), read(OperationState.RUNNING)),
    ("cannot be read", parked(), observation(), read(OperationState.UNREADABLE)),
    ("not known before 12:14:00 UTC", parked(MINUTE, None), observation(), None),
    (
        "not known before 12:14:00 UTC",
        parked(MINUTE, None),
        observation(maintenance=open_phase(allowed=False)),
        None,
    ),
]


@pytest.mark.parametrize(
    ("_", "job", "view", "reading"), NOT_MOVING, ids=[row[0] for row in NOT_MOVING]
)
def test_it_stands_still_where(
    _: str, job: Job, view: Observation | NotFound, reading: OperationStatus | None
) -> None:
    assert moving_reason(job, view, reading, Policy(), NOW) is None


@pytest.mark.parametrize(("why", "job", "view", "reading"), MOVING)
def test_it_moves_or_may(
    why: str, job: Job, view: Observation | NotFound, reading: OperationStatus | None
) -> None:
    assert why in str(moving_reason(job, view, reading, Policy(), NOW))
