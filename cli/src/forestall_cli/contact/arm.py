"""Asks Azure Resource Manager: says each request first, counts them, and records the response.

It can GET, and POST a query of Resource Graph, which changes nothing. `act.py` has the one POST
that moves a machine.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from forestall_cli import __version__
from forestall_cli.contact.exchanges import ContactError, Exchange, Sent

#: Resource Manager of Azure's clouds (az cloud list); no other host gets the token
HOSTS = ("management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn")
GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT = 60.0  # seconds
_MOST_BYTES = 16 * 1024 * 1024
_DEEPEST = 100  # levels of lists and objects; Azure sends about ten
_UNAUTHORIZED = 401

#: method, URL, headers, body -> status, headers, body
type Transport = Callable[
    [str, str, Mapping[str, str], bytes | None], tuple[int, Mapping[str, str], bytes]
]


@dataclass(kw_only=True)
class Arm:
    """One endpoint, one login. Raises ContactError beyond `most` requests."""

    endpoint: str
    token: str = field(repr=False)
    show: Callable[[str], None]
    most: int
    transport: Transport
    #: another token, where Azure does not accept this one any more; None: there is none
    renew: Callable[[], str] | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    #: requests that were sent once more, with a new token
    renewed: int = 0
    #: the clock of this machine
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        """Refuse an endpoint that is none of Azure's."""
        parts = urlsplit(self.endpoint)
        is_azure = parts.scheme == "https" and parts.netloc.lower() in HOSTS
        is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not (is_azure or is_here) or parts.username or parts.query:
            raise ContactError(
                f"{self.endpoint} is no Resource Manager of Azure: it is one of "
                + ", ".join(f"https://{each}" for each in HOSTS)
            )
        self.endpoint = self.endpoint.rstrip("/")

    def get(self, question: str, path: str) -> Exchange:
        """GET a path of the endpoint, or a link that leads there."""
        return self.send(question, "GET", path, None)

    def query(self, question: str, query: str, subscription: str) -> Exchange:
        """One query of Resource Graph in one subscription, 200 rows at most."""
        body = {"subscriptions": [subscription], "query": query, "options": {"$top": 200}}
        return self.send(question, "POST", GRAPH, json.dumps(body).encode())

    def send(self, question: str, method: str, path: str, body: bytes | None) -> Exchange:
        """One request, said before it is made. A failure to reach Azure is a response too."""
        url = path if path.startswith("http") else self.endpoint + path
        ours = urlsplit(self.endpoint)
        try:
            theirs = urlsplit(url)
        except ValueError:
            return self._keep(question, Sent(method, "/"), body="a link that is no address")
        if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
            return self._keep(question, Sent(method, url), body="a link to another host")
        if len(self.exchanges) + self.renewed >= self.most:
            raise ContactError(f"more than {self.most} requests would be needed: it stops here")
        said = f"{method} {theirs.path}{_shown(theirs.query)}"
        self.show(f"{len(self.exchanges) + 1:>3}. {_printable(said)}")
        began = time.monotonic()
        try:
            status, answered, raw = self.transport(method, url, self._headers(body), body)
            if status == _UNAUTHORIZED and self.renew is not None:
                # A token lives for about an hour, and a watch for twelve. Azure did nothing yet.
                self.renewed += 1
                self.token = self.renew()
                self.show("     once more, with a new token of az")
                status, answered, raw = self.transport(method, url, self._headers(body), body)
        except (OSError, HTTPException, ValueError) as fault:
            return self._keep(question, Sent(method, url), body=type(fault).__name__)
        if status == _UNAUTHORIZED:
            raise ContactError("Azure does not accept the login: run az login, then try again")
        took = round(time.monotonic() - began, 3)
        got = {name.lower(): value for name, value in answered.items()}
        return self._keep(
            question,
            Sent(method, url),
            status=status,
            headers=got,
            body=_decoded(raw),
            seconds=took,
            skew=_skew(got.get("date", ""), self.now(), took),
        )

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {
            "accept": "application/json",
            "authorization": f"Bearer {self.token}",
            "user-agent": f"forestall-cli/{__version__}",
        }
        return headers if body is None else headers | {"content-type": "application/json"}

    def _keep(self, question: str, request: Sent, **response: Any) -> Exchange:
        exchange = Exchange(question=question, request=request, **({"status": 0} | response))
        self.exchanges.append(exchange)
        return exchange


class _NoRedirect(HTTPRedirectHandler):
    """The token is for Resource Manager alone, and not for where a redirect leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


def over_http(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> tuple[int, Mapping[str, str], bytes]:
    """The transport for real requests. It follows no redirect."""
    request = Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - checked
    direct = [ProxyHandler({})] if urlsplit(url).hostname in _LOOPBACK else []
    try:
        with build_opener(_NoRedirect, *direct).open(request, timeout=_TIMEOUT) as response:
            return response.status, dict(response.headers.items()), response.read(_MOST_BYTES)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, dict(refusal.headers.items()), refusal.read(_MOST_BYTES)


def _skew(date: str, now: datetime, took: float) -> float | None:
    """Seconds by which a `Date` is before this machine's clock, half of the way back allowed for.

    `Date` has whole seconds, so half of one is added.
    """
    try:
        theirs = parsedate_to_datetime(date)
        return round((theirs - now).total_seconds() + 0.5 + took / 2, 1)
    except (TypeError, ValueError, OverflowError):
        return None


def _shown(query: str) -> str:
    return f"?{query}" if query else ""


def _printable(text: str) -> str:
    """A link is Azure's text: nothing in it may control the terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _decoded(raw: bytes) -> Any:
    """JSON; other content is only counted, because nobody knows what is in it."""
    try:
        read = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return {"notJson": len(raw)}
    return read if _is_shallow(read) else {"notJson": len(raw)}


def _is_shallow(value: Any) -> bool:
    """Whether the value is nested so little that a recursive function can read it."""
    level = [value]
    for _ in range(_DEEPEST):
        below = [each for each in level if isinstance(each, dict | list)]
        level = [
            part for each in below for part in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
    return False
