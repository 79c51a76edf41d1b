"""What proves who sent a mail: SPF, DKIM or DMARC of the domain in its From header."""

from collections.abc import Iterable

from shared.domain.notices.mail.message import LONGEST_TEXT, AuthResult, Mail
from shared.domain.notices.notice import Authentication

#: who sends action-group mail (azure-monitor-docs action-groups.md)
#: UNCONFIRMED(maintenance-mail-sender): the platform's own maintenance mails come from one of them
AZURE_SENDERS = (
    "azure-noreply@microsoft.com",
    "azureemail-noreply@microsoft.com",
    "alerts-noreply@mail.windowsazure.com",
)


def authenticate_sender(mail: Mail, allowed: Iterable[str]) -> Authentication | str:
    """Who sent the mail and what proves it; a sentence why it is dropped where nothing does.

    `allowed` holds addresses and `@domain`s. Proof is DMARC, or a DKIM signature or SPF of the From
    header's own domain: a pass for any other domain says nothing about the sender that people see.
    A mail that was not read whole proves nothing: what was left out may take back what was read.
    """
    unread = mail.unread or _too_long(mail)
    if unread:
        return (
            f"the mail has {unread}: it is not read whole, "
            "so nothing proves its sender (docs/notices.md)"
        )
    if not mail.sender:
        return "the mail has no From address"
    if not any(
        mail.sender == each or (each[:1] == "@" and mail.sender.endswith(each)) for each in allowed
    ):
        return (
            f"{mail.sender} is not among the senders that may send notices (FORESTALL_MAIL_SENDERS)"
        )
    checks, domain = mail.auth_results, _domain(mail.sender)
    if checks.dmarc is AuthResult.FAIL:
        return f"DMARC fails for {mail.sender}"
    if checks.dmarc is AuthResult.PASS and (
        checks.dmarc_domain is None or _aligned(checks.dmarc_domain, domain)
    ):
        return Authentication(method="dmarc", identity=mail.sender)
    if any(
        result is AuthResult.PASS and _aligned(signer, domain) for signer, result in checks.dkim
    ):
        return Authentication(method="dkim", identity=mail.sender)
    sent_by = _domain(mail.envelope_from) if checks.spf_domain is None else checks.spf_domain
    if checks.spf is AuthResult.PASS and _aligned(sent_by, domain):
        return Authentication(method="spf", identity=mail.sender)
    if checks.accepted_by_service and checks.spf is not AuthResult.FAIL:
        return Authentication(method="accepted-by-service", identity=mail.sender)
    reason = f"neither SPF, DKIM nor DMARC proves that the mail is from {mail.sender}"
    if checks.other_servers:
        server = checks.other_servers[0][:100] or "a server without name"
        reason += (
            f"; results of {server} do not count. If it is your mailbox's server, name it in"
            f" FORESTALL_MAIL ({mail.provider}.authserv_id)"
        )
    return reason


def _too_long(mail: Mail) -> str:
    longest = max(len(mail.text), len(mail.html))
    return f"a text of more than {LONGEST_TEXT} characters" if longest > LONGEST_TEXT else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip("<> .").lower()


def _aligned(proved: str, claimed: str) -> bool:
    """Equal, or the proved one is a parent with a dot of its own, or a child.

    DMARC's relaxed mode without a list of suffixes.
    """
    proved = proved.strip(". ").lower()
    if not proved or "." not in proved:
        return False
    return proved == claimed or claimed.endswith(f".{proved}") or proved.endswith(f".{claimed}")
