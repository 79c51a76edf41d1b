"""HTTP triggers of maintenance notices. A notice starts a scan, and nothing else.

A simple honest version: Service Health alerts, guarded by the function key alone. Mail and Event Grid are not here yet.
"""

import azure.functions as func

from functions.answers import answered, as_json, body_of
from shared.bootstrap import house
from shared.domain.notices import Irrelevant
from shared.usecases.receive_notice import receive_azure_monitor

blueprint = func.Blueprint()


@blueprint.route(route="notices/service-health", methods=["POST"])
@answered
async def service_health(req: func.HttpRequest) -> func.HttpResponse:
    """Take an Azure Monitor alert in either schema: 202 once the scan is queued, or with the reason why none is."""
    notice = await receive_azure_monitor(await house(), body_of(req))
    if isinstance(notice, Irrelevant):
        return as_json({"scan": None, "reason": notice.reason}, 202)
    return as_json({"scan": notice.subscription, "trackingId": notice.tracking_id}, 202)
