"""Who sent a mail: what its From header says counts only where SPF, DKIM or DMARC prove that very domain."""

import pytest

from shared.adapters.mail.headers import authentication_results
from shared.domain.notices.mail import AZURE_SENDERS, Checks, Mail, Verdict, address_in, proof_of_sender
from shared.domain.notices.notice import Proof

AZURE = "azure-noreply@microsoft.com"
PASS, FAIL, NONE = Verdict.PASS, Verdict.FAIL, Verdict.NONE


def judge(
    checks: Checks, *, sender: str = AZURE, envelope: str = "", allowed: tuple[str, ...] = AZURE_SENDERS
) -> Proof | str:
    mail = Mail(provider="test", message_id="m", sender=sender, envelope_from=envelope, checks=checks)
    return proof_of_sender(mail, allowed)


@pytest.mark.parametrize(
    ("checks", "envelope", "method"),
    [
        (Checks(dmarc=PASS), "", "dmarc"),
        (Checks(dkim=(("microsoft.com", PASS),)), "", "dkim"),
        (Checks(dkim=(("example.net", PASS), ("mail.microsoft.com", PASS))), "", "dkim"),
        (Checks(spf=PASS), "bounces@microsoft.com", "spf"),
        (Checks(spf=PASS), "<b@delivery.microsoft.com>", "spf"),
        (Checks(spf=FAIL, dkim=(("microsoft.com", PASS),)), "", "dkim"),
        (Checks(vouched=True), "", "vouched"),
    ],
)
def test_a_pass_for_the_senders_own_domain_is_proof(checks: Checks, envelope: str, method: str) -> None:
    assert judge(checks, envelope=envelope) == Proof(method=method, who=AZURE)


@pytest.mark.parametrize(
    ("checks", "envelope"),
    [
        (Checks(), ""),
        (Checks(spf=PASS), "evil@example.com"),
        (Checks(spf=PASS), "evil@notmicrosoft.com"),
        (Checks(spf=PASS), "evil@microsoft.com.example.com"),
        (Checks(spf=PASS), ""),
        (Checks(spf=PASS), "evil@com"),
        (Checks(dkim=(("example.com", PASS),)), ""),
        (Checks(dkim=(("microsoft.com", FAIL),)), ""),
        (Checks(spf=NONE), "bounces@microsoft.com"),
        (Checks(dmarc=FAIL, spf=PASS, dkim=(("microsoft.com", PASS),)), "bounces@microsoft.com"),
        (Checks(vouched=True, spf=FAIL), ""),
        (Checks(vouched=True, dmarc=FAIL), ""),
    ],
)
def test_anything_else_is_dropped_with_the_reason(checks: Checks, envelope: str) -> None:
    reason = judge(checks, envelope=envelope)

    assert isinstance(reason, str)
    assert AZURE in reason


@pytest.mark.parametrize(
    ("sender", "allowed", "let_in"),
    [
        (AZURE, AZURE_SENDERS, True),
        ("ada@contoso.com", AZURE_SENDERS, False),
        ("ada@contoso.com", ("@contoso.com",), True),
        ("ada@mail.contoso.com", ("@contoso.com",), False),
        ("ada@notcontoso.com", ("@contoso.com",), False),
        ("ada@contoso.com", ("bob@contoso.com",), False),
        ("", ("@contoso.com",), False),
    ],
)
def test_only_senders_on_the_list_are_let_in(sender: str, allowed: tuple[str, ...], let_in: bool) -> None:  # noqa: FBT001
    assert isinstance(judge(Checks(dmarc=PASS), sender=sender, allowed=allowed), Proof) is let_in


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Microsoft Azure <Azure-NoReply@Microsoft.com>", AZURE),
        (AZURE, AZURE),
        (f'"{AZURE}" <evil@example.com>', "evil@example.com"),
        ("no address", ""),
        ("", ""),
        ("a" * 5000, ""),
    ],
)
def test_the_address_is_the_real_one_not_the_shown_one(header: str, address: str) -> None:
    assert address_in(header) == address


def test_what_a_receiving_server_found_is_read_and_the_worst_of_two_headers_counts() -> None:
    good = (
        "spf=pass smtp.mailfrom=microsoft.com; dkim=pass (ok) header.d=microsoft.com; dmarc=pass action=none"
    )
    bad = "spf=softfail smtp.mailfrom=evil.example; dkim=none; dmarc=fail action=oreject"

    honest = authentication_results([("authentication-results", good)])
    forged = authentication_results([("Authentication-Results", bad), ("Authentication-Results", good)])

    assert honest == Checks(spf=PASS, dmarc=PASS, dkim=(("microsoft.com", PASS),))
    assert (forged.spf, forged.dmarc) == (FAIL, FAIL)
    assert authentication_results([]) == Checks()


def test_a_signature_counts_for_nobody_where_two_domains_may_be_meant() -> None:
    two = "dkim=pass header.d=microsoft.com; dkim=pass header.d=evil.example"

    assert authentication_results([("Authentication-Results", two)]).dkim == ()
