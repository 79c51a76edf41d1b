"""The other machines of a placement.

Whether one of them is being moved, or was moved, by somebody who does not ask our lock (I1).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from shared.domain import reasons
from shared.domain.job.job import Job, JobId, job_id
from shared.domain.lock.operations import with_others
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.redeploy.others import (
    NeighbourWait,
    blocking_move,
    is_explained,
    may_be_unexplained,
    others_after,
)
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change_if_readable
from shared.usecases.redeploy.read_neighbours import read_neighbours


async def neighbour_wait(app: App, job: Job) -> NeighbourWait | None:
    """Why the job may not call because of another machine of its placement.

    None if no other machine blocks it.

    A machine blocks it if it is in flight without a lease, or if the last scan listed it and Azure
    does not find it now: it may be in flight. A scan drops a machine that it does not list any
    more. A move that has ended blocks it for the bake time, and in another lane for the cool-down
    after that, as a move of the app does. The lock stores when it was first seen ready.

    A scale set costs one listing, every other placement one read for each member. A member that
    cannot be read raises: a check that cannot be made counts as "no" (I6).
    """
    # A view that another check of the set has read may be so much older.
    began = app.now() - app.rules.platform.timing.neighbour_views_kept
    seen = await read_neighbours(app, job)
    now = app.now()
    found = [each for each in seen if isinstance(each, Observation)]
    missing = [each for each in seen if isinstance(each, NotFound)]
    suspects = [each for each in found if may_be_unexplained(each, app.policy_of(job), now)]
    known = app.last_written.hint(job.placement.scope)
    if not suspects and not missing and known is not None and not known.others:
        return None
    # Asked after the look: a machine that moves on a lease has had it since before it moved.
    semaphore = (await app.semaphores.load(job.placement.scope)).value
    holding = [await app.jobs.get(JobId(each.job)) for each in semaphore.holders]
    ours = {each.value.machine for each in holding if each is not None}
    renewed = await _read_again(app, job, suspects, ours, began)
    if renewed:
        now = app.now()
        missing += [each for each in renewed.values() if isinstance(each, NotFound)]
        latest = [renewed.get(each.machine, each) for each in found]
        found = [each for each in latest if isinstance(each, Observation)]
        suspects = [each for each in found if may_be_unexplained(each, app.policy_of(job), now)]
    lost = next((each for each in missing if each.machine not in ours), None)
    if lost is not None:
        reason = reasons.neighbour_not_found(lost.machine)
        return NeighbourWait(reason=reason, until=now + app.policy_of(job).timing.recheck_interval)
    others = others_after(
        semaphore.others,
        {each.machine: each for each in found if each.machine not in ours},
        await _unexplained(app, job, (each for each in suspects if each.machine not in ours)),
        app.policy_of(job),
        now,
    )
    if others != semaphore.others:
        await change_if_readable(app, job.placement.scope, lambda value: with_others(value, others))
    return blocking_move(others, job.placement.lane, app.policy_of(job), now)


async def _read_again(
    app: App,
    job: Job,
    suspects: Sequence[Observation],
    ours: Collection[MachineId],
    began: datetime,
) -> dict[MachineId, Observation | NotFound]:
    """New views of machines whose own job of this wave was saved since their views may be from.

    The reads wait for Azure's quota, for up to ten seconds. Meanwhile the app may verify a
    neighbour and release its lease. Then the first view shows a move that no lease explains.
    """
    again: dict[MachineId, Observation | NotFound] = {}
    for each in suspects:
        machine = MachineId(each.machine)
        if machine in ours or not each.is_in_flight:
            continue
        own = await app.jobs.get(job_id(machine, job.wave))
        if own is not None and own.value.attempts > 0 and own.value.changed_at >= began:
            again[machine] = await app.azure.observe(machine)
    return again


async def _unexplained(app: App, job: Job, suspects: Iterable[Observation]) -> list[Observation]:
    """Those whose last operation is not the app's own. A job of another wave explains nothing."""
    left = []
    for each in suspects:
        own = None
        if each.provisioned_at is not None and not each.is_in_flight:
            own = await app.jobs.get(job_id(MachineId(each.machine), job.wave))
        if not is_explained(each, own.value if own else None, app.policy_of(job)):
            left.append(each)
    return left
