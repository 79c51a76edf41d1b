"""HTTP trigger of Event Grid's events about health and maintenance, in its own schema or as CloudEvents."""

import azure.functions as func

from functions.http import answered_to_sender
from functions.notices.webhook import call_of, readable, refused, shaken, taken
from shared.bootstrap import inbox
from shared.domain.notices.http import Handshake, Refusal
from shared.usecases.notices.receive_events import receive_events

blueprint = func.Blueprint()

#: of Event Grid: 1 MB a batch
MAX_BATCH = 1536 * 1024


@blueprint.route(route="notices/event-grid", methods=["POST", "OPTIONS"])
@answered_to_sender
async def event_notice(req: func.HttpRequest) -> func.HttpResponse:
    """Take a batch of events, or answer a handshake."""
    received = await readable(receive_events(await inbox(), call_of(req, MAX_BATCH)))
    if isinstance(received, Refusal):
        return refused("event-grid", received)
    if isinstance(received, Handshake):
        return shaken("event-grid", received)
    return taken(received, 202)
