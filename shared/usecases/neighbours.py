"""The other machines of a placement: whether one of them is being moved by somebody who does not ask our lock (I1)."""

from datetime import datetime

from shared.domain.jobs import Job, JobId
from shared.domain.machines import MachineId
from shared.domain.observations import Observation
from shared.usecases.app import App
from shared.usecases.side_by_side import side_by_side


async def moved_by_others(app: App, job: Job) -> MachineId | None:
    """A machine of the job's placement that is in flight on nobody's lease; None if there is none.

    Reads the own instance view of every known member, so it costs as many ARM reads as the placement has members. A
    member that cannot be read raises: a check that cannot be made counts as "no" (I6).
    """
    members = await app.sightings.members(job.subscription, job.placement.scope)
    others = [each for each in members if each != job.machine]

    async def moves(machine: MachineId) -> bool:
        seen = await app.azure.observe(machine)
        return isinstance(seen, Observation) and _is_not_back(
            seen, app.now() - app.policy.pace.verify_timeout
        )

    looks = await side_by_side(moves, others)
    moving = [machine for machine, is_moving in zip(others, looks, strict=True) if is_moving]
    if not moving:
        return None
    # Asked after the look: whoever moves on a lease has had it since before it moved.
    ours = await _machines_on_our_leases(app, job)
    return next((each for each in moving if each not in ours), None)


def _is_not_back(seen: Observation, since: datetime) -> bool:
    """Whether the machine is moving, or was moved a short while ago and is not well yet.

    One that has been unwell for longer holds nobody back: else a machine without an agent would do so for ever.
    """
    just_moved = seen.provisioned_at is not None and seen.provisioned_at > since
    return seen.is_in_flight or (just_moved and not seen.is_well)


async def _machines_on_our_leases(app: App, job: Job) -> set[MachineId]:
    semaphore = (await app.semaphores.load(job.placement.scope)).value
    holding = [await app.jobs.get(JobId(each.job)) for each in semaphore.holders]
    return {each.value.machine for each in holding if each is not None}
