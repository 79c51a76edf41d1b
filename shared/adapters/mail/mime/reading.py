"""A raw mail (RFC 5322) made a subject, a text and an HTML, within limits.

Attachments are skipped, never opened.

Every text counts, those of enclosed mails included. A gateway's banner, or a remark of the person
who forwards a mail, often comes before the text of Azure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from shared.adapters.mail.headers import Headers, value_of
from shared.adapters.mail.mime.charsets import text_in
from shared.adapters.mail.mime.encoded_words import decoded
from shared.adapters.mail.mime.parts import MailPart, Parted, parameter, take_apart
from shared.adapters.mail.mime.transfer_encodings import undo
from shared.domain.notices.mail.message import LONGEST_TEXT

#: of all texts of a kind before their transfer encoding is undone; `LONGEST_TEXT` holds afterwards
LONGEST_CONTENT = 1024 * 1024

_BETWEEN_TEXTS = "\n\n"
#: where HTML names its charset itself, and in how many of its first bytes browsers look for it
_META = re.compile(rb"<meta\b[^<>]*?\bcharset\s{0,3}=\s{0,3}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HEAD_OF_HTML = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a raw mail holds that is of interest."""

    headers: Headers
    subject: str
    #: every text/plain, and every text/html, with an empty line between two
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
    headers = [(name, _unicode(str(value))) for name, value in head.raw_items()]
    plain, html = _of_kind(mail, "text/plain"), _of_kind(mail, "text/html")
    too_long = any(sum(each.length for each in parts) > LONGEST_CONTENT for parts in (plain, html))
    unread = mail.unread or (f"a text of more than {LONGEST_CONTENT} bytes" if too_long else "")
    return Parts(
        headers=headers,
        subject=decoded(value_of(headers, "Subject")),
        # Nothing of a mail counts that was not read whole.
        text="" if unread else _joined(mail, plain),
        html="" if unread else _joined(mail, html),
        unread=unread,
    )


def _unicode(value: str) -> str:
    """A header's value.

    Bytes that it should not have (RFC 5322), and often has, are UTF-8 or else Latin-1.
    """
    return (
        value
        if value.isascii()
        else text_in(value.encode(errors="surrogateescape"), "", len(value))
    )


def _of_kind(mail: Parted, kind: str) -> list[MailPart]:
    return [
        part
        for part in mail.parts
        if part.head.get_content_type() == kind
        and part.head.get_content_disposition() != "attachment"
    ]


def _joined(mail: Parted, parts: Iterable[MailPart]) -> str:
    """The texts one after the other, to the first character that is too much."""
    texts: list[str] = []
    room = LONGEST_TEXT + 1
    for part in parts:
        content = undo(mail.content(part), str(part.head.get("Content-Transfer-Encoding", "")))
        charset = parameter(part.head, "charset") or _charset_of_html(content)
        # One character at least, so that what is too much is seen to be.
        text = text_in(content, charset, max(room, 1))
        texts.append(text)
        room -= len(text) + len(_BETWEEN_TEXTS)
    return _BETWEEN_TEXTS.join(texts)


def _charset_of_html(content: bytes) -> str:
    """The charset that HTML names in a `meta`; empty if it names none.

    UTF-16 there is a mistake, as the `meta` itself was read as ASCII.
    """
    found = _META.search(content[:_HEAD_OF_HTML])
    name = found[1].decode("ascii", "replace") if found else ""
    return "" if name.lower().startswith("utf-16") else name
