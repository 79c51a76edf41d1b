"""How the command line speaks to a running app: JSON over HTTP with a function key, and one sentence where that fails."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_SECONDS = 30.0
_HERE = {("http", "127.0.0.1"), ("http", "localhost")}


class AskedInVain(Exception):
    """The app did not answer, or not what was asked; the text says what to look at."""


class _NoRedirect(HTTPRedirectHandler):
    """Whoever the app is moved to is not given the key."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The app that is asked, and the function key that it is asked with."""

    url: str
    key: str

    def get(self, *path: str, **query: str | int | None) -> Any:
        """What the app answers to a question; AskedInVain otherwise."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask(_below(self.url, path) + (f"?{urlencode(given)}" if given else ""), None)

    def post(self, *path: str, **body: Any) -> Any:
        """What the app answers to a word; AskedInVain where it does not follow it, with its reason."""
        return self._ask(_below(self.url, path), json.dumps(body).encode())

    def _ask(self, url: str, body: bytes | None) -> Any:
        _check(url)
        headers = {"x-functions-key": self.key} if self.key else {}
        if body is not None:
            headers["content-type"] = "application/json"
        request = Request(url, data=body, headers=headers)  # noqa: S310 - checked above
        try:
            with build_opener(_NoRedirect).open(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as refusal:
            with refusal:
                raise AskedInVain(_refused(refusal.code, refusal.read(), self.key)) from refusal
        except (URLError, TimeoutError, OSError, ValueError) as fault:
            raise AskedInVain(f"the app at {self.url} cannot be asked: {_first_line(fault)}") from fault


def _below(url: str, path: tuple[str, ...]) -> str:
    return "/".join([url.rstrip("/"), "api", "v1", *(quote(part, safe="") for part in path)])


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as fault:
        raise AskedInVain(f"{url!r} is no URL: {fault}") from fault
    if not host:
        raise AskedInVain(f"{url!r} is no URL: give one such as https://APP.azurewebsites.net")
    if parts.scheme != "https" and (parts.scheme, host) not in _HERE:
        raise AskedInVain(f"{url!r}: the key is sent over https only (http on this machine)")


def _refused(status: int, body: bytes, key: str) -> str:
    reason = _reason(body)
    if status in (401, 403):
        hint = "set FUNCTION_KEY to a function key" if not key else "FUNCTION_KEY is not a key of this app"
        return f"the app answered {status}: {reason}; {hint}"
    if reason is None:
        return f"the app answered {status} without a reason: is this the URL of Forestall?"
    return f"the app answered {status}: {reason}"


def _reason(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _first_line(fault: Exception) -> str:
    return str(fault).partition("\n")[0] or type(fault).__name__
