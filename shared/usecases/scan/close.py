"""The last unit of a scan: what a complete listing proves, and what needs every machine."""

from dataclasses import replace

from shared.domain.job.wave_end import may_end_at_scan
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import InventoryPage
from shared.domain.machine.machine import Machine
from shared.domain.scan.status import (
    MOST_SUSPECTS,
    Scan,
    ScanStatus,
    digests_in,
    without_runs,
)
from shared.domain.scan.sweep import Wanted
from shared.telemetry import log_event
from shared.usecases.scan.end_finished_waves import end_waves_of_absent
from shared.usecases.scan.judge import ReadMachines, carry_out, judge
from shared.usecases.scan.note_exemptions import forget_exemptions
from shared.usecases.scan.work import ScanWork

_ENTRIES_AT_ONCE = 500


async def close(work: ScanWork, status: ScanStatus, scan: Scan) -> Scan:
    """Remove the machines that the listing lacks, end their jobs, and plan what waited for this.

    Idempotent. With an element that nobody could read, no machine is proved gone: nothing is
    removed, and the runs of the last complete scan stay known.
    """
    stale = await _stale_runs(work, scan)
    if scan.unknown_elements:
        missing = digests_in(status.runs) - digests_in(scan.runs)
        scan = replace(scan, runs=scan.runs + "".join(sorted(missing)))
    else:
        await _remove_absent(work, status, scan)
    if work.plans_at_the_end:
        seen = await _seen_in_waves(work)
        # Who is left alone was reported when it was looked at.
        made = replace(judge(work.app, work.known, seen), not_planned=())
        started = await carry_out(work.app, work.known, seen, made, work.request)
        scan = replace(scan, new_jobs=scan.new_jobs + started)
    return replace(without_runs(scan, stale), left_alone=work.exempt.by_rule(work.app.now()))


async def _stale_runs(work: ScanWork, scan: Scan) -> frozenset[str]:
    """The listed runs that the next scan stores again.

    One of their entries was stored with another run, or they are not stored at all.
    """
    listed = digests_in(scan.runs)
    if work.is_sound is None:
        work.compare_runs(listed, await work.app.inventory.stored_runs(work.subscription))
    stale = work.lost_runs
    if scan.suspects:
        sound = frozenset[str]()
        if len(scan.suspects) < MOST_SUSPECTS:
            sound = await work.app.inventory.runs_without(work.subscription, scan.suspects)
        stale |= listed - sound
    if stale:
        log_event("inventory.stale", subscription=work.subscription, runs=len(stale))
    return stale


async def _remove_absent(work: ScanWork, status: ScanStatus, scan: Scan) -> None:
    app = work.app
    if digests_in(scan.runs) != digests_in(status.runs) or work.is_sound is False:
        removed = await app.inventory.retain_runs(work.subscription, digests_in(scan.runs))
        if removed:
            log_event("inventory.removed", subscription=work.subscription, machines=removed)
    waiting = [job for job in work.known.by_id.values() if may_end_at_scan(job)]
    machines = {job.machine for job in waiting}
    asked = (machines | work.exempt.machines) - work.met
    if asked:
        absent = await app.inventory.absent(work.subscription, asked)
        await end_waves_of_absent(app, absent & machines, waiting, work.request)
        await forget_exemptions(work, absent)


async def _seen_in_waves(work: ScanWork) -> ReadMachines:
    """The machines that showed maintenance when this scan saw them."""
    inventory, wanted = work.app.inventory, Wanted()
    page = await inventory.page(work.subscription, None, _ENTRIES_AT_ONCE, wanted)
    found = _in_waves(page)
    while page.last is not None:
        page = await inventory.page(work.subscription, page.last, _ENTRIES_AT_ONCE, wanted)
        found += _in_waves(page)
    return found


def _in_waves(page: InventoryPage) -> list[tuple[Machine, Observation]]:
    return [
        (each.machine, each.observation)
        for each in page.entries
        if each.observation is not None and each.observation.maintenance is not None
    ]
