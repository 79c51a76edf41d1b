"""The other machines of a placement.

Whether one of them is being moved by somebody who does not ask our lock (I1).
"""

from datetime import datetime

from shared.domain import reasons
from shared.domain.job.job import Job, JobId
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.usecases.app import App
from shared.usecases.redeploy.read_neighbours import read_neighbours


async def neighbour_in_flight_reason(app: App, job: Job) -> str | None:
    """Why the job may not call because of another machine of its placement.

    None if no other machine blocks it.

    A machine blocks it if it is in flight without a lease, or if the last scan listed it and Azure
    does not find it now: it may be in flight. A scan drops a machine that it does not list any
    more.

    A scale set costs one listing, every other placement one read for each member. A member that
    cannot be read raises: a check that cannot be made counts as "no" (I6).
    """
    seen = await read_neighbours(app, job)
    since = app.now() - app.policy.timing.verify_timeout
    suspects = [
        each for each in seen if isinstance(each, NotFound) or _may_be_in_flight(each, since)
    ]
    if not suspects:
        return None
    # Asked after the look: a machine that moves on a lease has had it since before it moved.
    ours = await _machines_with_own_leases(app, job)
    return next((_reason(each) for each in suspects if each.machine not in ours), None)


def _reason(seen: Observation | NotFound) -> str:
    if isinstance(seen, NotFound):
        return reasons.neighbour_not_found(seen.machine)
    return reasons.neighbour_moves(seen.machine)


def _may_be_in_flight(seen: Observation, since: datetime) -> bool:
    """Whether the machine is moving, or was moved a short while ago and is not well yet.

    One that has been unwell for longer holds nobody back: otherwise a machine without an agent
    would do so without end.
    """
    just_moved = seen.provisioned_at is not None and seen.provisioned_at > since
    return seen.is_in_flight or (just_moved and not seen.is_ready)


async def _machines_with_own_leases(app: App, job: Job) -> set[MachineId]:
    semaphore = (await app.semaphores.load(job.placement.scope)).value
    holding = [await app.jobs.get(JobId(each.job)) for each in semaphore.holders]
    return {each.value.machine for each in holding if each is not None}
