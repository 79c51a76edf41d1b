"""HTTP trigger for Event Grid's events about health and maintenance, in both schemas."""

import azure.functions as func

from functions.http import with_sender_error_responses
from functions.notices.webhook import (
    handshake_response,
    read_or_refuse,
    receipts_response,
    refusal_response,
    webhook_request,
)
from shared.bootstrap import get_app, get_inbox
from shared.domain.notices.http import Handshake, Refusal
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.notices.receive_events import receive_events

blueprint = func.Blueprint()

#: of Event Grid: 1 MB a batch
MAX_BATCH = 1536 * 1024


@blueprint.route(route="notices/event-grid", methods=["POST", "OPTIONS"])
@with_sender_error_responses
async def event_notice(req: func.HttpRequest) -> func.HttpResponse:
    """Take a batch of events, or answer a handshake."""
    received = await read_or_refuse(
        receive_events(await get_inbox(), webhook_request(req, MAX_BATCH))
    )
    if isinstance(received, Refusal):
        return refusal_response("event-grid", received)
    if isinstance(received, Handshake):
        return handshake_response("event-grid", received)
    await keep_ticking(await get_app())
    return receipts_response(received, 202)
