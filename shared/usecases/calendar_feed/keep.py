"""Keeps the events of the calendar as the plan says. Runs with recovery."""

from shared.domain.machine.machine import address_of
from shared.domain.outbox.calendar_feed import PlannedStart, update
from shared.domain.plan.machines.plan import Certainty, MachineStart
from shared.usecases.app import App
from shared.usecases.show.plan import group_of, show_plan


async def keep_calendar(app: App) -> bool:
    """Bring the events up to date; whether they changed. Nothing is done without an address.

    Where another process stores the feed at the same time, the next run does the rest.
    """
    stored = await app.outbox.calendar()
    if not stored.value.addresses:
        return False
    plan = await show_plan(app)
    starts = [found for each in plan.machines if (found := _start(each)) is not None]
    after = update(stored.value, starts, app.now(), plan.time_zone, app.outside.link)
    if after == stored.value:
        return False
    return await app.outbox.store_calendar(after, stored.version) is not None


def _start(each: MachineStart) -> PlannedStart | None:
    if each.start is None or each.expected_end is None:
        return None
    return PlannedStart(
        wave=each.job.wave,
        group=group_of(each.job),
        name=address_of(each.job.machine).name,
        start=each.start,
        end=max(each.start, each.expected_end),
        deadline=each.job.self_service_end,
        is_fixed=each.certainty is Certainty.FIXED,
    )
