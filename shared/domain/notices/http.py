"""A call at one of our webhooks as plain values.

What came over HTTP, and how a webhook answers it. Parses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.notices.mail.message import Mail
from shared.domain.notices.notice import Authentication


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """One HTTP request. Header names are lower-cased; `body` is as it came, undecoded."""

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value; empty where it did not come."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The caller is not let in, or what it sent cannot be read.

    The caller gets `reason`, so it holds no secret.
    """

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """An answer that proves to a sender that we are there; nothing else follows from the call."""

    body: str = ""
    mimetype: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: what it was, for the log
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDelivery:
    """Mails that an authenticated service delivered."""

    authentication: Authentication
    mails: tuple[Mail, ...]
    #: a word that may be used for this content only, where the vendor's signature does not cover
    #: the content
    token: str = ""
    #: the content's digest, for `token`
    digest: str = ""
    #: what it reports of its subscription, in its own terms, such as
    #: `reauthorizationRequired`
    events: tuple[str, ...] = ()


def not_configured(setting: str, what: str) -> Refusal:
    """A webhook without its setting refuses every call."""
    return Refusal(
        status=403, reason=f"{what} is not accepted here: set {setting} first (docs/notices.md)"
    )
