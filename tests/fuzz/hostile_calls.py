"""Calls that are made to be slow, each kind in any size, as each service makes them.

Signed, so that they are read.

Raw mails come by Mailgun. Hostile input other than a raw mail comes by the service of its form.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.domain.notices.http import WebhookRequest
from tests.fuzz.hostile_mails import MAILS, SENDER, Raw
from tests.unit.notices.signers import NOW, SendGridAccount, Sns, mailgun_signature

SECRET = "a-word-of-sixteen-and-more"
TOPIC = "arn:aws:sns:us-east-1:111111111111:SES_Inbound"
ACCOUNT = SendGridAccount()
SNS = Sns()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call, the mail service that makes it, and the mail that Microsoft Graph has for us."""

    provider: str
    call: WebhookRequest
    fetched: bytes = b"{}"


type Sender = Callable[[int], Sent]
"""A call with about so many bytes."""


def _form(fields: Mapping[str, bytes]) -> bytes:
    parts = [
        b'--xYzZY\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value)
        for name, value in fields.items()
    ]
    return b"".join([*parts, b"--xYzZY--\r\n"])


MULTIPART = {"content-type": "multipart/form-data; boundary=xYzZY"}


def mailgun_fields() -> dict[str, str]:
    """The fields of a mail by Mailgun that has a proved sender, signed."""
    stamp, token = str(int(NOW.timestamp())), "t" * 50
    return {
        "from": SENDER,
        "sender": "bounces@microsoft.com",
        "message-headers": '[["X-Mailgun-Spf", "Pass"]]',
        "timestamp": stamp,
        "token": token,
        "signature": mailgun_signature(SECRET, stamp, token),
    }


def mailgun(fields: Mapping[str, bytes]) -> Sent:
    """A mail by Mailgun."""
    body = _form({name: value.encode() for name, value in mailgun_fields().items()} | dict(fields))
    return Sent(provider="mailgun", call=WebhookRequest(body=body, headers=MULTIPART))


def raw_mail(raw: bytes) -> Sent:
    """A raw mail by Mailgun."""
    return mailgun({"body-mime": raw})


def sendgrid(fields: Mapping[str, bytes]) -> Sent:
    """A mail by SendGrid."""
    body = _form(
        {"from": SENDER.encode(), "SPF": b"pass", "envelope": b'{"from": "b@microsoft.com"}'}
        | dict(fields)
    )
    return Sent(
        provider="sendgrid",
        call=WebhookRequest(body=body, headers=MULTIPART | ACCOUNT.headers(body)),
    )


def ses(**message: object) -> Sent:
    """A mail by Amazon SES over SNS."""
    own = {"notificationType": "Received", "receipt": {"dmarcVerdict": {"status": "PASS"}}}
    mail = {"commonHeaders": {"from": [SENDER]}}
    queued = {"Type": "Notification", "MessageId": "m", "TopicArn": TOPIC}
    signed = SNS.sign(queued | {"Message": json.dumps(own | {"mail": mail} | message)})
    return Sent(provider="ses", call=WebhookRequest(body=json.dumps(signed).encode()))


def postmark(fields: bytes) -> Sent:
    """A mail by Postmark; the fields as JSON, without their braces."""
    login = base64.b64encode(f"postmark:{SECRET}".encode()).decode()
    body = b'{"From": "%s", ' % SENDER.encode() + fields + b"}"
    return Sent(
        provider="postmark",
        call=WebhookRequest(body=body, headers={"authorization": f"Basic {login}"}),
    )


def plain(**fields: object) -> Sent:
    """A mail in the plain form."""
    mail = {"from": SENDER, "subject": "Azure", "body": "x", "authenticated": True} | fields
    return Sent(
        provider="plain",
        call=WebhookRequest(body=json.dumps(mail).encode(), headers={"x-forestall-secret": SECRET}),
    )


def graph(fields: bytes) -> Sent:
    """A mail that Microsoft Graph reports and that the app fetches.

    The fields as JSON, without their braces.
    """
    item = {"clientState": SECRET, "resource": "users/a@b.c/messages/A", "subscriptionId": "s"}
    fetched = b'{"from": {"emailAddress": {"address": "%s"}}, ' % SENDER.encode() + fields + b"}"
    return Sent(
        provider="graph",
        call=WebhookRequest(body=json.dumps({"value": [item]}).encode()),
        fetched=fetched,
    )


def nested(size: int) -> bytes:
    """Lists in lists, as JSON."""
    return b"[" * (size // 2) + b"]" * (size // 2)


def _listed(size: int, name: str, value: str, text: str = "y") -> list[dict[str, str]]:
    return [{name: "X", value: text}] * (size // (20 + len(name + value + text)))


def _json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()[1:-1]


CALLS: dict[str, Sender] = {
    "mailgun: listed headers": lambda size: mailgun(
        {"message-headers": json.dumps([["X", "y"]] * (size // 12)).encode()}
    ),
    "mailgun: nested JSON": lambda size: mailgun({"message-headers": nested(size)}),
    "mailgun: brackets in JSON": lambda size: mailgun(
        {"message-headers": b"[" + b"[]," * (size // 3) + b"1]"}
    ),
    "mailgun: quotes in JSON": lambda size: mailgun(
        {"message-headers": b"[" * 70 + b'"' + b'\\"' * (size // 2)}
    ),
    "mailgun: empty texts in JSON": lambda size: mailgun(
        {"message-headers": b"[" * 70 + b'""' * (size // 2)}
    ),
    "mailgun: comments in the address": lambda size: mailgun(
        {"from": b"(" * (size // 2) + b")" * (size // 2)}
    ),
    "mailgun: a field's name without end": lambda size: mailgun({"x" * size: b"y"}),
    "mailgun: semicolons in a field's header": lambda size: mailgun({'x"' + ";" * size: b"y"}),
    "mailgun: a quote that never ends in a field's header": lambda size: mailgun(
        {'x"; y="' + ";a" * (size // 2): b"y"}
    ),
    "mailgun: lines in a field's header": lambda size: mailgun(
        {'x"\r\n' + "y\r\n" * (size // 3): b"y"}
    ),
    "mailgun: fields": lambda size: mailgun({f"x{number}": b"y" for number in range(size // 55)}),
    "mailgun: text": lambda size: mailgun({"body-plain": b"subscription " * (size // 13)}),
    "sendgrid: a raw mail": lambda size: sendgrid(
        {"email": MAILS["a quote that never ends"](size)}
    ),
    "sendgrid: charset punycode": lambda size: sendgrid(
        {"charsets": b'{"text": "punycode"}', "text": b"9" * size}
    ),
    "sendgrid: headers": lambda size: sendgrid({"headers": b"X: y\n" * (size // 5)}),
    "sendgrid: signatures": lambda size: sendgrid({"dkim": b"{@a.b : pass}" * (size // 13)}),
    "sendgrid: nested JSON": lambda size: sendgrid(
        {"charsets": b'{"a":' * (size // 5), "envelope": nested(size)}
    ),
    "ses: a raw mail": lambda size: ses(content=MAILS["a quote that never ends"](size).decode()),
    "ses: listed headers": lambda size: ses(mail={"headers": _listed(size, "name", "value")}),
    "ses: nested JSON": lambda size: ses(content=json.loads(nested(500)), more="x" * size),
    "ses: authors": lambda size: ses(mail={"commonHeaders": {"from": ["a@b.c"] * (size // 9)}}),
    "postmark: listed headers": lambda size: postmark(
        _json(Headers=_listed(size, "Name", "Value"))
    ),
    "postmark: nested JSON": lambda size: postmark(b'"Headers":' + nested(size)),
    "postmark: nested JSON that is passed over": lambda size: postmark(
        b'"Attachments":' + nested(size)
    ),
    "postmark: fields": lambda size: postmark(
        b",".join(b'"a%d":1' % number for number in range(size // 9))
    ),
    "postmark: a number with many digits": lambda size: postmark(b'"Subject":' + b"9" * size),
    "postmark: results": lambda size: postmark(
        _json(Headers=[{"Name": "Received-SPF", "Value": "envelope-from=" * (size // 14)}])
    ),
    "postmark: text": lambda size: postmark(_json(TextBody="subscription " * (size // 13))),
    "plain: results": lambda size: plain(
        authenticationResults="dmarc=pass header.from=" * (size // 23)
    ),
    "plain: comments in the address": lambda size: plain(
        **{"from": "(" * (size // 2) + ")" * (size // 2)}
    ),
    "plain: text": lambda size: plain(body="x" + "<style>" * (size // 7)),
    "graph: listed headers": lambda size: graph(
        _json(internetMessageHeaders=_listed(size, "name", "value"))
    ),
    "graph: nested JSON": lambda size: graph(b'"body":' + nested(size)),
    "graph: text": lambda size: graph(
        _json(body={"contentType": "html", "content": "x" + "&#9" * (size // 3)})
    ),
}


def _by_mailgun(raw: Raw, size: int) -> Sent:
    return raw_mail(raw(size))


KINDS: dict[str, Sender] = {name: partial(_by_mailgun, raw) for name, raw in MAILS.items()} | CALLS
