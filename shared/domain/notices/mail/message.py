"""A mail as every inbound-mail service delivers it, in one form. Understands no content."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum

#: of text and of HTML each; a maintenance mail has a few thousand characters
LONGEST_TEXT = 200_000
_LONGEST_FROM = 1000
_MOST_COMMENTS = 10
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"')
#: a name without quotes, an address in angle brackets, and at most a comment behind it
_IN_BRACKETS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*(?:\([^()<>@]*\))?\s*")


_WORD = re.compile(r"\s{0,9}([a-z]{1,20})(?![a-z_-])", re.IGNORECASE)
_FAILURES = {"fail", "failed", "softfail", "hardfail", "permerror"}


class AuthResult(StrEnum):
    """What a mail service found when it checked a mail."""

    PASS = "pass"  # noqa: S105 - a verdict, not a word to pass by
    FAIL = "fail"
    NONE = "none"  # not checked, not said, or neither

    @classmethod
    def of(cls, text: str) -> "AuthResult":
        """The verdict of a service's term; what is not a clear pass or fail is NONE."""
        match = _WORD.match(text)
        word = match[1].lower() if match else ""
        if word == "pass":
            return cls.PASS
        return cls.FAIL if word in _FAILURES else cls.NONE

    @classmethod
    def worst(cls, verdicts: Iterable["AuthResult"]) -> "AuthResult":
        """FAIL if one fails, PASS if there is one and all pass.

        A forged header can only make it worse.
        """
        found = set(verdicts)
        if cls.FAIL in found:
            return cls.FAIL
        return cls.PASS if found == {cls.PASS} else cls.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthResults:
    """SPF, DKIM and DMARC as the receiving service saw them.

    A DKIM verdict counts only with the domain that signed.

    A verdict in headers must have its domain beside it, and no second one: empty means that it does
    not. None: the service's own verdict, which is on the envelope's and the From header's domain.
    """

    spf: AuthResult = AuthResult.NONE
    spf_domain: str | None = None
    dmarc: AuthResult = AuthResult.NONE
    dmarc_domain: str | None = None
    #: (domain that signed, verdict)
    dkim: tuple[tuple[str, AuthResult], ...] = ()
    #: other servers whose results are in the headers, and do not count
    other_servers: tuple[str, ...] = ()
    #: the service that handed it over answers for the sender itself
    accepted_by_service: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `sender` is the address in its From header, which anybody can write.

    `authenticate_sender` judges it.

    `text` and `html` are whole: a reader reads the first `LONGEST_TEXT` characters.
    """

    provider: str
    #: of the mail itself, so that it is known again also through another provider
    message_id: str
    sender: str
    envelope_from: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    sent: datetime | None = None
    auth_results: AuthResults = AuthResults()
    #: why the mail was not read whole, such as "more than 100 parts"; empty: it was
    unread: str = ""


def address_in(header: str) -> str:
    """The address in a From header, lower-cased.

    Exactly one address in angle brackets is the address, with any name before it. Empty if the
    header has none, or several, or if it is not plainly one.
    """
    # `parseaddr` recurses into comments, and takes time with the square of the length.
    if len(header) > _LONGEST_FROM or header.count("(") > _MOST_COMMENTS:
        return ""
    header = header.strip().rstrip("; \t")
    match = _IN_BRACKETS.fullmatch(_QUOTED.sub("", header))
    if match is None:
        return _plainly_one(parseaddr(header)[1])
    others = match["name"].split(",")[:-1]
    return "" if any("@" in each for each in others) else _plainly_one(match["address"])


def _plainly_one(text: str) -> str:
    address = text.strip().lower()
    if len(address) > 1 and address[0] == address[-1] == "'":  # as Outlook writes some
        address = address[1:-1]
    address = address.removeprefix("mailto:").removeprefix("smtp:")
    local, at, domain = address.rpartition("@")
    plain = address.isprintable() and not set(address) & set(' ,;<>"') and "@" not in local
    return address if at and local and domain and plain else ""
