"""How HTTP functions answer: JSON, and for what cannot be done one clear sentence with the right status."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import azure.functions as func

from shared.errors import SettingsError, Unavailable

#: of an operator's request
MAX_BODY = 256 * 1024

type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


class BadRequest(Exception):
    """What was sent cannot be understood; the text says what would be."""


class TooMuch(Exception):
    """What was sent is larger than what is read; the text says how much is."""


def as_json(content: object, status: int = 200) -> func.HttpResponse:
    """An answer with a JSON body."""
    return func.HttpResponse(json.dumps(content), status_code=status, mimetype="application/json")


def problem(status: int, message: str) -> func.HttpResponse:
    """An answer that says why not."""
    return as_json({"error": message}, status)


def body_of(request: func.HttpRequest) -> Any:
    """The request's JSON body; raises BadRequest where there is none, or too much of it."""
    raw = request.get_body()
    if len(raw) > MAX_BODY:
        raise BadRequest(f"the body has {len(raw)} bytes; at most {MAX_BODY} are read")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise BadRequest(f"the body is not JSON: {fault}") from fault


def answered(handler: Handler) -> Handler:
    """Turn what a handler raises into an answer: 400 for a bad request, 503 where something behind us is away.

    503 is what Azure Monitor tries again on; a 500 would lose its alert (action-groups.md).
    """

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except TooMuch as fault:
            return problem(413, str(fault))
        except (BadRequest, ValueError) as fault:
            return problem(400, str(fault))
        except (Unavailable, SettingsError) as outage:
            return problem(503, str(outage))

    return guarded
