"""What the webhooks for notices have in common: the call as plain values, and the answers to it.

Decides nothing.
"""

from collections.abc import Awaitable, Sequence

import azure.functions as func

from functions.http import TooLargeRequest, as_json, problem
from functions.notices.views import receipt_list
from shared.domain.notices.http import Handshake, Refusal, WebhookRequest
from shared.domain.notices.notice import UnreadableNotice
from shared.telemetry import log_event, log_warning
from shared.usecases.notices.receipt import Receipt


def webhook_request(request: func.HttpRequest, longest: int) -> WebhookRequest:
    """The request as the use cases take it; TooLargeRequest before anything of it is looked at.

    The Functions host has the whole body by then (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`); slow ones
    are its own to cut off.
    """
    raw = request.get_body()
    if len(raw) > longest:
        raise TooLargeRequest(f"the body has {len(raw)} bytes; at most {longest} are read here")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return WebhookRequest(
        method=request.method, headers=headers, query=dict(request.params), body=raw
    )


async def read_or_refuse[T](receiving: Awaitable[T]) -> T | Refusal:
    """What comes of receiving a notice.

    A refusal where it is unreadable, so that the log has it as well.
    """
    try:
        return await receiving
    except UnreadableNotice as fault:
        return Refusal(status=400, reason=str(fault))


def refusal_response(webhook: str, refusal: Refusal) -> func.HttpResponse:
    """Why the caller is not let in; in the log as well, so that a wrong setting is found."""
    log_warning("notice.refused", webhook=webhook, status=refusal.status, reason=refusal.reason)
    return problem(refusal.status, refusal.reason)


def handshake_response(webhook: str, handshake: Handshake) -> func.HttpResponse:
    """The answer that a sender wants to see once."""
    log_event("notice.handshake", webhook=webhook, what=handshake.what)
    return func.HttpResponse(
        handshake.body,
        status_code=200,
        mimetype=handshake.mimetype,
        headers=dict(handshake.headers),
    )


def receipts_response(receipts: Sequence[Receipt], status: int) -> func.HttpResponse:
    """What happened to each notice."""
    return as_json(receipt_list(receipts), status)
