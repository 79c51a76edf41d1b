"""Calls a running app: JSON over HTTP, with a function key or a token.

If a call fails, one sentence says what to check.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import msgspec

from forestall_cli import __version__
from forestall_cli.errors import ApiError, OutcomeUnknown
from forestall_cli.responses.response import Response

__all__ = ["ApiClient", "ApiError"]

_TIMEOUT = 30.0  # seconds
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: the platform gave up waiting for the app
_GAVE_UP = (502, 504)


class _AnyProblem(msgspec.Struct):
    """What of a `Problem` counts here. An older app answers no more."""

    error: str


class _NoRedirect(HTTPRedirectHandler):
    """The key is for the app alone, and not for where a redirect leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiClient:
    """One app, and the function key or the token to call it with.

    Opens a connection for each call and keeps none.
    """

    url: str
    key: str = field(repr=False)
    #: of Entra, for an app with sign-in
    token: str = field(default="", repr=False)

    def get[T: Response](self, response_type: type[T], *path: str, **query: str | int | None) -> T:
        """What the app answers to a question. Leaves out query parameters that are None.

        Raises ApiError.
        """
        given = {name: value for name, value in query.items() if value is not None}
        return self._call(response_type, path, f"?{urlencode(given)}" if given else "", None)

    def post[T: Response](self, response_type: type[T], *path: str, **body: str | int) -> T:
        """What the app answers to a command.

        Raises ApiError, with the app's reason where it refuses. Raises OutcomeUnknown where the
        command was sent and its response is lost.
        """
        return self._call(response_type, path, "", msgspec.json.encode(body))

    def send[T: Response](self, response_type: type[T], *path: str, **body: object) -> T:
        """What the app answers to a question that needs a body. Raises ApiError."""
        return self._call(response_type, path, "", msgspec.json.encode(body))

    def fetch(self, path: str, body: object = None) -> bytes:
        """What the app answers at a path of it, such as `/api/v1/ui`. With a body it is a POST.

        Raises ApiError with the app's reason where it refuses.
        """
        try:
            return self._open(path, None if body is None else msgspec.json.encode(body))
        except HTTPError as refusal:
            with refusal:
                raise ApiError(_refused(refusal.code, _read(refusal), self)) from refusal
        except (OSError, HTTPException, ValueError) as fault:
            raise ApiError(_unreachable(self.url, fault)) from fault

    def _open(self, path: str, body: bytes | None) -> bytes:
        parts = _checked(self.url)
        request = Request(  # noqa: S310 - its scheme is checked
            f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}",
            data=body,
            headers=_headers(self.key, self.token, body),
        )
        # A proxy is for other machines; what it is, the environment says.
        direct = [ProxyHandler({})] if parts.hostname in _LOOPBACK else []
        with build_opener(_NoRedirect, *direct).open(request, timeout=_TIMEOUT) as response:
            raw: bytes = response.read()
        return raw

    def _call[T: Response](
        self, response_type: type[T], path: tuple[str, ...], query: str, body: bytes | None
    ) -> T:
        # A token proves a person, and such callers have an address of their own.
        first = ("api", "v1") if self.key or not self.token else ("api", "v1", "signed-in")
        below = "/".join([*first, *(quote(each, safe="") for each in path)])
        try:
            raw = self._open(f"/{below}{query}", body)
        except HTTPError as refusal:
            with refusal:
                text = _refused(refusal.code, _read(refusal), self)
            if body is not None and refusal.code in _GAVE_UP:
                raise OutcomeUnknown(f"the outcome is unknown: {text}") from refusal
            raise ApiError(text) from refusal
        except (OSError, HTTPException, ValueError) as fault:
            if body is not None and _may_have_arrived(fault):
                text = f"the outcome is unknown: {_first_line(fault)}"
                raise OutcomeUnknown(text) from fault
            raise ApiError(_unreachable(self.url, fault)) from fault
        try:
            return msgspec.json.decode(raw, type=response_type)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise ApiError(
                f"the answer is not understood ({_first_line(fault)}): is {self.url} Forestall, "
                f"in a version that fits forestall {__version__}?"
            ) from fault


def _checked(url: str) -> SplitResult:
    """The parts of the app's URL: `https://APP.azurewebsites.net`.

    Raises ApiError if a key may not go there.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as fault:
        raise ApiError(f"{url!r} is no URL: {fault}") from fault
    if not host:
        raise ApiError(f"{url!r} is no URL: give one such as https://APP.azurewebsites.net")
    if parts.query or parts.fragment or "@" in parts.netloc:
        plain = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise ApiError(
            f"give the URL without a key, as in {plain}, and the function key in FORESTALL_KEY"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise ApiError(f"{url!r}: the key is sent over https only (http on this machine)")
    if not (url.isascii() and url.isprintable() and " " not in url):
        raise ApiError(f"{url!r} is no URL: it has characters that no URL has")
    return parts


def _headers(key: str, token: str, body: bytes | None) -> dict[str, str]:
    if not (key.isascii() and key.isprintable()):
        raise ApiError("the function key has characters that no function key has: set it again")
    headers = {"accept": "application/json", "user-agent": f"forestall-cli/{__version__}"}
    if key:
        headers["x-functions-key"] = key
    elif token:
        headers["authorization"] = f"Bearer {token}"
    if body is not None:
        headers["content-type"] = "application/json"
        headers["x-forestall-act"] = "1"
    return headers


def _refused(status: int, body: bytes, client: "ApiClient") -> str:
    reason = _reason(body)
    told = f"the app answered {status}: {reason}" if reason else f"the app answered {status}"
    if status == HTTPStatus.UNAUTHORIZED:
        return f"{told}; {_what_to_set(client)}"
    if status == HTTPStatus.FORBIDDEN and reason is None and client.token and not client.key:
        return (
            f"{told}: App Service refused it before Forestall saw it. Is the Azure CLI among the"
            " allowed applications of the sign-in?"
        )
    if status == HTTPStatus.FORBIDDEN and client.key:
        return f"{told}; {_what_to_set(client)}"
    return told if reason else f"{told} without a reason: is this the URL of Forestall?"


def _what_to_set(client: "ApiClient") -> str:
    if client.key:
        return "the function key is not one of this app: set FORESTALL_KEY again"
    if client.token:
        return "the token of az is not one for this app: check FORESTALL_API, or set FORESTALL_KEY"
    return "set FORESTALL_KEY to a function key, or name a file with --key-file"


def _may_have_arrived(fault: Exception) -> bool:
    """Whether a request may have been read: everything but a connection that was never there."""
    cause = fault.reason if isinstance(fault, URLError) else fault
    return isinstance(
        cause, (TimeoutError, ConnectionResetError, BrokenPipeError, HTTPException)
    ) and not isinstance(cause, ConnectionRefusedError)


def _reason(body: bytes) -> str | None:
    try:
        problem = msgspec.json.decode(body, type=_AnyProblem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return "".join(each if each.isprintable() else " " for each in problem.error)


def _read(refusal: HTTPError) -> bytes:
    try:
        return refusal.read()
    except (OSError, HTTPException):
        return b""


def _unreachable(url: str, fault: Exception) -> str:
    cause = (
        fault.reason
        if isinstance(fault, URLError) and isinstance(fault.reason, Exception)
        else fault
    )
    told = f"the app at {url} cannot be asked: {_first_line(cause)}"
    return f"{told}. Check that it runs, or name another one with --url"


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0] or type(fault).__name__
