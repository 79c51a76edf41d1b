"""The steps of a scan: which message takes one, and what it stores. Reads nothing of Azure."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from shared.domain.messages import Notification, ScanRequest
from shared.domain.scan.status import (
    Scan,
    ScanStatus,
    at_current_version,
    completed,
    failed,
    handed_on,
    joined,
    started,
)
from shared.errors import AzureUnavailable
from shared.ports import Stored
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App


async def claim(app: App, request: ScanRequest) -> tuple[Stored[ScanStatus], Scan] | None:
    """The scan whose step this message takes; None where it takes none.

    One scan of a subscription is on at a time. A request for another joins it, unless its message
    was lost: then the request takes the step.
    """
    stored = await app.scans.load(request.subscription)
    scan = stored.value.scan
    if request.scan:
        if scan is None or scan.id != request.scan or scan.step < request.step:
            return None
        if scan.step > request.step:
            await _resend_if_successor(app, scan, request)
            return None
        return stored, at_current_version(scan)
    if scan is None:
        return await _begin(app, stored, request)
    if scan.is_awaited_by(app.now()):
        await _join(app, stored, request)
        return None
    log_warning("scan.resumed", subscription=request.subscription, scan=scan.id, step=scan.step)
    return stored, at_current_version(scan)


async def _begin(
    app: App, stored: Stored[ScanStatus], request: ScanRequest
) -> tuple[Stored[ScanStatus], Scan] | None:
    status = started(stored.value, request, app.now())
    version = await app.scans.store(status, stored.version)
    if version is None or status.scan is None:
        # Somebody began one at the same instant.
        return await claim(app, request) if version is None else None
    return Stored(value=status, version=version), status.scan


async def _join(app: App, stored: Stored[ScanStatus], request: ScanRequest) -> None:
    """The request is content with the scan that is on, or is stored to follow it."""
    scan = stored.value.scan
    status = joined(stored.value, request)
    if scan is not None and scan.occasion.trigger_id == request.trigger_id:
        # The same message again: its first worker may have died before it sent the next step.
        await app.queues.send_scans([scan.request(request.subscription)], scan.due)
    if status != stored.value and await app.scans.store(status, stored.version) is None:
        await claim(app, request)
    log_event("scan.joined", subscription=request.subscription, trigger_id=request.trigger_id)


async def _resend_if_successor(app: App, scan: Scan, request: ScanRequest) -> None:
    """A message that comes again after its step is saved: its worker may not have sent the next.

    The queue drops the copy where it was sent.
    """
    if scan.step == request.step + 1:
        await app.queues.send_scans([scan.request(request.subscription)], scan.due)


async def save_progress(
    app: App, stored: Stored[ScanStatus], scan: Scan, wait: timedelta | None = None
) -> None:
    """Store where the scan stands, and send its next step, now or when there is quota again."""
    due = app.now() + (wait or timedelta(0))
    await _save_and_send(app, stored, lambda status: handed_on(status, scan, due))


async def save_failed(
    app: App, stored: Stored[ScanStatus], scan: Scan, outage: AzureUnavailable
) -> None:
    """Store where the scan stands and why it stopped, and send the step that tries again."""
    now = app.now()
    await _save_and_send(
        app, stored, lambda status: failed(status, scan, str(outage), outage.retry_after, now)
    )
    log_warning(
        "scan.interrupted",
        subscription=stored.value.subscription,
        stage=scan.cursor.stage,
        failures=scan.failures + 1,
        reason=outage,
    )


async def save_complete(app: App, stored: Stored[ScanStatus], scan: Scan) -> None:
    """Store that the scan is complete, and begin the one that was asked for meanwhile."""
    status = await _save(app, stored, lambda status: completed(status, scan, app.now()))
    if status is None:
        return
    log_event(
        "subscription.scanned",
        subscription=status.subscription,
        machines=scan.machines,
        unreadable=scan.unreadable or None,
        new_jobs=scan.new_jobs,
        left_alone=", ".join(f"{rule}: {n}" for rule, n in scan.left_alone.items()) or None,
        steps=scan.step + 1,
    )
    if scan.unreadable and not set(_names(scan.first_unreadable)) <= set(
        _names(stored.value.first_unreadable)
    ):
        await app.queues.send_notification(_unreadable(status))
    if status.scan is not None:
        await app.queues.send_scans([status.scan.request(status.subscription)])


def _names(unreadable: Sequence[str]) -> list[str]:
    return [each.partition(": ")[0] for each in unreadable]


def _unreadable(status: ScanStatus) -> Notification:
    first = "; ".join(status.first_unreadable)
    return Notification(
        kind="scan.unreadable",
        subject=status.subscription,
        text=f"{status.unreadable} of {status.machines} machines of subscription"
        f" {status.subscription} could not be read, and their maintenance is unknown."
        f" The first: {first}",
    )


async def _save_and_send(
    app: App, stored: Stored[ScanStatus], change: Callable[[ScanStatus], ScanStatus]
) -> None:
    status = await _save(app, stored, change)
    if status is not None and status.scan is not None:
        await app.queues.send_scans([status.scan.request(status.subscription)], status.scan.due)


async def _save(
    app: App, stored: Stored[ScanStatus], change: Callable[[ScanStatus], ScanStatus]
) -> ScanStatus | None:
    """The status as saved; None if another worker took this step.

    A request that joined meanwhile has changed the row and not the step: it is read again.
    """
    mine = stored.value.scan
    while mine is not None:
        status = change(stored.value)
        if await app.scans.store(status, stored.version) is not None:
            return status
        stored = await app.scans.load(stored.value.subscription)
        now = stored.value.scan
        if now is None or (now.id, now.step, now.attempt) != (mine.id, mine.step, mine.attempt):
            return None
    return None
