"""Each path by which people and timers read what is stored."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.retention.world import (
    DAY,
    FIRST_OPEN,
    ONE,
    World,
    a_job,
    archived_job,
    machine_of,
    midnight,
)
from shared.domain.job.states import State
from shared.domain.messages import ScanRequest
from shared.usecases.calendar_feed.keep import keep_calendar
from shared.usecases.notices.trace import recent_notices, trace_notice
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.left_alone import watch_left_alone
from shared.usecases.operate.already import RESUMED, already
from shared.usecases.operate.pause import pause, resume
from shared.usecases.outbox.list_targets import list_targets
from shared.usecases.outbox.send_messages import send_messages
from shared.usecases.recover.recover import recover
from shared.usecases.retention.sweep import sweep, sweep_notices
from shared.usecases.retention.trail import sweep_trail
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.show.explain import explain
from shared.usecases.show.health import report_health
from shared.usecases.show.jobs import list_archived_jobs, list_jobs
from shared.usecases.show.machines import list_machines
from shared.usecases.show.pauses import list_pauses
from shared.usecases.show.plan import show_plan
from shared.usecases.show.scans import list_scans
from shared.usecases.show.semaphores import list_semaphores
from shared.usecases.trail.export import export_trail

_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPath:
    """One of them. `of_archive`: it asks for a job of the archive, so it needs one."""

    work: Callable[[World], Awaitable[object]]
    of_archive: bool = False
    #: what is done once before it is measured
    before: Callable[[World], Awaitable[object]] | None = None


async def _scan(world: World) -> None:
    app = world.app
    await scan_subscription(app, ScanRequest(subscription=ONE, trigger_id=app.now().isoformat()))


async def _pause_and_resume(world: World) -> object:
    await pause(world.app, "everything", reason="r", by="b")
    return await resume(world.app, "everything", reason="r", by="b")


async def _trace(world: World) -> object:
    (newest,) = (await recent_notices(world.inbox, _MONTH, at_most=1)).notices
    return await trace_notice(world.inbox, newest.id)


PATHS: dict[str, ReadPath] = {
    "health": ReadPath(work=lambda world: report_health(world.app)),
    "jobs": ReadPath(work=lambda world: list_jobs(world.app)),
    "jobs of a subscription": ReadPath(work=lambda world: list_jobs(world.app, subscription=ONE)),
    "jobs in a state": ReadPath(work=lambda world: list_jobs(world.app, state=State.PARKED)),
    "archived jobs, a page of 1,000": ReadPath(
        work=lambda world: list_archived_jobs(world.app, ONE), of_archive=True
    ),
    "machines": ReadPath(work=lambda world: list_machines(world.app, at_most=1_000)),
    "explain, an open job": ReadPath(
        work=lambda world: explain(world.app, machine_of(ONE, FIRST_OPEN))
    ),
    "explain, an archived job": ReadPath(
        work=lambda world: explain(world.app, archived_job(0, midnight()).machine), of_archive=True
    ),
    "plan": ReadPath(work=lambda world: show_plan(world.app)),
    "semaphores": ReadPath(work=lambda world: list_semaphores(world.app)),
    "pauses": ReadPath(work=lambda world: list_pauses(world.app)),
    "pause and resume": ReadPath(work=_pause_and_resume),
    "resume again": ReadPath(
        work=lambda world: already(world.app, "pause:everything", RESUMED, by="b", reason="r"),
        before=_pause_and_resume,
    ),
    "scans": ReadPath(work=lambda world: list_scans(world.app)),
    "targets": ReadPath(work=lambda world: list_targets(world.app)),
    "notices, a page of 100": ReadPath(
        work=lambda world: recent_notices(world.inbox, 366 * DAY, at_most=100),
        of_archive=True,
        before=lambda world: recent_notices(world.inbox, _MONTH, at_most=1),
    ),
    "notices of a month": ReadPath(
        work=lambda world: recent_notices(world.inbox, _MONTH, at_most=100),
        before=lambda world: recent_notices(world.inbox, _MONTH, at_most=1),
    ),
    "one notice, with its jobs": ReadPath(
        work=_trace, before=lambda world: recent_notices(world.inbox, _MONTH, at_most=1)
    ),
    "recovery": ReadPath(work=lambda world: recover(world.app)),
    "deadlines": ReadPath(work=lambda world: watch_deadlines(world.app)),
    "machines left alone": ReadPath(work=lambda world: watch_left_alone(world.app)),
    "messages": ReadPath(work=lambda world: send_messages(world.app)),
    "calendar": ReadPath(work=lambda world: keep_calendar(world.app)),
    "a scan that finds nothing new": ReadPath(work=_scan, before=_scan),
    "a job that exists already": ReadPath(
        work=lambda world: world.app.jobs.insert(
            a_job(ONE, 0, archived_job(0, midnight()).wave, State.PLANNED, midnight())
        ),
        of_archive=True,
    ),
    "export of the trail": ReadPath(work=lambda world: export_trail(world.app)),
    "sweep of the trail": ReadPath(work=lambda world: sweep_trail(world.app)),
    "sweep": ReadPath(work=lambda world: sweep(world.app)),
    "sweep of notices": ReadPath(
        work=lambda world: sweep_notices(world.app, world.inbox.notices),
        before=lambda world: sweep_notices(world.app, world.inbox.notices),
    ),
}
