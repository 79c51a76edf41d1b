"""HTTP trigger of Service Health alerts, as an Azure Monitor action group posts them."""

import azure.functions as func

from functions.http import answered_to_sender
from functions.notices.webhook import call_of, readable, refused, taken
from shared.bootstrap import inbox
from shared.domain.notices.http import Refusal
from shared.usecases.notices.receive_service_health import receive_service_health

blueprint = func.Blueprint()

#: an alert is a few kilobytes; its texts are HTML
MAX_ALERT = 256 * 1024


@blueprint.route(route="notices/service-health", methods=["POST"])
@answered_to_sender
async def service_health(req: func.HttpRequest) -> func.HttpResponse:
    """Take an alert in either schema: 202 once its scan is queued, or with the reason why none is."""
    received = await readable(receive_service_health(await inbox(), call_of(req, MAX_ALERT)))
    if isinstance(received, Refusal):
        return refused("service-health", received)
    return taken([received], 202)
