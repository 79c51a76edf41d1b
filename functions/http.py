"""How HTTP functions answer: a view as JSON, and one clear sentence with the right status for what cannot be done."""

from collections.abc import Awaitable, Callable
from functools import wraps

import azure.functions as func
import msgspec

from functions.views import Problem, View
from shared.errors import SettingsError, Unavailable

type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


class InvalidRequest(Exception):
    """What the caller sent cannot be understood. The text says what would be."""


class TooLargeRequest(Exception):
    """What the caller sent is larger than what is read. The text has both sizes."""


def as_json(view: View, status: int = 200) -> func.HttpResponse:
    """An answer with a JSON body."""
    return func.HttpResponse(
        msgspec.json.encode(view), status_code=status, mimetype="application/json", charset="utf-8"
    )


def problem(status: int, message: str) -> func.HttpResponse:
    """An answer that says why not. What a text of a stranger holds that is no Unicode is replaced."""
    return as_json(Problem(error=message.encode(errors="replace").decode()), status)


def answered(handler: Handler) -> Handler:
    """Turn what a handler raises into an answer: 400 for a bad request, 503 where something behind us is away.

    503 is what Azure Monitor tries again on; a 500 would lose its alert (action-groups.md).
    """

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handler(req)
        except TooLargeRequest as fault:
            return problem(413, str(fault))
        except (InvalidRequest, ValueError) as fault:
            return problem(400, str(fault))
        except (Unavailable, SettingsError) as outage:
            return problem(503, str(outage))

    return guarded
