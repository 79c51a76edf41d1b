"""The dialects of the mail services.

Their documented samples are read, and forged ones are refused.
"""

import base64
import json
import tracemalloc
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.mail.providers.sendgrid import SIGNATURE, TIMESTAMP, SendGrid, is_signed
from shared.adapters.memory import InlineWorker, SettableClock
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.message import AuthResult, Mail
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import UnreadableNotice
from shared.ports import MailService
from tests.unit.notices.samples import DATA, sample
from tests.unit.notices.signers import NOW, SendGridAccount, mailgun_signature

CLOCK = SettableClock(now=NOW)
MULTIPART = {"content-type": "multipart/form-data; boundary=xYzZY"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
SECRET = "a-word-of-sixteen-and-more"


async def accepted_mail(webhook: MailService, call: WebhookRequest) -> Mail:
    delivery = await webhook.read_mails(call)
    assert isinstance(delivery, MailDelivery), delivery
    (mail,) = delivery.mails
    return mail


async def refusal_of(webhook: MailService, call: WebhookRequest) -> Refusal:
    response = await webhook.read_mails(call)
    assert isinstance(response, Refusal), response
    return response


# SendGrid


def sendgrid_body(name: str) -> bytes:
    return (DATA / "webhooks" / f"sendgrid-inbound-parse-{name}.txt").read_bytes()


async def test_sendgrids_default_sample_is_read() -> None:
    account, body = SendGridAccount(), sendgrid_body("default")
    webhook = SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker())

    mail = await accepted_mail(
        webhook, WebhookRequest(body=body, headers=MULTIPART | account.headers(body))
    )

    assert (mail.sender, mail.envelope_from) == ("test@example.com", "test@example.com")
    assert (mail.subject, mail.text.strip()) == ("Testing non-raw", "Hello Twilio SendGrid!")
    assert mail.auth_results.spf is AuthResult.PASS
    assert mail.auth_results.dkim == (("sendgrid.com", AuthResult.PASS),)


async def test_sendgrids_raw_sample_is_read() -> None:
    account, body = SendGridAccount(), sendgrid_body("raw")
    webhook = SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker())

    mail = await accepted_mail(
        webhook, WebhookRequest(body=body, headers=MULTIPART | account.headers(body))
    )

    assert mail.text.strip() == "Hello Twilio SendGrid!"
    assert "<strong>" in mail.html


async def test_a_field_is_decoded_by_the_charset_that_is_named_or_else_as_latin_1() -> None:
    account = SendGridAccount()
    fields = {
        "charsets": b'{"subject": "windows-1252", "text": "nonsense-8"}',
        "subject": b"Wartung f\xfcr VMs",
        "text": b"\xfc",
    }
    body = (
        b"".join(
            b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
            % (name.encode(), value)
            for name, value in fields.items()
        )
        + b"--xYzZY--\r\n"
    )

    mail = await accepted_mail(
        SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker()),
        WebhookRequest(body=body, headers=MULTIPART | account.headers(body)),
    )

    assert (mail.subject, mail.text) == ("Wartung für VMs", "ü")


async def test_attachments_are_passed_over_however_large() -> None:
    account = SendGridAccount()
    attached = (
        b'--xYzZY\r\nContent-Disposition: form-data; name="attachment1"; filename="a.pdf"\r\n\r\n'
        + b"\0" * 6_000_000
        + b"\r\n"
    )
    body = attached + sendgrid_body("default").replace(b"\n", b"\r\n")

    mail = await accepted_mail(
        SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker()),
        WebhookRequest(body=body, headers=MULTIPART | account.headers(body)),
    )

    assert mail.subject == "Testing non-raw"


@pytest.mark.parametrize("case", ["valid", "publicKey", "body", "signature", "timestamp"])
def test_sendgrids_own_signature_vectors(case: str) -> None:
    vectors = sample("sendgrid-signature-vectors")
    change: dict[str, str] = next(
        (each for each in vectors["invalid"] if each["change"] == case), {}
    )
    vector: Mapping[str, str] = vectors["valid"] | change

    holds = is_signed(
        vector["timestamp"].encode(),
        vector["body"].encode(),
        public_key=vector["publicKey"],
        signature=vector["signature"],
    )

    assert holds is (case == "valid")


async def test_forged_and_old_calls_in_sendgrids_name_are_refused() -> None:
    account, body = SendGridAccount(), sendgrid_body("default")
    webhook = SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker())
    good = MULTIPART | account.headers(body)
    old = MULTIPART | account.headers(body, NOW - timedelta(hours=2))
    early = MULTIPART | account.headers(body, NOW + timedelta(hours=2))
    forged = [
        WebhookRequest(body=body + b" ", headers=good),
        WebhookRequest(body=body, headers=good | {TIMESTAMP: str(int(NOW.timestamp()) + 1)}),
        WebhookRequest(body=body, headers=good | {SIGNATURE: ""}),
        WebhookRequest(body=body, headers=good | {SIGNATURE: "!"}),
        WebhookRequest(body=body, headers=MULTIPART),
        WebhookRequest(body=body, headers=MULTIPART | SendGridAccount().headers(body)),
        WebhookRequest(body=body, headers=old),
        WebhookRequest(body=body, headers=early),
    ]
    assert [(await refusal_of(webhook, each)).status for each in forged] == [401] * len(forged)
    assert (
        await refusal_of(
            SendGrid(key="", clock=CLOCK, worker=InlineWorker()),
            WebhookRequest(body=body, headers=good),
        )
    ).status == 403
    assert (
        await refusal_of(
            SendGrid(key="no key", clock=CLOCK, worker=InlineWorker()),
            WebhookRequest(body=body, headers=good),
        )
    ).status == 401


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 415),
        ("", b"x", 415),
        ("multipart/form-data; boundary=b", b"no form at all", 400),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="t"\r\n\r\n' * 300,
            413,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
            + b"x" * 5_000_000
            + b"\r\n--b--",
            413,
        ),
        ("application/x-www-form-urlencoded", b"a=b&" * 300, 413),
    ],
)
async def test_a_signed_body_that_is_no_form_is_refused(
    content_type: str, body: bytes, status: int
) -> None:
    account = SendGridAccount()
    call = WebhookRequest(body=body, headers={"content-type": content_type} | account.headers(body))

    assert (
        await refusal_of(SendGrid(key=account.public_key, clock=CLOCK, worker=InlineWorker()), call)
    ).status == status


# Mailgun


def mailgun_sample() -> tuple[str, dict[str, str]]:
    fixture = sample("mailgun-route-forward")
    return fixture["signingKey"], fixture["form"]


def mailgun_call(form: Mapping[str, str]) -> WebhookRequest:
    return WebhookRequest(body=urlencode(form).encode(), headers=URLENCODED)


async def test_mailguns_sample_is_read_and_its_signature_holds_at_its_time() -> None:
    key, form = mailgun_sample()
    then = SettableClock(now=NOW.fromtimestamp(int(form["timestamp"]), NOW.tzinfo))

    mail = await accepted_mail(
        Mailgun(key=key, clock=then, worker=InlineWorker()), mailgun_call(form)
    )

    assert (mail.sender, mail.envelope_from) == (
        "from+test@example.org",
        "envelope-from@example.org",
    )
    assert (mail.message_id, mail.subject) == ("<CAEPk3R+4Zr@mail.example.org>", "Test subject")
    assert mail.auth_results.spf is AuthResult.PASS
    assert mail.auth_results.dkim == (("example.org", AuthResult.PASS),)


async def test_forged_and_old_calls_in_mailguns_name_are_refused() -> None:
    key, form = mailgun_sample()
    then = SettableClock(now=NOW.fromtimestamp(int(form["timestamp"]), NOW.tzinfo))
    webhook = Mailgun(key=key, clock=then, worker=InlineWorker())
    for change in (
        {"signature": ""},
        {"signature": "ü"},
        {"timestamp": "1461261331"},
        {"token": "other"},
    ):
        assert (await refusal_of(webhook, mailgun_call(form | change))).status == 401
    assert (
        await refusal_of(Mailgun(key=key, clock=CLOCK, worker=InlineWorker()), mailgun_call(form))
    ).status == 401  # years later
    assert (
        await refusal_of(Mailgun(key="", clock=CLOCK, worker=InlineWorker()), mailgun_call(form))
    ).status == 403
    nonsense = form | {
        "timestamp": "soon",
        "signature": mailgun_signature(key, "soon", form["token"]),
    }
    assert (await refusal_of(webhook, mailgun_call(nonsense))).status == 401


@pytest.mark.parametrize("moved", [-1, 1])
async def test_a_digit_moved_between_time_and_token_leaves_the_signature_and_is_refused(
    moved: int,
) -> None:
    """What Mailgun signs is both in one text.

    A token of another reading would not be known again.
    """
    key, form = mailgun_sample()
    text = form["timestamp"] + form["token"]
    shifted = form | {"timestamp": text[: 10 + moved], "token": text[10 + moved :]}
    at = SettableClock(now=NOW.fromtimestamp(int(shifted["timestamp"]), NOW.tzinfo))

    refusal = await refusal_of(
        Mailgun(key=key, clock=at, worker=InlineWorker()), mailgun_call(shifted)
    )

    assert (refusal.status, "timestamp" in refusal.reason) == (401, True)


async def test_what_was_signed_for_later_is_refused() -> None:
    key, form = mailgun_sample()
    for ahead, opens in ((timedelta(minutes=4), True), (timedelta(minutes=6), False)):
        at = SettableClock(now=NOW.fromtimestamp(int(form["timestamp"]), NOW.tzinfo) - ahead)
        response = await Mailgun(key=key, clock=at, worker=InlineWorker()).read_mails(
            mailgun_call(form)
        )
        assert isinstance(response, MailDelivery) is opens


async def test_mailguns_token_is_bound_to_the_content_as_its_signature_is_not() -> None:
    key, form = mailgun_sample()
    then = SettableClock(now=NOW.fromtimestamp(int(form["timestamp"]), NOW.tzinfo))
    first, again, other = [
        await Mailgun(key=key, clock=then, worker=InlineWorker()).read_mails(mailgun_call(each))
        for each in (form, form, form | {"subject": "forged"})
    ]

    assert isinstance(first, MailDelivery)
    assert isinstance(again, MailDelivery)
    assert isinstance(other, MailDelivery)
    assert first.token == other.token
    assert first.digest == again.digest != other.digest


# Postmark

HOP = ("Received", "from a.example by b.example")
SPF_PASS = ("Received-SPF", "Pass")


def spam_tests(names: str) -> tuple[str, str]:
    return ("X-Spam-Tests", names)


def postmark_call(body: object, login: str = f"postmark:{SECRET}") -> WebhookRequest:
    credentials = base64.b64encode(login.encode()).decode()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(body=raw, headers={"authorization": f"Basic {credentials}"})


async def test_postmarks_sample_is_read() -> None:
    mail = await accepted_mail(
        Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()),
        postmark_call(sample("postmark-inbound")),
    )

    assert (mail.sender, mail.subject) == ("support@postmarkapp.com", "Test subject")
    assert mail.text == "This is a test text body."
    assert mail.auth_results.spf is AuthResult.NONE


@pytest.mark.parametrize(
    ("headers", "spf", "dkim"),
    [
        ([("Received-SPF", "Pass (sender SPF authorized)")], AuthResult.PASS, False),
        ([SPF_PASS, ("Received-SPF", "Fail")], AuthResult.FAIL, False),
        ([spam_tests("DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU")], AuthResult.NONE, True),
        ([spam_tests("DKIM_VALID_AU"), spam_tests("NONE")], AuthResult.NONE, False),
        ([spam_tests("DKIM_VALID,DKIM_VALID_AU_NOT")], AuthResult.NONE, False),
        # SpamAssassin and the header must not contradict each other.
        ([spam_tests("SPF_FAIL"), SPF_PASS], AuthResult.FAIL, False),
        ([spam_tests("SPF_PASS,SPF_HELO_NONE"), SPF_PASS], AuthResult.PASS, False),
        # Below the hop by which the mail came in, a header may be the sender's.
        ([HOP, SPF_PASS], AuthResult.NONE, False),
        ([HOP, spam_tests("DKIM_VALID_AU")], AuthResult.NONE, False),
        ([("Received", "by b.example (userid 996)"), SPF_PASS, HOP], AuthResult.PASS, False),
    ],
)  # fmt: skip
async def test_postmarks_headers_are_believed_only_in_their_worst(
    headers: list[tuple[str, str]],
    spf: AuthResult,
    dkim: bool,
) -> None:
    body = sample("postmark-inbound") | {
        "Headers": [{"Name": name, "Value": value} for name, value in headers]
    }

    mail = await accepted_mail(
        Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()), postmark_call(body)
    )

    signed = (("postmarkapp.com", AuthResult.PASS),) if dkim else ()
    assert (mail.auth_results.spf, mail.auth_results.dkim) == (spf, signed)


async def test_a_return_path_that_the_sender_wrote_makes_no_spf_of_a_strangers_domain_proof() -> (
    None
):
    headers = {
        "Return-Path": "<bounces@microsoft.com>",
        "Received-SPF": (
            "Pass (sender SPF authorized) identity=mailfrom; envelope-from=x@evil.example"
        ),
    }
    body = {
        "From": "azure-noreply@microsoft.com",
        "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
    }

    mail = await accepted_mail(
        Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()), postmark_call(body)
    )

    assert isinstance(authenticate_sender(mail, AZURE_SENDERS), str)


async def test_attachments_without_number_cost_no_more_memory_than_their_text() -> None:
    body = b'{"Subject": "s", "Attachments": [' + b"{}," * 3_000_000 + b"{}]}"
    tracemalloc.start()
    try:
        mail = await accepted_mail(
            Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()), postmark_call(body)
        )
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert mail.subject == "s"
    assert most < 3 * len(body)


@pytest.mark.parametrize(
    "login", ["", "postmark", "postmark:", f"other:{SECRET}", f"postmark:{SECRET}x", "ü:ü"]
)
async def test_a_wrong_login_is_refused_before_the_body_is_read(login: str) -> None:
    webhook = Postmark(login=f"postmark:{SECRET}", worker=InlineWorker())

    assert (await refusal_of(webhook, postmark_call(b"[" * 100_000, login))).status == 401


async def test_a_login_that_is_not_basic_or_not_set_is_refused() -> None:
    webhook = Postmark(login=f"postmark:{SECRET}", worker=InlineWorker())
    assert (
        await refusal_of(webhook, WebhookRequest(headers={"authorization": f"Bearer {SECRET}"}))
    ).status == 401
    assert (
        await refusal_of(webhook, WebhookRequest(headers={"authorization": "Basic !!!"}))
    ).status == 401
    assert (
        await refusal_of(Postmark(login="", worker=InlineWorker()), postmark_call({}))
    ).status == 403


async def test_what_is_no_json_is_unreadable() -> None:
    for body in (b"", b"{", b"[" * 100_000, b"\xff", b"9" * 5000):
        with pytest.raises(UnreadableNotice, match="not JSON"):
            await Postmark(login=f"postmark:{SECRET}", worker=InlineWorker()).read_mails(
                postmark_call(body)
            )


# The plain form

PLAIN: dict[str, Any] = {
    "from": "Microsoft Azure <azure-noreply@microsoft.com>",
    "subject": "Planned maintenance",
    "body": "<p>Azure</p>",
    "receivedDateTime": "2026-11-23T12:00:00Z",
    "messageId": "<1@x>",
}


def plain_call(body: object, secret: str = SECRET) -> WebhookRequest:
    return WebhookRequest(body=json.dumps(body).encode(), headers={"x-forestall-secret": secret})


@pytest.mark.parametrize(
    ("more", "accepted", "dmarc"),
    [
        ({"authenticated": True}, True, AuthResult.NONE),
        ({"authenticated": False}, False, AuthResult.NONE),
        ({"authenticated": None}, False, AuthResult.NONE),
        ({}, False, AuthResult.NONE),
        ({"authenticationResults": "dmarc=pass"}, False, AuthResult.PASS),
        ({"authenticationResults": "dmarc=fail", "authenticated": True}, False, AuthResult.FAIL),
    ],
)
async def test_the_plain_form_says_whether_the_sender_is_authentic(
    more: dict[str, object],
    accepted: bool,
    dmarc: AuthResult,
) -> None:
    mail = await accepted_mail(
        PlainJson(secret=SECRET, worker=InlineWorker()), plain_call(PLAIN | more)
    )

    assert (mail.sender, mail.html, mail.message_id) == (
        "azure-noreply@microsoft.com",
        "<p>Azure</p>",
        "<1@x>",
    )
    assert (mail.auth_results.accepted_by_service, mail.auth_results.dmarc) == (accepted, dmarc)


async def test_the_plain_form_needs_its_word_and_its_fields() -> None:
    webhook = PlainJson(secret=SECRET, worker=InlineWorker())
    assert (await refusal_of(webhook, plain_call(PLAIN, "wrong"))).status == 401
    assert (await refusal_of(webhook, WebhookRequest())).status == 401
    assert (
        await refusal_of(PlainJson(secret="", worker=InlineWorker()), plain_call(PLAIN, ""))
    ).status == 403
    by_query = WebhookRequest(body=json.dumps(PLAIN).encode(), query={"secret": SECRET})
    assert (await accepted_mail(webhook, by_query)).subject == "Planned maintenance"
    with pytest.raises(UnreadableNotice, match="'from', 'body'"):
        await webhook.read_mails(plain_call({"subject": "s", "from": 7}))
