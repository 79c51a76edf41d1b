"""A raw mail (RFC 5322) made a subject, a text and an HTML, within limits.

Attachments are passed over, never opened.
"""

import email.header
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.message import Message

from shared.adapters.mail.headers import Headers, value_of
from shared.adapters.mail.mime.charsets import text_in
from shared.adapters.mail.mime.parts import Part, parameter, take_apart
from shared.adapters.mail.mime.transfer_encodings import undo

#: of one text before its transfer encoding is undone; `LONGEST_TEXT` of the domain holds afterwards
LONGEST_CONTENT = 1024 * 1024
_LONGEST_SUBJECT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a raw mail holds that is of interest."""

    headers: Headers
    subject: str
    text: str
    html: str
    #: why the mail was not read whole; empty: it was
    unread: str = ""


def read_mime(raw: bytes) -> Parts:
    """The parts of a raw mail.

    Anything is one: where it makes no sense there is just nothing in it.
    """
    mail = take_apart(raw)
    head = mail.parts[0].head if mail.parts else Message()
    headers = [(name, str(value)) for name, value in head.items()]
    texts: dict[str, Part] = {}
    for part in mail.parts:
        if (
            part.head.get_content_maintype() == "text"
            and part.head.get_content_disposition() != "attachment"
        ):
            texts.setdefault(part.head.get_content_type(), part)
    text, html = texts.get("text/plain"), texts.get("text/html")
    too_long = any(
        each is not None and len(each.content) > LONGEST_CONTENT for each in (text, html)
    )
    return Parts(
        headers=headers,
        subject=decoded(value_of(headers, "Subject")),
        text=_text(text) if text else "",
        html=_text(html) if html else "",
        unread=mail.unread or (f"a text of more than {LONGEST_CONTENT} bytes" if too_long else ""),
    )


def decoded(header: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded.

    As it stands where they are none.
    """
    try:
        pieces = email.header.decode_header(header[:_LONGEST_SUBJECT])
    except (HeaderParseError, ValueError):
        return header[:_LONGEST_SUBJECT]
    return " ".join(
        each if isinstance(each, str) else text_in(each, charset or "") for each, charset in pieces
    )


def _text(part: Part) -> str:
    encoding = str(part.head.get("Content-Transfer-Encoding", ""))
    return text_in(undo(part.content[:LONGEST_CONTENT], encoding), parameter(part.head, "charset"))
