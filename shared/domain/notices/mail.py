"""A mail as every inbound-mail service hands it over, made one, and what proves who sent it. Understands no content."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from enum import StrEnum

from shared.domain.notices.notice import Proof

#: of text and of HTML each; a maintenance mail has a few thousand characters
LONGEST_TEXT = 200_000

#: who sends action-group mail (azure-monitor-docs action-groups.md); the platform's own maintenance mails: UNCONFIRMED
AZURE_SENDERS = (
    "azure-noreply@microsoft.com",
    "azureemail-noreply@microsoft.com",
    "alerts-noreply@mail.windowsazure.com",
)


_WORD = re.compile(r"\s{0,9}([a-z]{1,20})(?![a-z_-])", re.IGNORECASE)
_FAILURES = {"fail", "failed", "softfail", "hardfail", "permerror"}


class Verdict(StrEnum):
    """What a mail service found when it checked a mail."""

    PASS = "pass"  # noqa: S105 - a verdict, not a word to pass by
    FAIL = "fail"
    NONE = "none"  # not checked, not said, or neither

    @classmethod
    def of(cls, text: str) -> "Verdict":
        """The verdict that a service's word means; what is not a clear pass or fail is NONE."""
        match = _WORD.match(text)
        word = match[1].lower() if match else ""
        if word == "pass":
            return cls.PASS
        return cls.FAIL if word in _FAILURES else cls.NONE

    @classmethod
    def worst(cls, verdicts: Iterable["Verdict"]) -> "Verdict":
        """FAIL if one fails, PASS if there is one and all pass: a forged header can only make it worse."""
        found = set(verdicts)
        if cls.FAIL in found:
            return cls.FAIL
        return cls.PASS if found == {cls.PASS} else cls.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """SPF, DKIM and DMARC as the receiving service saw them. A DKIM verdict counts only with the domain that signed.

    Where a verdict stands in headers, the domain that it was found for must stand beside it, and no second one: empty means
    that it does not. None: the service's own verdict, which is on the envelope's and the From header's domain.
    """

    spf: Verdict = Verdict.NONE
    spf_domain: str | None = None
    dmarc: Verdict = Verdict.NONE
    dmarc_domain: str | None = None
    #: (domain that signed, verdict)
    dkim: tuple[tuple[str, Verdict], ...] = ()
    #: the service that handed it over answers for the sender itself
    vouched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. `sender` is the address in its From header, which anybody can write: `proof_of_sender` judges it."""

    provider: str
    #: of the mail itself, so that it is known again also through another provider
    message_id: str
    sender: str
    envelope_from: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    sent: datetime | None = None
    checks: Checks = Checks()


def address_in(header: str) -> str:
    """The address in a From header, lower-cased; empty if it has none, or several, or if it is not plainly one."""
    address = parseaddr(header[:1000])[1].strip().lower()
    local, at, domain = address.rpartition("@")
    return address if at and local and domain and not any(c.isspace() for c in address) else ""


def proof_of_sender(mail: Mail, allowed: Iterable[str]) -> Proof | str:
    """Who sent the mail and what proves it; a sentence why it is dropped where nothing does.

    `allowed` holds addresses and `@domain`s. Proof is DMARC, or a DKIM signature or SPF of the From header's own
    domain: a pass for any other domain says nothing about the sender that people see.
    """
    if not mail.sender:
        return "the mail has no From address"
    if not any(mail.sender == each or (each[:1] == "@" and mail.sender.endswith(each)) for each in allowed):
        return f"{mail.sender} is not among the senders that may send notices (FORESTALL_MAIL_SENDERS)"
    checks, domain = mail.checks, _domain(mail.sender)
    if checks.dmarc is Verdict.FAIL:
        return f"DMARC fails for {mail.sender}"
    if checks.dmarc is Verdict.PASS and (
        checks.dmarc_domain is None or _aligned(checks.dmarc_domain, domain)
    ):
        return Proof(method="dmarc", who=mail.sender)
    if any(verdict is Verdict.PASS and _aligned(signer, domain) for signer, verdict in checks.dkim):
        return Proof(method="dkim", who=mail.sender)
    sent_by = _domain(mail.envelope_from) if checks.spf_domain is None else checks.spf_domain
    if checks.spf is Verdict.PASS and _aligned(sent_by, domain):
        return Proof(method="spf", who=mail.sender)
    if checks.vouched and checks.spf is not Verdict.FAIL:
        return Proof(method="vouched", who=mail.sender)
    return f"neither SPF, DKIM nor DMARC proves that the mail is from {mail.sender}"


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip("<> .").lower()


def _aligned(proved: str, claimed: str) -> bool:
    """Equal, or the proved one is a parent with a dot of its own, or a child: DMARC's relaxed mode without a list of suffixes."""
    proved = proved.strip(". ").lower()
    if not proved or "." not in proved:
        return False
    return proved == claimed or claimed.endswith(f".{proved}") or proved.endswith(f".{claimed}")
