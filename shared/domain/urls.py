"""URLs that settings and answers name.

Where a token, a secret or a question about keys may be sent. Sends nothing.

One rule for all of them: https, and http only to this machine itself (a literal loopback address,
or `localhost`). Health checks have a rule of their own, as they carry no secret:
`shared/domain/health/allowed_targets.py`.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, urlsplit

_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9][a-z0-9._-]*|\[[0-9a-f:.]+\]", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a service, scheme and host, such as `https://management.azure.com`.

    No slash at its end.
    """

    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The endpoint that a text names.

        A ValueError says what is wrong with it, and shows no secret of it.
        """
        parts = _split(text)
        if parts is None or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError(
                f"{shown(text)!r} must be a scheme and a host, "
                "such as https://management.azure.com."
            )
        if not is_secure(text):
            raise ValueError(
                f"{shown(text)!r} must begin with https://. "
                "Only 127.0.0.1, [::1] and localhost may use http."
            )
        return cls(f"{parts.scheme}://{parts.netloc.lower()}")

    @property
    def is_plain_http(self) -> bool:
        """Whether it is a simulator on this machine."""
        return self.url.startswith("http://")

    def owns(self, url: str) -> bool:
        """Whether a URL has the endpoint's scheme, host and port, and hides no other."""
        parts = _split(url)
        return parts is not None and _origin(parts) == _origin(urlsplit(self.url))


#: Azure Resource Manager of the public cloud
PUBLIC_CLOUD = Endpoint("https://management.azure.com")


def is_secure(url: str) -> bool:
    """Whether a secret may be sent to a URL, with any path and query.

    False for a text that is no plain URL.
    """
    parts = _split(url)
    return parts is not None and (parts.scheme == "https" or is_loopback(parts.hostname or ""))


def shown(url: str) -> str:
    """A URL as it may be shown: without query and fragment; one with a user without anything.

    They may hold secrets.
    """
    scheme, slashes, rest = url.partition("//") if "//" in url else ("", "", url)
    if "@" in rest.split("/")[0]:
        return f"{scheme[:200]}{slashes}..."
    return re.split(r"[?#]", url, maxsplit=1)[0][:200]


def _split(url: str) -> SplitResult | None:
    """The parts of a plain http(s) URL; None for anything on which two parsers could disagree."""
    if "\\" in url or "@" in url.partition("?")[0] or any(sign <= " " for sign in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, or no IPv6 address
        return None
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    return parts if parts.scheme in _PORTS and port != 0 and _HOST.fullmatch(host) else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def is_this_machine(url: str) -> bool:
    """Whether a plain URL leads to this machine itself, as a simulator's does."""
    parts = _split(url)
    return parts is not None and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself: a literal loopback address, or `localhost`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
