"""The scan of one subscription, one step for each message: as far as the time of a message goes.

Each unit is a page or a handful of machines::

    claim the step ─► unit ─► unit ─► ... ─► save where it stands ─► send the next step
                        └─ Azure refuses: save why, and try again later
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

from shared.concurrency import both
from shared.domain.machine.machine import MachineId, SubscriptionId
from shared.domain.messages import ScanRequest
from shared.domain.scan.exempt_machine import KnownExemptions
from shared.domain.scan.status import (
    MOST_RESTARTS,
    Scan,
    ScanStatus,
    Stage,
    digests_in,
    restarted,
)
from shared.errors import AzureUnavailable, QuotaUsedUp
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.generation.marks import current_mark
from shared.usecases.scan.close import close
from shared.usecases.scan.judge import KnownJobs
from shared.usecases.scan.look_at_machines import look_at_machines
from shared.usecases.scan.steps import claim, save_complete, save_failed, save_progress
from shared.usecases.scan.take_pages import take_scale_sets, take_vms
from shared.usecases.scan.work import Interrupted, ScanWork

#: after this a message begins no other unit; with the longest unit it stays under a minute
TIME_BUDGET = timedelta(seconds=40)

#: for one unit, every request of it included
_UNIT_SECONDS = 18.0

#: rows that cannot be read, of one step
_MOST_REPORTED = 10
#: a link that Azure does not take any more
_LINK_REFUSED = (400, 404, 410)


async def scan_subscription(app: App, request: ScanRequest) -> None:
    """Begin a scan, join the one that is on, or take a step of it.

    A scan stores what a subscription's machines say of themselves, and plans a job for each with
    an open self-service phase. Jobs that wait follow their machines: a moved end of the phase is
    copied, and a job whose wave is over ends. A machine is judged by its own instance view, or by
    the one that the listing of its Uniform scale set carries. A listing of VMs says nothing of
    maintenance (I6).

    Idempotent: a job that exists is not made again, and a message whose step is not the current one
    has no effect. Azure's refusals are stored and tried again later; they are not raised.
    """
    if not app.watches(request.subscription):
        log_event("subscription.not_watched", subscription=request.subscription)
        return
    # Before anything is stored: a table with rows and without a mark has lost it.
    await current_mark(app)
    claimed = await claim(app, request)
    if claimed is None:
        return
    stored, scan = claimed
    try:
        scan, complete = await _advance(app, stored.value, scan)
    except Interrupted as interrupted:
        if isinstance(interrupted.outage, QuotaUsedUp):
            await save_progress(app, stored, interrupted.scan, interrupted.outage.retry_after)
        else:
            await save_failed(app, stored, interrupted.scan, interrupted.outage)
        return
    if complete:
        await save_complete(app, stored, scan)
    else:
        await save_progress(app, stored, scan)


async def _advance(app: App, status: ScanStatus, scan: Scan) -> tuple[Scan, bool]:
    """The scan after as many units as there is time for, and whether it is complete."""
    until = app.now() + TIME_BUDGET
    request = scan.request(status.subscription)
    stored_runs = status.stored_runs | digests_in(scan.runs)
    jobs, exempt = await both(
        app.jobs.of_subscription(status.subscription),
        _known_exemptions(app, status.subscription),
    )
    work = ScanWork(
        app=app,
        request=request,
        known=KnownJobs(jobs),
        exempt=exempt,
        swept_since=status.swept_until,
        stored_runs=set(stored_runs),
        runs_before=status.stored_runs,
        pages={
            name: page
            for name, page in (status.pages | scan.pages).items()
            if digests_in(page.runs) <= stored_runs
        },
    )
    while True:
        is_last = scan.cursor.stage is Stage.CLOSING
        try:
            scan = await _in_time(_unit(work, status, scan))
        except AzureUnavailable as outage:
            if not _is_of_the_link(scan, outage):
                raise Interrupted(scan, outage) from outage
            log_warning("scan.restarted", subscription=status.subscription, reason=outage)
            scan = restarted(scan)
            continue
        if is_last:
            return scan, True
        if app.now() >= until:
            return scan, False


async def _known_exemptions(app: App, subscription: SubscriptionId) -> KnownExemptions:
    """Those that are stored. A row that a newer release wrote is reported, and not replaced."""
    found = await app.exemptions.of_subscription(subscription)
    for row in found.unreadable[:_MOST_REPORTED]:
        log_warning("row.unreadable", kind=row.kind, key=row.key, reason=row.reason)
    machines = (MachineId(row.facts.get("machine", row.key)) for row in found.unreadable)
    return KnownExemptions(found, machines)


async def _unit(work: ScanWork, status: ScanStatus, scan: Scan) -> Scan:
    match scan.cursor.stage:
        case Stage.VMS:
            return await take_vms(work, scan)
        case Stage.SCALE_SETS:
            return await take_scale_sets(work, scan)
        case Stage.MACHINES:
            return await look_at_machines(work, scan)
        case Stage.CLOSING:
            return await close(work, status, scan)


async def _in_time(unit: Awaitable[Scan]) -> Scan:
    try:
        async with asyncio.timeout(_UNIT_SECONDS):
            return await unit
    except TimeoutError as late:
        raise AzureUnavailable(f"a unit of the scan took longer than {_UNIT_SECONDS:g} s") from late


def _is_of_the_link(scan: Scan, outage: AzureUnavailable) -> bool:
    """Whether Azure refuses the place where the listing stood, so that it begins again."""
    return (
        scan.cursor.link is not None
        and outage.status in _LINK_REFUSED
        and scan.restarts < MOST_RESTARTS
    )
