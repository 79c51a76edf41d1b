"""Who sent a mail.

Its From header counts only where SPF, DKIM or DMARC prove the same domain.
"""

import pytest

from shared.adapters.mail.headers import sent_by, signed_by, signers
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail, address_in
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import Authentication

AZURE = "azure-noreply@microsoft.com"
PASS, FAIL, NONE = AuthResult.PASS, AuthResult.FAIL, AuthResult.NONE


def verify(
    checks: AuthResults,
    *,
    sender: str = AZURE,
    queued: str = "",
    allowed: tuple[str, ...] = AZURE_SENDERS,
) -> Authentication | str:
    mail = Mail(
        provider="test", message_id="m", sender=sender, envelope_from=queued, auth_results=checks
    )
    return authenticate_sender(mail, allowed)


@pytest.mark.parametrize(
    ("checks", "queued", "method"),
    [
        (AuthResults(dmarc=PASS), "", "dmarc"),
        (AuthResults(dkim=(("microsoft.com", PASS),)), "", "dkim"),
        (AuthResults(dkim=(("example.net", PASS), ("mail.microsoft.com", PASS))), "", "dkim"),
        (AuthResults(spf=PASS), "bounces@microsoft.com", "spf"),
        (AuthResults(spf=PASS), "<b@delivery.microsoft.com>", "spf"),
        (AuthResults(spf=FAIL, dkim=(("microsoft.com", PASS),)), "", "dkim"),
        (AuthResults(accepted_by_service=True), "", "accepted-by-service"),
        (AuthResults(dmarc=PASS, dmarc_domain="microsoft.com"), "", "dmarc"),
        (AuthResults(spf=PASS, spf_domain="microsoft.com"), "", "spf"),
    ],
)
def test_a_pass_for_the_senders_own_domain_is_proof(
    checks: AuthResults, queued: str, method: str
) -> None:
    assert verify(checks, queued=queued) == Authentication(method=method, identity=AZURE)


@pytest.mark.parametrize(
    ("checks", "queued"),
    [
        (AuthResults(), ""),
        (AuthResults(spf=PASS), "evil@example.com"),
        (AuthResults(spf=PASS), "evil@notmicrosoft.com"),
        (AuthResults(spf=PASS), "evil@microsoft.com.example.com"),
        (AuthResults(spf=PASS), ""),
        (AuthResults(spf=PASS), "evil@com"),
        (AuthResults(dkim=(("example.com", PASS),)), ""),
        (AuthResults(dkim=(("microsoft.com", FAIL),)), ""),
        (AuthResults(spf=NONE), "bounces@microsoft.com"),
        (
            AuthResults(dmarc=FAIL, spf=PASS, dkim=(("microsoft.com", PASS),)),
            "bounces@microsoft.com",
        ),
        (AuthResults(accepted_by_service=True, spf=FAIL), ""),
        # A verdict in headers must name its domain.
        (AuthResults(dmarc=PASS, dmarc_domain=""), ""),
        (AuthResults(dmarc=PASS, dmarc_domain="evil.example"), ""),
        (AuthResults(spf=PASS, spf_domain=""), "bounces@microsoft.com"),
        (AuthResults(spf=PASS, spf_domain="evil.example"), "bounces@microsoft.com"),
        (AuthResults(accepted_by_service=True, dmarc=FAIL), ""),
    ],
)
def test_anything_else_is_dropped_with_the_reason(checks: AuthResults, queued: str) -> None:
    reason = verify(checks, queued=queued)

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
def test_only_senders_on_the_list_are_let_in(
    sender: str,
    allowed: tuple[str, ...],
    let_in: bool,
) -> None:
    assert (
        isinstance(verify(AuthResults(dmarc=PASS), sender=sender, allowed=allowed), Authentication)
        is let_in
    )


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Microsoft Azure <Azure-NoReply@Microsoft.com>", AZURE),
        (AZURE, AZURE),
        (f'"{AZURE}" <evil@example.com>', "evil@example.com"),
        ("no address", ""),
        (f"{AZURE}, evil@example.com", ""),
        # The one address in angle brackets counts, with any name before it.
        (f"{AZURE} <evil@example.com>", "evil@example.com"),
        (f"evil@example.com <{AZURE}>", AZURE),
        (f"{AZURE} <{AZURE}>", AZURE),
        (f"Azure, Microsoft <{AZURE}>", AZURE),
        (f'"Azure, Microsoft" <{AZURE}>', AZURE),
        (f'"<evil@example.com>" <{AZURE}>', AZURE),
        (f"<{AZURE}> (Microsoft Azure)", AZURE),
        (f"{AZURE} (Microsoft Azure)", AZURE),
        (f"{AZURE};", AZURE),
        (f"Azure <{AZURE}> ; ", AZURE),
        (f"evil@example.com, Azure <{AZURE}>", ""),
        (f"Azure <{AZURE}>, Eve <evil@example.com>", ""),
        (f"Azure <{AZURE}> evil@example.com", ""),
        (f"Azure <{AZURE}, evil@example.com>", ""),
        (f"Azure <evil@example.com@{AZURE}>", ""),
        (f"Azure <<{AZURE}>>", ""),
        ("", ""),
        ("a" * 5000, ""),
    ],
)
def test_the_address_is_the_real_one_not_the_shown_one(header: str, address: str) -> None:
    assert address_in(header) == address


@pytest.mark.parametrize(
    ("signatures", "result_for"),
    [
        (["v=1; a=rsa-sha256; d=microsoft.com; s=x; b=abc"], "microsoft.com"),
        (["v=1;\r\n\td=Micro\r\n soft.com; s=x"], "microsoft.com"),
        # A copied header in another tag, and a tag that stands twice: a verifier looks at
        # evil.example.
        (["v=1; z=Subject:hi d=microsoft.com|To:x; d=evil.example; s=x"], "evil.example"),
        (["v=1; z=x\r\n d=microsoft.com; d=evil.example; s=x"], "evil.example"),
        (["v=1; d=microsoft.com; d=evil.example; s=x"], None),
        (["d=microsoft.com", "d=evil.example"], None),
        (["d=microsoft.com", "v=1; s=x"], None),
        (["d=; s=x"], None),
        ([], None),
    ],
)
def test_the_signer_is_read_as_a_verifier_reads_it(
    signatures: list[str], result_for: str | None
) -> None:
    headers = [("DKIM-Signature", each) for each in signatures]
    assert signed_by(signers(headers), PASS) == (
        () if result_for is None else ((result_for, PASS),)
    )


@pytest.mark.parametrize(
    ("results", "domain"),
    [
        (
            [
                (
                    "Pass (sender SPF authorized) identity=mailfrom; "
                    "envelope-from=b@microsoft.com; helo=x"
                )
            ],
            "microsoft.com",
        ),
        (['Pass envelope-from="b@Microsoft.com"'], "microsoft.com"),
        (["Pass envelope-from=<b@microsoft.com>"], "microsoft.com"),
        (["Pass helo=x; envelope-from=b@microsoft.com; envelope-from=b@evil.example"], ""),
        (["Pass envelope-from=b@evil.example", "Pass envelope-from=b@microsoft.com"], ""),
        (["Pass (sender SPF authorized)"], ""),
        (["Pass envelope-from="], ""),
        ([], ""),
    ],
)
def test_spf_counts_for_the_one_domain_that_it_names(results: list[str], domain: str) -> None:
    assert sent_by(results) == domain


@pytest.mark.parametrize(
    ("secret", "result"),
    [
        ("pass", PASS), (" Pass (ok)", PASS), ("PASS", PASS), ("pass;", PASS), ("fail", FAIL),
        ("SoftFail x", FAIL), ("permerror", FAIL), ("none", NONE), ("neutral", NONE),
        ("temperror", NONE), ("passive", NONE), ("pass_x", NONE), ("bestguesspass", NONE),
        ("GRAY", NONE), ("PROCESSING_FAILED", NONE), ("", NONE), ("1", NONE),
    ],
)  # fmt: skip
def test_only_a_clear_word_is_a_result(secret: str, result: AuthResult) -> None:
    assert AuthResult.of(secret) is result
