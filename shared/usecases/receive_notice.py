"""A maintenance notice that came in: put on record, and its subscription scanned. It never moves a machine by itself."""

from shared.domain.messages import Cause
from shared.domain.notices import Irrelevant, Notice, read_azure_monitor
from shared.usecases.app import App
from shared.usecases.request_scans import request_scan


async def receive_azure_monitor(app: App, payload: object) -> Notice | Irrelevant:
    """Record a Service Health alert, and queue the scan of its subscription where it announces planned maintenance.

    ValueError where the payload is no alert. The queue drops the second copy of one communication.
    """
    notice = read_azure_monitor(payload)
    if isinstance(notice, Irrelevant):
        return notice
    await app.record(
        f"notice:{notice.subscription}",
        "notice.received",
        tracking_id=notice.tracking_id,
        communication_id=notice.communication_id,
        stage=notice.stage,
        title=notice.title,
    )
    occasion = f"{notice.tracking_id}:{notice.communication_id}"
    await request_scan(app, notice.subscription, Cause.NOTICE, occasion)
    return notice
