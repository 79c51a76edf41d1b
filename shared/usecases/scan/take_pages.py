"""The first units of a scan: one page of a listing each, stored before the next one is read."""

from collections.abc import Sequence
from dataclasses import replace

from shared.concurrency import both, map_concurrently
from shared.domain.machine.listing import ListedMachine, ListingPage, ScaleSet
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.scan.runs import Run, split_into_runs
from shared.domain.scan.status import Cursor, KnownPage, Scan, Stage, digests_in
from shared.errors import AzureUnavailable
from shared.telemetry import log_warning
from shared.usecases.scan.judge import carry_out, judge
from shared.usecases.scan.listing import list_instances
from shared.usecases.scan.look import look_at
from shared.usecases.scan.note_exemptions import note_exemptions
from shared.usecases.scan.work import ScanWork

#: scale sets whose instances are listed concurrently
_SETS_AT_ONCE = 8

#: pages of VMs that are read soon, so that both listings are read concurrently
_SHORT = 20

#: empty pages with a next link, in a row; Azure has sent a few (azure-rest-api-specs #13843)
_MOST_EMPTY_PAGES = 100


async def take_vms(work: ScanWork, scan: Scan) -> Scan:
    """Store one page of VMs. Their views are read later: a listing of VMs carries none."""
    page = await _next_vms(work, scan)
    if page.is_known:
        scan = _with_known(scan, page.digest, work.pages[page.digest])
    else:
        listed = [ListedMachine(machine=each) for each in page.elements]
        before = scan
        scan = await _store(work, _with_unknown(scan, page), listed)
        if not page.unreadable and page.elements and page.digest:
            known = KnownPage(machines=len(listed), runs=scan.runs.removeprefix(before.runs))
            scan = replace(scan, pages=scan.pages | {page.digest: known})
    if page.next_link is None:
        return replace(scan, cursor=Cursor(stage=Stage.SCALE_SETS))
    return replace(scan, cursor=_behind(scan.cursor, page))


async def _next_vms(work: ScanWork, scan: Scan) -> ListingPage[Machine]:
    """The next page. With the first one of a short listing, the first page of sets is read, too."""
    azure, link = work.app.azure, scan.cursor.link
    if link is not None or len(work.pages) > _SHORT:
        return await azure.list_vms(work.subscription, link, work.pages)
    vms, sets = await both(
        azure.list_vms(work.subscription, None, work.pages),
        azure.list_scale_sets(work.subscription),
    )
    work.sets_page = (None, sets)
    return vms


async def _next_sets(work: ScanWork, scan: Scan) -> ListingPage[ScaleSet]:
    """The page of sets at the cursor, read once by each worker."""
    link = scan.cursor.link
    if work.sets_page is not None and work.sets_page[0] == link:
        return work.sets_page[1]
    page = await work.app.azure.list_scale_sets(work.subscription, link)
    work.sets_page = (link, page)
    return page


async def take_scale_sets(work: ScanWork, scan: Scan) -> Scan:
    """Take some scale sets of one page, and the page behind it when all are done."""
    page = await _next_sets(work, scan)
    done = scan.cursor.sets_done
    some = page.elements[done : done + _SETS_AT_ONCE]
    uniform = [each for each in some if each.orchestration is Orchestration.UNIFORM]
    for instances in await map_concurrently(lambda each: list_instances(work.app, each), uniform):
        scan = await _take_instances(work, _with_unknown(scan, instances), instances.elements)
    if done + len(some) < len(page.elements):
        return replace(scan, cursor=replace(scan.cursor, sets_done=done + len(some)))
    scan = _with_unknown(scan, page)
    if page.next_link is None:
        return replace(scan, cursor=Cursor(stage=Stage.MACHINES))
    return replace(scan, cursor=_behind(scan.cursor, page))


def _with_known(scan: Scan, digest: str, page: KnownPage) -> Scan:
    """The scan behind a page that says what it said before, so that nothing of it is stored."""
    if digest in scan.pages:
        raise AzureUnavailable("a listing shows the same machines again: its pages form a circle")
    return replace(
        scan,
        runs=scan.runs + page.runs,
        pages=scan.pages | {digest: page},
        machines=scan.machines + page.machines,
    )


async def _take_instances(work: ScanWork, scan: Scan, listed: Sequence[ListedMachine]) -> Scan:
    """Store the instances of a set, and judge those whose view its listing carried.

    The others are read alone. So the whole set is judged by what was seen just now.
    """
    app = work.app
    looked = await look_at(app, [each.machine for each in listed if each.seen is None])
    if looked.outage is not None:
        raise looked.outage
    scan = looked.counted_in(scan)
    seen = [(each.machine, each.seen) for each in listed if each.seen is not None] + looked.seen
    made = judge(app, work.known, seen)
    views = {machine.id: view for machine, view in seen}
    known = [
        replace(
            each,
            seen=views.get(each.machine.id),
            decision=made.decisions.get(each.machine.id) or looked.reasons.get(each.machine.id, ""),
        )
        for each in listed
    ]
    scan = await _store(work, scan, known)
    if work.plans_at_the_end:
        made = replace(made, jobs=())
    started = await carry_out(app, work.known, seen, made, work.request)
    await note_exemptions(work, seen, made, looked.reasons)
    return replace(scan, new_jobs=scan.new_jobs + started)


async def _store(work: ScanWork, scan: Scan, listed: Sequence[ListedMachine]) -> Scan:
    """Store the runs of machines that are not stored yet."""
    runs = list(split_into_runs(listed))
    seen_before = digests_in(scan.runs)
    if runs and all(each.digest in seen_before for each in runs):
        raise AzureUnavailable("a listing shows the same machines again: its pages form a circle")
    new = [each for each in runs if each.digest not in work.stored_runs]
    await map_concurrently(lambda run: _store_run(work, run, scan.id), new)
    work.stored_runs.update(each.digest for each in new)
    return replace(
        scan,
        runs=scan.runs + "".join(each.digest for each in runs),
        machines=scan.machines + len(listed),
    )


async def _store_run(work: ScanWork, run: Run, scan: str) -> None:
    await work.app.inventory.store_run(work.subscription, run, scan)


def _behind(cursor: Cursor, page: ListingPage[object]) -> Cursor:
    """The cursor at the next page; AzureUnavailable where the pages lead nowhere."""
    empty = cursor.empty_pages + 1 if not page.elements and not page.is_known else 0
    if page.next_link == cursor.link or empty > _MOST_EMPTY_PAGES:
        raise AzureUnavailable(f"the pages of a listing form a circle, back to {page.next_link}")
    return replace(cursor, link=page.next_link, sets_done=0, empty_pages=empty)


def _with_unknown[T](scan: Scan, page: ListingPage[T]) -> Scan:
    for reason in page.unreadable:
        log_warning("listing.unreadable_element", reason=reason)
    return replace(scan, unknown_elements=scan.unknown_elements + len(page.unreadable))
