"""Ask for scans: one message per subscription.

So subscriptions are scanned concurrently, and one that fails does not concern the others.
"""

from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from shared.domain.utc import rfc3339
from shared.telemetry import log_event
from shared.usecases.app import App


async def request_scans(app: App) -> int:
    """Queue a scan of every watched subscription; how many.

    The tick is this second, so a repeated timer adds nothing.
    """
    tick = rfc3339(app.now())
    watched = app.subscriptions or await app.azure.subscriptions()
    requests = [ScanRequest(subscription=SubscriptionId(each), trigger_id=tick) for each in watched]
    await app.queues.send_scans(requests)
    log_event("scans.requested", subscriptions=len(requests), trigger_id=tick)
    return len(requests)


async def request_scan(
    app: App, subscription: SubscriptionId, cause: Cause, trigger_id: str
) -> None:
    """Queue the scan of one subscription; the same occasion asks only once."""
    await app.queues.send_scans(
        [ScanRequest(subscription=subscription, trigger_id=trigger_id, cause=cause)]
    )
    log_event("scan.requested", subscription=subscription, cause=cause, trigger_id=trigger_id)
