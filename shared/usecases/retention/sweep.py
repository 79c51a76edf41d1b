"""The nightly sweep: the stores become as small as the open work.

Each part works in batches and is cut off anywhere without harm: the next run finds the rest. The
audit trail has a sweep of its own (`trail`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.job.archiving import archivable
from shared.domain.job.job import JobId
from shared.domain.job.required_locks import required_locks
from shared.domain.lock.semaphore import Semaphore
from shared.domain.lock.unused import is_unused
from shared.domain.machine.machine import SubscriptionId
from shared.domain.machine.placement import Scope
from shared.domain.scan.status import ScanStatus
from shared.errors import RowUnreadable
from shared.ports import Listing, NoticeRows, Notices
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: rows that one request for removal selects
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many rows were moved or removed."""

    archived: int = 0
    jobs: int = 0
    locks: int = 0
    subscriptions: int = 0


async def sweep(app: App) -> Swept:
    """Archive ended jobs, and remove what is older than the policy keeps. Idempotent.

    A job stays while its wave is open, or while a lock names it. Where a lock cannot be read, it is
    not known which jobs it names: then no job is removed.
    """
    semaphores = await app.semaphores.all()
    named = _named_jobs(semaphores)
    statuses = await app.scans.all()
    # A scan's status may be lost, and nobody scans a subscription that is not watched any more.
    with_jobs = {each.subscription for each in await app.jobs.all()}
    archived = 0
    for subscription in sorted(with_jobs.union(each.subscription for each in statuses)):
        archived += await _archive_jobs(app, subscription, named)
    swept = Swept(
        archived=archived,
        jobs=0 if semaphores.unreadable else await _remove_archived(app, named),
        locks=await _remove_locks(app, semaphores),
        subscriptions=await _forget_subscriptions(app, statuses),
    )
    log_event(
        "retention.swept",
        archived=swept.archived,
        jobs_removed=swept.jobs,
        locks_removed=swept.locks,
        subscriptions_removed=swept.subscriptions,
    )
    return swept


async def sweep_notices(app: App, notices: Notices) -> int:
    """Remove notices, tokens and joined scans that are older than the policy keeps; how many."""
    now, kept = app.now(), app.rules.platform.retention
    ages = {
        NoticeRows.NOTICES: kept.notices,
        NoticeRows.TOKENS: kept.tokens,
        NoticeRows.SCANS: kept.tokens,
    }
    removed = 0
    for kind, age in ages.items():
        while some := await notices.remove_older(kind, now - age, _BATCH):
            removed += some
    log_event("retention.notices_swept", removed=removed)
    return removed


async def _archive_jobs(app: App, subscription: SubscriptionId, named: Collection[JobId]) -> int:
    """A row that cannot be read counts as in flight, so the waves of its subscription stay open."""
    stored = await app.jobs.versions_of(subscription)
    if stored.unreadable:
        log_warning(
            "retention.skipped",
            subscription=subscription,
            unreadable=len(stored.unreadable),
            reason=stored.unreadable[0].reason,
        )
        return 0
    before = app.now() - app.rules.platform.retention.archive_after
    chosen = {each.id for each in archivable((each.value for each in stored), named, before)}
    moved = [each for each in stored if each.value.id in chosen]
    return await app.jobs.archive(moved) if moved else 0


async def _remove_archived(app: App, named: Collection[JobId]) -> int:
    before, removed = app.now() - app.rules.platform.retention.jobs, 0
    while some := await app.jobs.remove_archived(before, named, _BATCH):
        removed += some
    return removed


async def _remove_locks(app: App, semaphores: Listing[Semaphore]) -> int:
    """Locks that no open job needs. A job that is made meanwhile finds a new one.

    Its cool-down and its canaries count no more by then, in any group.
    """
    rests = [
        rest for each in app.rules.all() for rest in (each.limits.cool_down, each.limits.spacing)
    ]
    before = app.now() - max(app.rules.platform.retention.locks, 2 * max(rests))
    unused = [each.scope for each in semaphores if is_unused(each, before)]
    if not unused:
        return 0
    jobs = await app.jobs.open()
    if jobs.unreadable:
        return 0
    needed = {lock.scope for job in jobs for lock in required_locks(job, app.policy_of(job))}
    removed = 0
    for scope in unused:
        if scope not in needed:
            removed += await _remove_lock(app, scope, before)
    return removed


async def _remove_lock(app: App, scope: Scope, before: datetime) -> bool:
    """Judged again as it is stored now."""
    try:
        stored = await app.semaphores.load(scope)
    except RowUnreadable:
        return False
    return is_unused(stored.value, before) and await app.semaphores.remove(scope, stored.version)


async def _forget_subscriptions(app: App, statuses: Sequence[ScanStatus]) -> int:
    """Remove what scans stored of subscriptions that are not watched any more."""
    before = app.now() - app.rules.platform.retention.inventory
    old = [
        each
        for each in statuses
        if each.complete_since is not None
        and each.complete_since < before
        and not _is_scanned(each, before)
    ]
    watched = await app.watched() if old else ()
    forgotten = 0
    for each in old:
        if each.subscription not in watched:
            forgotten += await _forget(app, each.subscription, before)
    return forgotten


def _is_scanned(status: ScanStatus, before: datetime) -> bool:
    """Whether a scan is on. One whose step is due since long was cut off when nobody watched."""
    return status.scan is not None and status.scan.due >= before


async def _forget(app: App, subscription: SubscriptionId, before: datetime) -> bool:
    """The status is removed last, so a crash in between leaves the rest to the next run."""
    stored = await app.scans.load(subscription)
    jobs = await app.jobs.of_subscription(subscription)
    if jobs or jobs.unreadable or _is_scanned(stored.value, before):
        return False
    await app.inventory.retain_runs(subscription, ())
    exempt = await app.exemptions.of_subscription(subscription)
    await app.exemptions.remove(subscription, [each.machine for each in exempt])
    return await app.scans.remove(subscription, stored.version)


def _named_jobs(semaphores: Listing[Semaphore]) -> frozenset[JobId]:
    """The jobs that hold a lock, wait for it, or halted it."""
    return frozenset(
        JobId(name)
        for each in semaphores
        for name in (
            *(lease.job for lease in each.holders),
            *(waiter.job for waiter in each.waiters),
            *(halt.job for halt in each.halts),
        )
    )
