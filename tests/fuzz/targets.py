"""The parsers of untrusted input, each as a function of bytes that may refuse but never fail.

And seeds to start from.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from shared.adapters.mail.authentication_results import authentication_results, joined_results
from shared.adapters.mail.forms import read_form
from shared.adapters.mail.graph.client import GraphClient, GraphResponse
from shared.adapters.mail.headers import (
    sent_by,
    signed_by,
    signers,
    worst_of,
)
from shared.adapters.mail.mime.reading import read_mime
from shared.adapters.mail.providers import graph, mailgun, plain, postmark, sendgrid, ses
from shared.adapters.memory import InlineWorker, SettableClock
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.domain.notices.azure_monitor import read_azure_monitor
from shared.domain.notices.decoding import DecoderFailed
from shared.domain.notices.event_grid import read_events, validation_code
from shared.domain.notices.http import MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.json_fields import read_fields
from shared.domain.notices.mail.message import Mail
from shared.domain.notices.mail.reading import read_maintenance_mail
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import UnreadableNotice
from shared.domain.notices.untrusted_json import as_dict, read_json

type Target = Callable[[bytes], None]

DATA = Path(__file__).parents[1] / "data"
BOUNDARY = "multipart/form-data; boundary=xYzZY"
URLENCODED = "application/x-www-form-urlencoded"


def _alert(data: bytes) -> None:
    assert len(read_azure_monitor(read_json(data)).id) == 32


def _events(data: bytes) -> None:
    payload = read_json(data)
    if validation_code(payload) is None:
        assert all(len(each.id) == 32 for each in read_events(payload))


def _sendgrid(data: bytes) -> None:
    form = read_form(WebhookRequest(body=data, headers={"content-type": BOUNDARY}))
    if not isinstance(form, Refusal):
        _understood(sendgrid.mail_in(form))


def _mailgun(data: bytes) -> None:
    form = read_form(WebhookRequest(body=data, headers={"content-type": URLENCODED}))
    if not isinstance(form, Refusal):
        _understood(mailgun.mail_in(form))


def _postmark(data: bytes) -> None:
    _understood(postmark.mail_in(read_fields(data, postmark.FIELDS), data))


def _ses(data: bytes) -> None:
    values = as_dict(read_json(data)).items()
    for mail in ses.mails_in({name: value for name, value in values if isinstance(value, str)}):
        _understood(mail)


def _graph(data: bytes) -> None:
    _understood(graph.mail_in(read_fields(data, graph.FIELDS)))


def _plain(data: bytes) -> None:
    _understood(plain.mail_in(read_fields(data, plain.FIELDS), data))


def _mime(data: bytes) -> None:
    parts = read_mime(data)
    _understood(
        Mail(
            provider="mime",
            message_id="",
            sender="",
            subject=parts.subject,
            text=parts.text,
            html=parts.html,
        )
    )


async def _keys(_: str) -> bytes:
    key = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key(), as_dict=True)
    return json.dumps({"keys": [key | {"kid": "k", "use": "sig"}]}).encode()


_LOOP = asyncio.new_event_loop()
_TOKENS = EntraTokens(
    tenant="t", audiences=("a",), caller="c", authority="https://login.invalid",
    clock=SettableClock(now=datetime(2026, 11, 23, tzinfo=UTC)), fetch=_keys,
)  # fmt: skip


def _token(data: bytes) -> None:
    call = WebhookRequest(headers={"authorization": f"Bearer {data.decode('latin-1')}"})
    assert isinstance(_LOOP.run_until_complete(_TOKENS.authenticate(call)), Refusal)


class _NoGraph(GraphClient):
    """Graph that has every message, and nothing in it."""

    def __init__(self) -> None:
        """It lives nowhere, and asks for no token."""

    async def request(self, method: str, path: str, **_: object) -> GraphResponse:
        assert (method, path.startswith("/v1.0/users/"), ".." in path.split("/")) == (
            "GET",
            True,
            False,
        )
        return GraphResponse(status=200)


#: with the word that the documented sample has
_GRAPH = graph.GraphMail(client_state="secretClientValue", client=_NoGraph(), worker=InlineWorker())


def _notification(data: bytes) -> None:
    response = _LOOP.run_until_complete(_GRAPH.read_mails(WebhookRequest(body=data)))
    if isinstance(response, MailDelivery):
        assert all(len(each) <= 300 for each in response.events)


def _headers(data: bytes) -> None:
    """Lines of headers, as a mail's own and as what a server found."""
    lines = [line.partition(":") for line in data.decode("latin-1").splitlines()]
    headers = [(name, value) for name, _, value in lines]
    checks = authentication_results(
        [("Authentication-Results", value) for _, value in headers] + headers
    )
    assert checks.dmarc_domain is not None
    joined_results(data.decode("latin-1"), "mx.example.com")
    assert signed_by(signers(headers), worst_of(headers, "X-Mailgun-Dkim-Check-Result"))[1:] == ()
    assert len(sent_by(value for _, value in headers)) <= 253


def _understood(mail: Mail) -> None:
    notice = read_maintenance_mail(mail)
    assert len(notice.id) == 32
    assert len(notice.title) <= 300
    authenticate_sender(mail, AZURE_SENDERS)


TARGETS: tuple[Target, ...] = (
    _alert,
    _events,
    _sendgrid,
    _mailgun,
    _postmark,
    _ses,
    _graph,
    _plain,
    _mime,
    _token,
    _notification,
    _headers,
)


def feed(data: bytes) -> None:
    """Give an input to the parser that its first byte chooses; it may refuse, and nothing else."""
    if not data:
        return
    try:
        TARGETS[data[0] % len(TARGETS)](data[1:])
    except UnreadableNotice as refusal:
        assert str(refusal)  # noqa: PT017 - a refusal always says why
        # And none is an accident.
        assert not isinstance(refusal, DecoderFailed), refusal.__cause__  # noqa: PT017


def seeds() -> Iterator[bytes]:
    """Every documented sample, for every parser: what is one's form is another's garbage."""
    samples = [
        each.read_bytes()
        for each in sorted(DATA.glob("webhooks/*.*")) + sorted(DATA.glob("mail/*.eml"))
    ]
    mails = [each.read_text(errors="replace") for each in sorted(DATA.glob("mail/*.eml"))]
    samples += [
        urlencode({"from": "a@b.c", "subject": "x", "body-mime": each}).encode() for each in mails
    ]
    samples += [
        (
            b"Authentication-Results: spf=pass smtp.mailfrom=a@microsoft.com; dkim=pass "
            b"header.d=microsoft.com; dmarc=pass action=none header.from=microsoft.com\r\n"
            b"DKIM-Signature: v=1; a=rsa-sha256; d=microsoft.com; s=x; z=a d=b; b=c"
        ),
        (
            b"Received-SPF: Pass (ok) envelope-from=<a@b.c>; helo=x\n"
            b"X-Mailgun-Dkim-Check-Result: Pass\nFrom: a@b.c\nFrom: d@e.f"
        ),
    ]
    samples.append(b"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJhdWQiOiJhIiwiZXhwIjoxfQ.c2ln")
    for sample in samples:
        yield from (bytes([number]) + sample for number in range(len(TARGETS)))
