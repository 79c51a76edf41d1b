"""The other machines of a placement: whether one of them is being moved by somebody who does not ask our lock (I1)."""

import asyncio

from shared.domain.jobs import Job, JobId
from shared.domain.machines import MachineId
from shared.domain.observations import Observation
from shared.usecases.app import App

#: instance views read at the same time
_AT_ONCE = 8


async def moved_by_others(app: App, job: Job) -> MachineId | None:
    """A machine of the job's placement that is in flight on nobody's lease; None if there is none.

    Reads the own instance view of every known member, so it costs as many ARM reads as the placement has members. A
    member that cannot be read raises: a check that cannot be made counts as "no" (I6).
    """
    members = await app.sightings.members(job.subscription, job.placement.scope)
    ours = await _machines_on_our_leases(app, job)
    strangers = [each for each in members if each not in ours and each != job.machine]
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def moving(machine: MachineId) -> bool:
        async with at_once:
            seen = await app.azure.observe(machine)
        return isinstance(seen, Observation) and seen.is_in_flight

    answers = await asyncio.gather(*map(moving, strangers))
    return next((machine for machine, moves in zip(strangers, answers, strict=True) if moves), None)


async def _machines_on_our_leases(app: App, job: Job) -> set[MachineId]:
    semaphore = (await app.semaphores.load(job.placement.scope)).value
    holding = [await app.jobs.get(JobId(each.job)) for each in semaphore.holders]
    return {each.value.machine for each in holding if each is not None}
