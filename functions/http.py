"""How HTTP functions answer: a view as JSON, or a status with one sentence that says why not.

Only what the parsers of this border find wrong is the caller's fault: they raise InvalidRequest or
TooLargeRequest. An unreadable notice is a Refusal. Any other exception is an outage or a bug in the
app, and never gives a 4xx. A used-up share of Azure's request limits is neither: 429.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from math import ceil

import azure.functions as func
import msgspec

from functions.conditional import finished
from functions.views import Problem, View
from shared.errors import QuotaUsedUp, SettingsError, Unavailable
from shared.telemetry import log_failure, log_warning

#: for a health check or a pause: a person or a monitor waits, and the state may not respond
LONGEST_WAIT = timedelta(seconds=4)

_DETAILS = "GET /api/v1/health with a function key says more (docs/runbook.md)"

type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


class InvalidRequest(Exception):
    """What the caller sent cannot be understood. The text says what would be."""

    def __init__(self, text: str, word: str = "") -> None:
        super().__init__(text)
        #: the type of the problem; empty: that of its status
        self.word = word


class TooLargeRequest(Exception):
    """What the caller sent is larger than what is read. The text has both sizes."""


def as_json(view: View, status: int = 200) -> func.HttpResponse:
    """An answer with a JSON body."""
    return func.HttpResponse(
        msgspec.json.encode(view), status_code=status, mimetype="application/json", charset="utf-8"
    )


def problem(status: int, message: str, word: str = "") -> func.HttpResponse:
    """An answer that says why not, as `application/problem+json` (RFC 9457).

    Characters of untrusted text that are not Unicode are replaced. `word`: the type of the problem.
    """
    detail = message.encode(errors="replace").decode()
    title = HTTPStatus(status).phrase
    named = word or title.lower().replace(" ", "-")
    found = Problem(type=named, title=title, status=status, detail=detail, error=detail)
    return func.HttpResponse(
        msgspec.json.encode(found),
        status_code=status,
        headers={"Cache-Control": "no-store"},
        mimetype="application/problem+json",
        charset="utf-8",
    )


def with_error_responses(handler: Handler) -> Handler:
    """For operators: 400 or 413 for a bad request, 503 for an outage, 500 for a bug.

    429 with Retry-After, in seconds, where the app's share of Azure's request limits is used up.
    Logs all but the first two.
    """
    return _guarded(
        handler,
        status_of_bugs=HTTPStatus.INTERNAL_SERVER_ERROR,
        outage_text=str,
        tells_to_wait=True,
    )


def with_anonymous_error_responses(handler: Handler) -> Handler:
    """For callers without a key: as `with_error_responses`, with no value and no cause."""
    return _guarded(
        handler, status_of_bugs=HTTPStatus.INTERNAL_SERVER_ERROR, outage_text=_for_anybody
    )


def with_sender_error_responses(handler: Handler) -> Handler:
    """For senders of notices: as `answered`, but a bug is a 503 too.

    Azure Monitor sends an alert again after a 503, and drops it after a 500 (action-groups.md).
    """
    return _guarded(
        handler, status_of_bugs=HTTPStatus.SERVICE_UNAVAILABLE, outage_text=_for_senders
    )


def _guarded(
    handler: Handler,
    *,
    status_of_bugs: HTTPStatus,
    outage_text: Callable[[Exception], str],
    tells_to_wait: bool = False,
) -> Handler:
    name = handler.__name__

    @wraps(handler)
    async def guarded(req: func.HttpRequest) -> func.HttpResponse:
        try:
            response = await handler(req)
        except TooLargeRequest as fault:
            response = problem(413, str(fault))
        except InvalidRequest as fault:
            response = problem(400, str(fault), fault.word)
        except (Unavailable, SettingsError) as outage:
            log_warning("http.unavailable", function=name, reason=outage)
            if tells_to_wait and isinstance(outage, QuotaUsedUp):
                response = _too_many_requests(outage)
            else:
                response = problem(503, outage_text(outage))
        except Exception as failure:  # noqa: BLE001
            # The caller gets an answer, the log the traceback.
            log_failure("http.failed", failure, function=name)
            response = problem(status_of_bugs, _internal_error(name))
        return finished(req, response)

    return guarded


def _too_many_requests(used_up: QuotaUsedUp) -> func.HttpResponse:
    """Not an outage: the same request is answered later."""
    wait = used_up.retry_after or timedelta(0)
    seconds = max(1, ceil(wait.total_seconds()))
    response = problem(429, f"{used_up}. Try again in {seconds} s")
    response.headers["Retry-After"] = str(seconds)
    return response


def _for_senders(outage: Exception) -> str:
    """The outage, or the names of wrong settings: a sender has no use for their values."""
    return _wrong_settings(outage) if isinstance(outage, SettingsError) else str(outage)


def _for_anybody(outage: Exception) -> str:
    if isinstance(outage, SettingsError):
        return _wrong_settings(outage)
    return f"Forestall cannot work now: something outside does not respond. {_DETAILS}"


def _wrong_settings(error: SettingsError) -> str:
    names = ", ".join(error.names) or "the connections"
    return f"Forestall cannot start: wrong settings: {names}. {_DETAILS}"


def _internal_error(name: str) -> str:
    return (
        f"Forestall failed in {name}. This is a bug, not a fault of the request. "
        "Look for http.failed in the log. "
        "Look at the audit trail for what was done before you try again (docs/runbook.md)"
    )
