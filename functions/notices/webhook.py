"""What the doors for notices have in common: the call as plain values, and the answers to it. Decides nothing."""

from collections.abc import Awaitable, Sequence

import azure.functions as func

from functions.http import TooLargeRequest, as_json, problem
from functions.notices.views import receipt_list
from shared.domain.notices.http import Call, Handshake, Refusal
from shared.domain.notices.notice import UnreadableNotice
from shared.telemetry import say, warn
from shared.usecases.notices.receive import Receipt


def call_of(request: func.HttpRequest, longest: int) -> Call:
    """The request as the use cases take it; TooLargeRequest before anything of it is looked at.

    The Functions host has the whole body by then (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`); slow ones are its own to cut off.
    """
    raw = request.get_body()
    if len(raw) > longest:
        raise TooLargeRequest(f"the body has {len(raw)} bytes; at most {longest} are read here")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(method=request.method, headers=headers, query=dict(request.params), body=raw)


async def readable[T](receiving: Awaitable[T]) -> T | Refusal:
    """What comes of receiving a notice; a refusal where it is unreadable, so that the log has it as well."""
    try:
        return await receiving
    except UnreadableNotice as fault:
        return Refusal(status=400, reason=str(fault))


def refused(door: str, refusal: Refusal) -> func.HttpResponse:
    """Why the caller is not let in; in the log as well, so that a wrong setting is found."""
    warn("notice.refused", door=door, status=refusal.status, reason=refusal.reason)
    return problem(refusal.status, refusal.reason)


def shaken(door: str, handshake: Handshake) -> func.HttpResponse:
    """The answer that a sender wants to see once."""
    say("notice.handshake", door=door, what=handshake.what)
    return func.HttpResponse(
        handshake.body, status_code=200, mimetype=handshake.mimetype, headers=dict(handshake.headers)
    )


def taken(receipts: Sequence[Receipt], status: int) -> func.HttpResponse:
    """What became of each notice."""
    return as_json(receipt_list(receipts), status)
