"""ARM's error answers read: code, message, how long to wait.

What follows from them is the domain's to say.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from shared.adapters.sdk_errors import first_line
from shared.errors import AzureUnavailable

_NOT_FOUND = 404

#: of a body that is no ARM error, such as a gateway's page
_EXCERPT = 200


#: seconds; nobody means more, and a number of twenty digits is no duration
_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmError:
    """What an error body says; both are empty where it says nothing."""

    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


def read_error(text: str) -> ArmError:
    """The error in a body, with ARM's wrapper or without it.

    The details are added to the message in brackets.

    Samples, shortened (recorded 409; documentation of Compute's throttling, which has no wrapper)::

        {"error": {"code": "OperationNotAllowed",
                   "message": "Operation 'performMaintenance' is not allowed on VM ..."}}
        {"code": "OperationNotAllowed",
         "message": "The server rejected the request because too many ...",
         "details": [{"code": "TooManyRequests", "target": "HighCostGet30Min", "message": "{...}"}]}
    """
    try:
        body = json.loads(text)
    except ValueError:
        return ArmError(message=text.strip()[:_EXCERPT])
    error = body.get("error", body) if isinstance(body, dict) else None
    return (
        _error_in(error) if isinstance(error, dict) else ArmError(message=text.strip()[:_EXCERPT])
    )


def read_retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long Azure asks to wait, at most a day; None where it does not ask, or writes nonsense.

    Retry-After has seconds or an HTTP date (RFC 9110, 10.2.3). A date is counted from the answer's
    own Date, so that a difference of clocks does no harm.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return timedelta(seconds=min(int(value), _A_DAY))
    until, sent = _http_date(value), _http_date(headers.get("Date", ""))
    if until is None or sent is None:
        return None
    return min(max(until - sent, timedelta(0)), timedelta(seconds=_A_DAY))


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@asynccontextmanager
async def as_azure_unavailable(what: str) -> AsyncIterator[None]:
    """Turn what the SDK raises into AzureUnavailable; `what` was being done."""
    try:
        yield
    except ClientAuthenticationError as fault:
        raise AzureUnavailable(
            f"{what}: no access: {first_line(fault)}", status=fault.status_code
        ) from fault
    except HttpResponseError as fault:
        raise unavailable_from_error(what, fault) from fault
    except (AzureError, OSError, json.JSONDecodeError) as fault:
        raise AzureUnavailable(f"{what}: {first_line(fault)}") from fault


def unavailable_from_error(what: str, fault: HttpResponseError) -> AzureUnavailable:
    """An HTTP error as an outage, with the time that Azure asks for."""
    response: Any = fault.response
    if response is None:
        return AzureUnavailable(f"{what}: {first_line(fault)}")
    return unavailable_from_response(what, response.status_code, response.headers, response.text())


def unavailable_from_response(
    what: str, status: int, headers: Mapping[str, str], text: str
) -> AzureUnavailable:
    """An answer as an outage."""
    request = headers.get("x-ms-request-id")
    trace = f" (request {request})" if request else ""
    return AzureUnavailable(
        f"{what}: HTTP {status} {read_error(text)}{trace}",
        status=status,
        retry_after=read_retry_after(headers),
    )


def says_not_found(status: int, text: str) -> bool:
    """Whether ARM itself says that the thing does not exist.

    A 404 without ARM's error code is some proxy's, and one for the subscription means that we do
    not see it any more: neither says that the machine is gone.
    """
    return status == _NOT_FOUND and read_error(text).code not in ("", "SubscriptionNotFound")


def _error_in(error: Mapping[str, Any]) -> ArmError:
    listed = error.get("details")
    details = (
        [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    )
    notes = [f"{each.get('code', '')} {each.get('target') or ''}".strip() for each in details]
    inner = error.get("innererror")
    if isinstance(inner, dict):
        notes.append(str(inner.get("internalErrorCode") or inner.get("code") or ""))
    added = "".join(f" [{note}]" for note in notes if note)
    return ArmError(
        code=str(error.get("code") or ""), message=f"{error.get('message') or ''}{added}".strip()
    )
