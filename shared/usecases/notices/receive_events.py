"""Events that Event Grid delivers, and its two handshakes."""

import json
from collections.abc import Sequence

from shared.domain.notices.event_grid import read_events, validation_code
from shared.domain.notices.http import Handshake, Refusal, WebhookRequest
from shared.domain.notices.untrusted_json import read_json
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.receive import receive

_ORIGIN = "webhook-request-origin"
_EVENT_GRID = "eventgrid.azure.net"


async def receive_events(
    inbox: Inbox, request: WebhookRequest
) -> Sequence[Receipt] | Handshake | Refusal:
    """Check the caller, then answer a handshake or receive the events.

    UnreadableNotice where the body holds none.
    """
    authentication = await inbox.event_grid.authenticate(request)
    if isinstance(authentication, Refusal):
        return authentication
    if request.method == "OPTIONS":
        return _allow(request)
    payload = read_json(request.body)
    code = validation_code(payload)
    if code is not None:
        body = json.dumps({"validationResponse": code})
        return Handshake(
            body=body, mimetype="application/json", what="validated an Event Grid subscription"
        )
    return [await receive(inbox, each, authentication) for each in read_events(payload)]


def _allow(request: WebhookRequest) -> Handshake | Refusal:
    """CloudEvents' protection against abuse (CloudEvents, HTTP 1.1 web hooks, section 4).

    Say whom we take events from.
    """
    origin = request.header(_ORIGIN)
    if origin != _EVENT_GRID:
        return Refusal(status=403, reason=f"events are taken from {_EVENT_GRID} only ({_ORIGIN})")
    headers = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
    return Handshake(headers=headers, what="allowed Event Grid to send CloudEvents")
