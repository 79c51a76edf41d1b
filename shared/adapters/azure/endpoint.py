"""Where Azure Resource Manager is, and which URLs are its own. Sends nothing.

Whoever gets a request gets our token with it, so an URL that came in an answer (a next page, an operation) is compared
with the configured endpoint before it is followed.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

from shared.errors import SettingsError

_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An ARM endpoint, such as `https://management.azure.com`; `url` has no slash at its end."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The endpoint that a setting names; SettingsError unless it is https, or http on this very machine."""
        parts = _split(text)
        if parts is None or parts.query or parts.fragment or parts.path.strip("/"):
            raise SettingsError([f"the ARM endpoint {text!r} must look like https://management.azure.com"])
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise SettingsError(
                [f"the ARM endpoint {text!r} must be https: over http everybody on the way reads our token"]
            )
        return cls(f"{parts.scheme}://{parts.netloc.lower()}")

    @property
    def is_plain_http(self) -> bool:
        """Whether it is a simulator on this machine."""
        return self.url.startswith("http://")

    def owns(self, url: str) -> bool:
        """Whether an URL has the endpoint's scheme, host and port, and no user or odd character that could hide another."""
        parts = _split(url)
        return parts is not None and _origin(parts) == _origin(urlsplit(self.url))


def _split(url: str) -> SplitResult | None:
    """The parts of a plain http(s) URL; None for anything on which two parsers could disagree."""
    if "\\" in url or "@" in url.partition("?")[0] or any(sign <= " " for sign in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _PORTS and parts.hostname else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
