"""A raw mail (RFC 5322) made a subject, a text and an HTML, within bounds. Attachments are passed over, never opened."""

import email
import email.header
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.message import Message

from shared.adapters.mail.headers import Headers
from shared.domain.notices.mail.message import LONGEST_TEXT

#: Each level of parts costs the parser the whole text once more, and each part a little: a mail made of nothing else is a
#: trap. What lies beyond is cut off.
_MOST_BYTES = 1024 * 1024
_MOST_MULTIPARTS = 20
_MOST_PARTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a raw mail holds that is of interest."""

    headers: Headers
    subject: str
    text: str
    html: str


def read_mime(raw: bytes) -> Parts:
    """The parts of a raw mail. Anything is one: where it makes no sense there is just nothing in it."""
    body = raw[:_MOST_BYTES]
    if body.lower().count(b"multipart/") > _MOST_MULTIPARTS:
        body = body.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    # compat32: the newer policy takes time that grows with the square of a header's length.
    message = email.message_from_bytes(body, policy=email.policy.compat32)
    texts: dict[str, str] = {}
    for part in _texts(message):
        texts.setdefault(part.get_content_type(), _text(part))
    headers = [(name, str(value)) for name, value in message.items()]
    return Parts(
        headers=headers,
        subject=decoded(next((value for name, value in headers if name.lower() == "subject"), "")),
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
    )


def decoded(header: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded; as it stands where they are none."""
    try:
        pieces = email.header.decode_header(header[:2000])
        return " ".join(
            each if isinstance(each, str) else each.decode(charset or "utf-8", "replace")
            for each, charset in pieces
        )
    except (HeaderParseError, LookupError, ValueError):
        return header[:2000]


def _texts(message: Message) -> Iterator[Message]:
    """Parts of text that are no attachments, forwarded mails included."""
    for number, part in enumerate(message.walk()):
        if number >= _MOST_PARTS:
            return
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            yield part


def _text(part: Message) -> str:
    try:
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        return raw.decode(part.get_content_charset() or "utf-8", "replace")[:LONGEST_TEXT]
    except (LookupError, ValueError):  # a charset that nobody knows, an encoding that is none
        return ""
