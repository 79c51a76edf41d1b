"""Subscriptions without a complete scan for too long.

People get one notification for all of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.messages import Notification
from shared.domain.scan.status import NAMED, ScanStatus
from shared.domain.utc import rfc3339
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App

#: what lasts is reported again after this
_AGAIN = timedelta(days=1)


async def watch_scans(app: App) -> int:
    """Notify people of each watched subscription whose last complete scan is too old; how many.

    The limit is `timing.scan_overdue`. A subscription is named once a day. People are notified
    first, and that is stored afterwards: a crash in between may notify twice.
    """
    now = app.now()
    statuses = [each for each in await app.scans.all() if app.watches(each.subscription)]
    overdue = [
        each for each in statuses if _is_overdue(each, now, app.rules.platform.timing.scan_overdue)
    ]
    due = [each for each in overdue if _is_due(each, now)]
    if due:
        for each in due:
            log_warning(
                "scan.overdue",
                subscription=each.subscription,
                last_complete=each.last_complete_at and rfc3339(each.last_complete_at),
                failing_since=each.failing_since and rfc3339(each.failing_since),
                reason=each.failure or None,
            )
        await app.queues.send_notification(_notification(due))
        for each in due:
            await _store(app, each, now)
    log_event("scans.checked", subscriptions=len(statuses), overdue=len(overdue), told=len(due))
    return len(due)


def _is_overdue(status: ScanStatus, now: datetime, limit: timedelta) -> bool:
    return status.complete_since is not None and now - status.complete_since > limit


def _is_due(status: ScanStatus, now: datetime) -> bool:
    return status.told_overdue_at is None or now - status.told_overdue_at >= _AGAIN


def _notification(due: Sequence[ScanStatus]) -> Notification:
    named = "; ".join(_sentence(each) for each in due[:NAMED])
    more = f"; and {len(due) - NAMED} more" if len(due) > NAMED else ""
    return Notification(
        kind="scan.overdue",
        subject=due[0].subscription,
        text=f"{len(due)} subscriptions have had no complete scan for too long, so a wave there may"
        f" go unseen: {named}{more}",
    )


def _sentence(status: ScanStatus) -> str:
    last = (
        f"last complete {rfc3339(status.last_complete_at)}"
        if status.last_complete_at
        else "never complete"
    )
    return f"{status.subscription}: {last}" + (f", {status.failure}" if status.failure else "")


async def _store(app: App, status: ScanStatus, now: datetime) -> None:
    """Lost to a step of the scan at the same instant, people are notified once more."""
    stored = await app.scans.load(status.subscription)
    await app.scans.store(replace(stored.value, told_overdue_at=now), stored.version)
