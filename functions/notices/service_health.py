"""HTTP trigger of Service Health alerts, as an Azure Monitor action group posts them."""

import azure.functions as func

from functions.http import with_sender_error_responses
from functions.notices.webhook import (
    read_or_refuse,
    receipts_response,
    refusal_response,
    webhook_request,
)
from shared.bootstrap import get_app, get_inbox
from shared.domain.notices.http import Refusal
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.notices.receive_service_health import receive_service_health

blueprint = func.Blueprint()

#: an alert is a few kilobytes; its texts are HTML
MAX_ALERT = 256 * 1024


@blueprint.route(route="notices/service-health", methods=["POST"])
@with_sender_error_responses
async def service_health(req: func.HttpRequest) -> func.HttpResponse:
    """Take an alert in either schema.

    202 once its scan is queued, or with the reason why none is.
    """
    received = await read_or_refuse(
        receive_service_health(await get_inbox(), webhook_request(req, MAX_ALERT))
    )
    if isinstance(received, Refusal):
        return refusal_response("service-health", received)
    await keep_ticking(await get_app())
    return receipts_response([received], 202)
