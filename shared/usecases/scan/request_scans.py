"""Ask for scans: one message a subscription, so that subscriptions are scanned side by side and fail one by one."""

from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause, ScanRequest
from shared.domain.utc import stamp
from shared.telemetry import say
from shared.usecases.app import App


async def request_scans(app: App) -> int:
    """Queue a scan of every watched subscription; how many. The tick is this second, so a repeated timer adds nothing."""
    tick = stamp(app.now())
    watched = app.subscriptions or await app.azure.subscriptions()
    requests = [ScanRequest(subscription=SubscriptionId(each), tick=tick) for each in watched]
    await app.queues.send_scans(requests)
    say("scans.requested", subscriptions=len(requests), tick=tick)
    return len(requests)


async def request_scan(app: App, subscription: SubscriptionId, cause: Cause, occasion: str) -> None:
    """Queue the scan of one subscription; the same occasion asks only once."""
    await app.queues.send_scans([ScanRequest(subscription=subscription, tick=occasion, cause=cause)])
    say("scan.requested", subscription=subscription, cause=cause, occasion=occasion)
