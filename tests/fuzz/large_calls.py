"""Mails of any size up to the limit on bodies, as honest and hostile senders make them large.

Some have attachments and some have none.
"""

from urllib.parse import urlencode

from shared.domain.notices.http import WebhookRequest
from tests.fuzz.hostile_calls import (
    Sender,
    Sent,
    mailgun,
    mailgun_fields,
    plain,
    postmark,
    sendgrid,
)


def _urlencoded(name: str, content: bytes) -> Sent:
    body = urlencode(mailgun_fields()).encode() + b"&" + name.encode() + b"=" + content
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Sent(provider="mailgun", call=WebhookRequest(body=body, headers=headers))


def _attachments(size: int, each: int) -> bytes:
    one = b'{"Name": "a", "ContentType": "application/pdf", "Content": "' + b"A" * each + b'"}'
    return b'"Attachments": [' + b",".join([one] * max(1, size // len(one))) + b"]"


def _field(name: str, content: bytes) -> Sent:
    """A mail by Postmark with one field of any JSON."""
    return postmark(b'"%s": %s' % (name.encode(), content))


def _text(content: bytes) -> bytes:
    return b'"' + content + b'"'


def _list(item: bytes, count: int) -> bytes:
    return b"[" + item + (b"," + item) * count + b"]"


def _file(content: bytes) -> dict[str, bytes]:
    return {'x"; filename="y': content}


LARGE: dict[str, Sender] = {
    "postmark: one attachment": lambda size: postmark(_attachments(size, size)),
    "postmark: attachments": lambda size: postmark(_attachments(size, 100)),
    "postmark: empty attachments": lambda size: _field("Attachments", _list(b"{}", size // 3)),
    "postmark: one long text": lambda size: _field("TextBody", _text(b"x" * size)),
    "postmark: one text of escapes": lambda size: _field(
        "TextBody", _text(b"\\u4e00" * (size // 6))
    ),
    "postmark: one long HTML": lambda size: _field("HtmlBody", _text(b"<b>" * (size // 3))),
    "postmark: headers": lambda size: _field("Headers", _list(b"{}", size // 3)),
    "postmark: fields": lambda size: postmark(b",".join([b'"a":1'] * (size // 6))),
    "postmark: numbers": lambda size: _field("Subject", _list(b"1", size // 2)),
    "plain: one long text": lambda size: plain(body="x" * size),
    "plain: one long text of emojis": lambda size: plain(body="\U0001f600" * (size // 12)),
    "plain: results": lambda size: plain(authenticationResults="a; " * (size // 3)),
    "mailgun: one file": lambda size: mailgun(_file(b"A" * size)),
    "mailgun: one long field": lambda size: mailgun({"x": b"A" * size}),
    "mailgun: raw mail": lambda size: mailgun({"body-mime": b"x" * size}),
    "mailgun: one urlencoded field": lambda size: _urlencoded("x", b"A" * size),
    "mailgun: one field of escapes": lambda size: _urlencoded("x", b"%41" * (size // 3)),
    "mailgun: urlencoded fields": lambda size: _urlencoded("x", b"&a=b" * (size // 4)),
    "sendgrid: one file": lambda size: sendgrid(_file(b"A" * size)),
    "sendgrid: lines of a file": lambda size: sendgrid(_file(b"A\r\n" * (size // 3))),
    "sendgrid: one long field": lambda size: sendgrid({"text": b"A" * size}),
}
