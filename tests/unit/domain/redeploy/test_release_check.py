"""Whether a parked job's machine stands still: as a table of what its own word and its operation say."""

from datetime import datetime, timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.arm_responses import OperationReading, Progress
from shared.domain.machine.instance_view import NotFound, Observation, Power, Provisioning
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.release_check import why_moving
from tests.unit.domain.samples import HOUR, MINUTE, NOW, a_job, open_phase, seen, vm

OPERATION = "https://management.azure.com/operations/1"
GRACE = Policy().pace.grace


def parked(called: timedelta | None = HOUR, operation: str | None = OPERATION) -> Job:
    """`called`: how long ago its call was made."""
    called_at: datetime | None = None if called is None else NOW - called
    return a_job(state=State.PARKED, due=None, called_at=called_at, operation=operation)


def read(progress: Progress) -> OperationReading:
    return OperationReading(progress=progress)


STANDING = [
    ("its operation has ended", parked(), seen(), read(Progress.SUCCEEDED)),
    ("its operation has failed", parked(), seen(), read(Progress.FAILED)),
    ("Azure forgot its operation", parked(), seen(), read(Progress.EXPIRED)),
    ("it is not well, which the person has seen", parked(), seen(agent_ready=False), read(Progress.FAILED)),
    ("somebody stopped it", parked(), seen(power=Power.DEALLOCATED), read(Progress.SUCCEEDED)),
    ("it is gone", parked(), NotFound(machine=vm(), at=NOW), None),
    ("it was never called", parked(None, None), seen(), None),
    ("its call was lost long ago", parked(GRACE, None), seen(), None),
    ("its call is new, and did its work", parked(MINUTE, None), seen(maintenance=None), None),
]
MOVING = [
    ("provisioning updating", parked(), seen(provisioning=Provisioning.UPDATING), read(Progress.SUCCEEDED)),
    ("(starting", parked(), seen(power=Power.STARTING), None),
    ("still runs in Azure", parked(), seen(), read(Progress.RUNNING)),
    ("cannot be read", parked(), seen(), read(Progress.UNREADABLE)),
    ("not known before 12:14:00 UTC", parked(MINUTE, None), seen(), None),
    (
        "not known before 12:14:00 UTC",
        parked(MINUTE, None),
        seen(maintenance=open_phase(allowed=False)),
        None,
    ),
]


@pytest.mark.parametrize(("_", "job", "view", "reading"), STANDING, ids=[row[0] for row in STANDING])
def test_it_stands_still_where(
    _: str, job: Job, view: Observation | NotFound, reading: OperationReading | None
) -> None:
    assert why_moving(job, view, reading, Policy(), NOW) is None


@pytest.mark.parametrize(("why", "job", "view", "reading"), MOVING)
def test_it_moves_or_may(
    why: str, job: Job, view: Observation | NotFound, reading: OperationReading | None
) -> None:
    assert why in str(why_moving(job, view, reading, Policy(), NOW))
