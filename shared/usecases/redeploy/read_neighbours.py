"""The other machines of a placement, read now.

A scale set with one listing, all others one by one. Checks of one set share what was read.
"""

from datetime import datetime

from shared.concurrency import map_concurrently
from shared.domain.job.job import Job
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.listing import ScaleSet
from shared.domain.machine.machine import MachineId
from shared.domain.machine.placement import (
    home_of_scope,
    kind_of,
    placement_group_of_scope,
    scale_set_of_scope,
)
from shared.errors import StorageUnavailable
from shared.usecases.app import App

_AT_ONCE = 16


async def read_neighbours(app: App, job: Job) -> list[Observation | NotFound]:
    """What every other machine of the job's placement shows.

    The members are those of the last scan, and those that the listing of a scale set shows. A
    member that the listing lacks, or shows without a view, is read alone. Raises Unavailable
    where one of them cannot be read, and where the inventory lacks the job's own machine, as after
    a loss: a check that cannot be made counts as "no" (I6). A machine alone has no neighbours.
    """
    if kind_of(job.placement.scope) == "vm":
        return []
    seen = await _listed(app, job)
    members = await app.inventory.members(job.subscription, job.placement.scope)
    if job.machine not in members and job.machine not in seen:
        raise StorageUnavailable(f"the inventory does not list {job.machine}")
    left = [each for each in members if each not in seen and each != job.machine]
    without = [machine for machine, view in seen.items() if view is None and machine != job.machine]
    by_themselves = await _read(app, job, [*left, *without])
    return [
        *(view for machine, view in seen.items() if view is not None and machine != job.machine),
        *by_themselves,
    ]


def drop_views(app: App, job: Job) -> None:
    """A redeploy of the job is about to start: what was read of its set is old from now on."""
    app.set_views.drop(home_of_scope(job.placement.scope))


async def _read(app: App, job: Job, machines: list[MachineId]) -> list[Observation | NotFound]:
    """The views of machines that no listing shows; those of an availability set are shared."""
    if kind_of(job.placement.scope) != "avset":
        return await map_concurrently(app.azure.observe, machines, _AT_ONCE)
    home, kept = home_of_scope(job.placement.scope), app.rules.platform.timing.neighbour_views_kept
    return await app.set_views.of_members(
        app.azure, app.clock, home, machines, kept=kept, moved_at=_last_move(app, job)
    )


async def _listed(app: App, job: Job) -> dict[MachineId, Observation | None]:
    """The machines of the job's scale set, less those that are in another placement group."""
    found = scale_set_of_scope(job.placement.scope)
    if found is None:
        return {}
    scale_set = ScaleSet(id=found[0], orchestration=found[1])
    kept = app.rules.platform.timing.neighbour_views_kept
    listed = await app.set_views.of(app.azure, app.clock, scale_set, kept, _last_move(app, job))
    group = placement_group_of_scope(job.placement.scope)
    return {
        each.machine.id: each.seen
        for each in listed
        if each.seen is None or not group or _may_be_in(each.seen, group)
    }


def _last_move(app: App, job: Job) -> datetime | None:
    """The last move in the placement that the lock knows of, as this process knows the lock."""
    known = app.last_written.hint(job.placement.scope)
    return None if known is None else known.last_move


def _may_be_in(seen: Observation, group: str) -> bool:
    """A machine that shows no placement group, as while it is deallocated, may be in any."""
    return seen.placement_group is None or seen.placement_group.lower() == group
