"""Ask for scans: one message per subscription.

So subscriptions are scanned concurrently, and one that fails does not concern the others.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from shared.domain.utc import rfc3339
from shared.telemetry import log_event
from shared.usecases.app import App

#: requests that are sent together
_AT_ONCE = 1_000
#: a prime number, so that the beginnings are spread over thousands of subscriptions
_STRIDE = 7_919


async def request_scans(app: App) -> int:
    """Queue a scan of every watched subscription; how many.

    The tick is this second, so a repeated timer adds nothing.
    """
    now = app.now()
    tick = rfc3339(now)
    watched = _beginning_elsewhere(await app.watched(), now)
    for some in batched(watched, _AT_ONCE, strict=False):
        await app.queues.send_scans(
            [ScanRequest(subscription=each, trigger_id=tick) for each in some]
        )
    log_event("scans.requested", subscriptions=len(watched), trigger_id=tick)
    return len(watched)


def _beginning_elsewhere(
    watched: Sequence[SubscriptionId], now: datetime
) -> Sequence[SubscriptionId]:
    """The subscriptions in their order, beginning at another place in each minute.

    A timer that has no time for all of them leaves others out each time.
    """
    first = int(now.timestamp() // 60) * _STRIDE % max(1, len(watched))
    return [*watched[first:], *watched[:first]]


async def request_scan(
    app: App, subscription: SubscriptionId, cause: Cause, trigger_id: str
) -> None:
    """Queue the scan of one subscription; the same occasion asks only once."""
    await app.queues.send_scans(
        [ScanRequest(subscription=subscription, trigger_id=trigger_id, cause=cause)]
    )
    log_event("scan.requested", subscription=subscription, cause=cause, trigger_id=trigger_id)
