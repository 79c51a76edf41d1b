"""The data that the .NET host sends to each trigger, and plain values from the runtime's response.

Rules of the host's ToRpc conversion and of the timer, HTTP and Service Bus extensions; the sources
are named where a rule stands. Only cardinality ONE: no `...Array` metadata here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.azure.functions_host.runtime import protos


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpResponse:
    """A response as a function made it; `cookies` are whole Set-Cookie values."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes


type Value = str | bytes | int | float | HttpResponse | None
"""A value out of the runtime; JSON stays text, as the host treats it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What starts a function: the value of its trigger argument, and the trigger metadata."""

    data: protos.TypedData
    metadata: Mapping[str, protos.TypedData] = field(default_factory=dict)


def typed(value: object) -> protos.TypedData:
    """A value as the host sends it.

    Null empty, byte[] bytes, string string, double double, all else JSON text.
    """
    match value:
        case None:
            return protos.TypedData()
        case bytes():
            return protos.TypedData(bytes=value)
        case str():
            return protos.TypedData(string=value)
        case float():
            return protos.TypedData(double=value)
        case _:
            return protos.TypedData(json=json.dumps(value, default=_json_value))


def _json_value(value: object) -> object:
    match value:
        case bytes():
            return value.decode("utf-8", "replace")
        case datetime():
            return iso(value) + "Z"
        case _:
            return str(value)


def iso(moment: datetime) -> str:
    """UTC time as .NET's JSON writes it: no zone, trailing zeros of the fraction dropped."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text.rstrip("0") if "." in text else text


def plain(data: protos.TypedData | None) -> Value:
    """The Python value in `data`."""
    kind = data.WhichOneof("data") if data is not None else None
    if data is None or kind is None:
        return None
    value: Any = getattr(data, kind)
    return _response(value) if kind == "http" else value


def _response(http: protos.RpcHttp) -> HttpResponse:
    body = plain(http.body)
    return HttpResponse(
        status=int(http.status_code),
        headers=http.headers,
        cookies=tuple(_set_cookie(cookie) for cookie in http.cookies),
        body=body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"",
    )


def _set_cookie(cookie: protos.RpcHttpCookie) -> str:
    """One Set-Cookie value.

    Like the host, from the parsed parts and not from the text the function gave.
    """
    parts = [f"{cookie.name}={cookie.value}"]
    if cookie.expires is not None:
        moment = datetime.fromtimestamp(cookie.expires.value.seconds, UTC)
        parts.append(f"Expires={moment:%a, %d %b %Y %H:%M:%S} GMT")
    if cookie.max_age is not None:
        parts.append(f"Max-Age={int(cookie.max_age.value)}")
    parts += [f"{label}={field.value}" for label, field in _texts(cookie) if field and field.value]
    parts += [label for label, field in _flags(cookie) if field and field.value]
    same_site = {1: "Lax", 2: "Strict", 3: "None"}.get(cookie.same_site)
    return "; ".join(parts + ([f"SameSite={same_site}"] if same_site else []))


def _texts(cookie: protos.RpcHttpCookie) -> list[tuple[str, Any]]:
    return [("Domain", cookie.domain), ("Path", cookie.path)]


def _flags(cookie: protos.RpcHttpCookie) -> list[tuple[str, Any]]:
    return [("Secure", cookie.secure), ("HttpOnly", cookie.http_only)]


NEVER = "0001-01-01T00:00:00"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleStatus:
    """When a timer last fired (None: not since the start) and fires next."""

    last: datetime | None
    next: datetime


def timer_event(*, past_due: bool = False, status: ScheduleStatus | None = None) -> Event:
    """A timer's value.

    {"Schedule": {"AdjustForDST": true},
     "ScheduleStatus": {"Last": "2026-01-01T00:05:00+00:00", "Next": "...", "LastUpdated": "..."},
     "IsPastDue": false}

    `status` is None (null) where the timer is not monitored: it fires more than once a minute or
    says so.
    """
    info = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": _status(status) if status else None,
        "IsPastDue": past_due,
    }
    return Event(data=protos.TypedData(json=json.dumps(info)))


def _status(status: ScheduleStatus) -> dict[str, str]:
    last = iso(status.last) + "+00:00" if status.last else NEVER
    return {"Last": last, "Next": iso(status.next) + "+00:00", "LastUpdated": last}


def http_event(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Event:
    """An HTTP request: absolute `url`, `params` from the route.

    Header names are lower-cased, empty query values dropped, and a body of length zero is not sent
    at all (Azure/azure-functions-host, ToRpcHttp).
    """
    http = protos.RpcHttp(
        method=method,
        url=url,
        headers={name.lower(): value for name, value in (headers or {}).items()},
        params=dict(params or {}),
        query={name: value for name, value in (query or {}).items() if value},
        body=protos.TypedData(bytes=body or None),
    )
    return Event(data=protos.TypedData(http=http))
