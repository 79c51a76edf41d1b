"""Results in a mail's headers count for the server that the settings name, and for no other."""

import pytest

from shared.adapters.mail.authentication_results import (
    NO_ID,
    authentication_results,
    joined_results,
    read_reports,
)
from shared.domain.notices.mail.message import AuthResult, AuthResults, Mail
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import Authentication

AZURE = "azure-noreply@microsoft.com"
MX = "mx.example.com"
PASS = "dmarc=pass header.from=microsoft.com"
FAIL = "dmarc=fail header.from=microsoft.com"
SIGNED = "dkim=pass header.d=microsoft.com"


def proof(results: AuthResults) -> str:
    """The method that proves Azure's name, or empty."""
    mail = Mail(provider="test", message_id="m", sender=AZURE, auth_results=results)
    found = authenticate_sender(mail, AZURE_SENDERS)
    return found.method if isinstance(found, Authentication) else ""


def of_headers(*values: str, authserv_id: str = MX) -> str:
    return proof(
        authentication_results(
            [("Authentication-Results", each) for each in values], authserv_id=authserv_id
        )
    )


@pytest.mark.parametrize(
    ("values", "method"),
    [
        ([f"{MX}; {PASS}"], "dmarc"),
        ([f"MX.Example.com 1; {PASS}"], "dmarc"),
        ([f"{MX}; {SIGNED}"], "dkim"),
        ([f"{MX}; dkim=pass header.i=@microsoft.com header.s=s1 header.b=abc"], "dkim"),
        ([f"{MX}; spf=pass smtp.mailfrom=b@microsoft.com"], "spf"),
        ([f"{MX}; spf=pass smtp.mailfrom=microsoft.com smtp.helo=x.example"], "spf"),
        ([f"{MX}; dkim/1 = pass (2048-bit key) header.d = microsoft.com"], "dkim"),
        # One aligned pass suffices beside other signatures.
        ([f"{MX}; dkim=fail header.d=esp.example; {SIGNED}"], "dkim"),
        ([f"{MX}; {SIGNED}; dkim=pass header.d=esp.example"], "dkim"),
        (
            [f"{MX}; dkim=fail header.d=microsoft.com; dkim=pass header.d=mail.microsoft.com"],
            "dkim",
        ),
        # One header for each method, as milters write them.
        (
            [f"{MX}; {PASS}", f"{MX}; {SIGNED}", f"{MX}; spf=fail smtp.mailfrom=b@esp.example"],
            "dmarc",
        ),
        # What another server says does not count, good or bad.
        ([f"other.example; {FAIL}", f"{MX}; {PASS}"], "dmarc"),
        ([f"{MX}; {PASS}", f"other.example; {FAIL}"], "dmarc"),
    ],
)
def test_results_of_the_named_server_are_proof(values: list[str], method: str) -> None:
    assert of_headers(*values) == method


@pytest.mark.parametrize(
    "values",
    [
        [],
        [f"other.example; {PASS}"],
        [PASS],
        [f"{MX}.evil.example; {PASS}"],
        [f"evil.{MX}; {PASS}"],
        [f"evil.example {MX}; {PASS}"],
        [f"({MX}) evil.example; {PASS}"],
        # All of one header is of the server that wrote it.
        [f"evil.example; spf=none; {MX}; {PASS}"],
        # The named server says no, or does not say yes, in another of its headers.
        [f"{MX}; {FAIL}", f"{MX}; {PASS}"],
        [f"{MX}; {PASS}", f"{MX}; {FAIL}"],
        [f"{MX}; dkim=none", f"{MX}; {SIGNED}"],
        [f"{MX}; dkim=pass header.d=evil.example", f"{MX}; {SIGNED}"],
        [
            f"{MX}; spf=pass smtp.mailfrom=evil.example",
            f"{MX}; spf=pass smtp.mailfrom=microsoft.com",
        ],
        # Each result counts for its own domain.
        [f"{MX}; dkim=pass header.d=evil.example; dkim=fail header.d=microsoft.com"],
        [f"{MX}; dkim=pass; header.d=microsoft.com"],
        [f"{MX}; dkim=pass header.d=evil.example header.d=microsoft.com"],
        [f"{MX}; dkim=pass header.d=evil.example header.i=@microsoft.com"],
        [f"{MX}; spf=pass smtp.helo=microsoft.com"],
        [f"{MX}; dmarc=pass header.from=evil.example"],
        # Comments and quoted texts hold what a sender chose.
        [f"{MX}; spf=pass smtp.mailfrom=evil.example (x; {PASS})"],
        [f"{MX}; spf=pass (a (b; {SIGNED}) c) smtp.mailfrom=evil.example"],
        [f'{MX}; spf=pass smtp.mailfrom="x; {SIGNED}; y"@evil.example'],
        [f'{MX}; spf=pass reason="\\"; {PASS}; " smtp.mailfrom=evil.example'],
        [f"{MX}; none"],
        [f"{MX}; x-dmarc=pass header.from=microsoft.com"],
    ],
)
def test_anything_else_proves_nothing(values: list[str]) -> None:
    assert of_headers(*values) == ""


def test_exchange_online_writes_no_id_and_its_results_count_where_no_server_is_named() -> None:
    exchange = (
        "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=microsoft.com; dkim=pass (verified) "
        "header.d=microsoft.com;dmarc=pass action=none header.from=microsoft.com;compauth=pass"
    )
    bad = "spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=fail header.from=microsoft.com"

    assert of_headers(exchange, authserv_id=NO_ID) == "dmarc"
    assert of_headers(exchange, f"evil.example; {FAIL}", authserv_id=NO_ID) == "dmarc"
    assert of_headers(f"evil.example; {PASS}", authserv_id=NO_ID) == ""
    assert of_headers(bad, exchange, authserv_id=NO_ID) == ""
    assert of_headers("dkim=none; dmarc=none", SIGNED, authserv_id=NO_ID) == ""


JOINED = f"mail2.example; {FAIL} ; {MX}; {SIGNED}; {PASS}"


@pytest.mark.parametrize(
    ("text", "authserv_id", "method"),
    [
        (JOINED, MX, "dmarc"),
        (JOINED.replace("; mx", "\r\nmx"), MX, "dmarc"),
        (f"{MX};\r\n {PASS}", MX, "dmarc"),
        (JOINED, "mail2.example", ""),
        (JOINED, NO_ID, ""),
        (PASS, NO_ID, "dmarc"),
        (f"{MX}; {PASS}", NO_ID, ""),
        # Whose the results are cannot be known.
        (f"{PASS}\n{MX}; {FAIL}", NO_ID, ""),
        (f"{PASS}\n{MX}; spf=none", NO_ID, ""),
        ("", MX, ""),
    ],
)
def test_headers_that_were_joined_are_told_apart(text: str, authserv_id: str, method: str) -> None:
    assert proof(joined_results(text, authserv_id)) == method


def test_the_reason_names_the_server_whose_results_do_not_count() -> None:
    results = authentication_results([("Authentication-Results", f"mx.first.example; {PASS}")])
    mail = Mail(provider="graph", message_id="m", sender=AZURE, auth_results=results)

    reason = authenticate_sender(mail, AZURE_SENDERS)

    assert "results of mx.first.example do not count" in str(reason)
    assert "name it in FORESTALL_MAIL (graph.authserv_id)" in str(reason)


def test_a_report_has_its_results_in_order() -> None:
    (report,) = read_reports(f"{MX} 1; {SIGNED}; arc=none; {FAIL}")

    assert [(each.method, each.result, each.domain) for each in report.results] == [
        ("dkim", AuthResult.PASS, "microsoft.com"),
        ("dmarc", AuthResult.FAIL, "microsoft.com"),
    ]


@pytest.mark.parametrize(
    ("results", "method"),
    [
        # as programs write them
        ("dkim=pass header.i=@esp.net header.s=a; dkim=pass header.i=@microsoft.com", "dkim"),
        ("dkim=fail header.d=microsoft.com header.s=x; dkim=pass header.d=microsoft.com", "dkim"),
        ("dkim=temperror header.d=esp.net; dkim=pass header.d=microsoft.com", "dkim"),
        ('dkim=pass reason="good; really" header.d=microsoft.com', "dkim"),
        ("dkim=pass header.d=microsoft.com.", "dkim"),
        ("dkim=pass header.i=azure@mail.microsoft.com", "dkim"),
        ("DKIM=PASS header.d=MICROSOFT.COM", "dkim"),
        ("dkim=pass (Schl\u00fcssel mit 2048 Bit) header.d=microsoft.com", "dkim"),
        ("dmarc=pass(p=REJECT) header.from=microsoft.com;", "dmarc"),
        ("dmarc=none header.from=microsoft.com; dkim=pass header.d=microsoft.com", "dkim"),
        ("spf=pass smtp.helo=mx.azure.example; spf=pass smtp.mailfrom=microsoft.com", "spf"),
        ("spf=fail smtp.helo=mx.azure.example; spf=pass smtp.mailfrom=x@microsoft.com", "spf"),
        ("spf=pass smtp.mfrom=x@microsoft.com", "spf"),
        ("spf=pass smtp.mail=x@microsoft.com", "spf"),
        # no proof
        ("spf=pass smtp.helo=mail.microsoft.com", ""),
        ("spf=pass", ""),
        ("spf=pass smtp.mailfrom=evil.example; spf=pass smtp.mailfrom=microsoft.com", ""),
        ("spf=pass smtp.mailfrom=evil.example smtp.mail=microsoft.com", ""),
        ("dkim=pass header.d=evil.example header.i=@microsoft.com", ""),
        ("dkim=pass header.d=microsoft.com header.d=evil.example", ""),
        ("dkim=pass header.d=evilmicrosoft.com", ""),
        ("dkim=pass header.d=com", ""),
        ("dkim=policy header.d=microsoft.com", ""),
        ("dkim=neutral header.d=microsoft.com", ""),
        ("dmarc=bestguesspass header.from=microsoft.com", ""),
        ("dmarc=fail header.from=microsoft.com; dkim=pass header.d=microsoft.com", ""),
        ("arc=pass header.d=microsoft.com", ""),
        ("x-dkim=pass header.d=microsoft.com", ""),
        ("dkim-adsp=pass header.from=microsoft.com", ""),
        ('dkim=fail reason="x; dkim=pass header.d=microsoft.com', ""),
        ("dkim=fail (x; dkim=pass header.d=microsoft.com", ""),
        ("none", ""),
    ],
)
def test_each_result_counts_for_the_domain_that_it_names(results: str, method: str) -> None:
    assert of_headers(f"{MX}; {results}") == method
    assert of_headers(f"({MX}) {MX} (a comment);\r\n\t{results}") == method
    assert of_headers(f"evil.example; {results}") == ""


@pytest.mark.parametrize(
    "server",
    [
        "mx.example.com.evil.example",
        "evil.mx.example.com",
        "mx-example.com",
        "evil.example; mx.example.com",
    ],
)
def test_a_server_with_a_similar_name_is_another_one(server: str) -> None:
    assert of_headers(f"{server}; {PASS}") == ""


@pytest.mark.parametrize(
    ("text", "authserv_id", "method"),
    [
        (f"Authentication-Results: {MX}; {PASS}", MX, "dmarc"),
        (f"authentication-results :{MX}; {PASS}", MX, "dmarc"),
        (f"Authentication-Results: {PASS}", NO_ID, "dmarc"),
        (f"Authentication-Results: {MX};\r\n {PASS}", MX, "dmarc"),
        (f"Authentication-Results: other.example; {FAIL}\nAuthentication-Results: {MX}; {PASS}",
         MX, "dmarc"),
        # Results of another server, and headers with another name, prove as little as before.
        (f"Authentication-Results: other.example; {PASS}", MX, ""),
        (f"Authentication-Results: {PASS}\nAuthentication-Results: {FAIL}", NO_ID, ""),
        (f"Authentication-Results: {PASS}\nAuthentication-Results: x.example; {PASS}", NO_ID, ""),
        (f"ARC-Authentication-Results: i=1; {PASS}", MX, ""),
        (f"X-Authentication-Results: {MX}; {PASS}", MX, ""),
        (f"Subject: Authentication-Results: {MX}; {PASS}", MX, ""),
    ],
)  # fmt: skip
def test_headers_that_are_copied_with_their_name_are_read(
    text: str, authserv_id: str, method: str
) -> None:
    assert proof(joined_results(text, authserv_id)) == method
