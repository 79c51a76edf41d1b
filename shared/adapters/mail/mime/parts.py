r"""A raw mail (RFC 5322, RFC 2045, RFC 2046) taken apart by scans over its bytes, within limits.

Decodes no content but that of enclosed mails, which some programs encode against RFC 2046.

The parser of `email` is never given a whole mail. It takes time with the square of a header's
length and of the depth of parts, and it recurses. Here it reads single heads, after their size is
checked. Each scan takes time in proportion to the mail's length, and there are at most
`MOST_LEVELS` of them.

Sample: a mail with two parts, each with a head of its own, an empty line and its content::

    Content-Type: multipart/mixed; boundary="b"\n\n
    --b\nContent-Type: text/plain\n\nHello\n
    --b\nContent-Type: text/html\n\n<p>\n--b--
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from shared.adapters.mail.headers import LONGEST_HEADERS, MOST_HEADERS, TOO_MANY_HEADERS
from shared.adapters.mail.mime.transfer_encodings import changes, undo

MOST_BYTES = 4 * 1024 * 1024
#: parts that hold other parts, and enclosed mails, count too
MOST_PARTS = 100
#: of parts in parts and mails in mails
MOST_LEVELS = 20
#: of one Content-Type or Content-Disposition: `email` takes time with the product of the two
MOST_PARAMETERS = 50
LONGEST_PARAMETERS = 8_000
#: RFC 2046 allows 70 characters
LONGEST_BOUNDARY = 200

#: the lines that `email` takes for headers; possessive, so that nothing is tried twice
_HEADERS = re.compile(rb"(?:(?:From |[!-9;-~]*+:|[ \t])[^\n]*+(?:\n|\Z))*+")
_TOO_MANY_PARTS = f"more than {MOST_PARTS} parts"
_WITH_PARAMETERS = ("content-type", "content-disposition")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPart:
    """A part with its headers, and where in the mail its content stands.

    Nowhere if the part holds other parts.
    """

    head: Message
    start: int
    end: int
    #: which of the mail's texts that is; enclosed mails that are encoded are texts of their own
    text: int = 0

    @property
    def length(self) -> int:
        """The bytes of the content as it was sent."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The parts of a mail in the order they stand, the mail itself first.

    Those of enclosed mails are among them.
    """

    parts: tuple[MailPart, ...]
    #: the mail with one kind of line end, then each enclosed mail that was encoded, decoded
    texts: tuple[bytes, ...]
    #: why the mail was not read to its end, such as "more than 100 parts"; empty: it was
    unread: str

    def content(self, part: MailPart) -> bytes:
        """The content of one of the parts, as it was sent."""
        return self.texts[part.text][part.start : part.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """Where in the mail a part stands."""

    start: int
    end: int
    text: int = 0
    level: int = 0
    #: what the part is if it does not say so
    type: str = "text/plain"


class _TooMuch(Exception):
    """A limit is passed; the text says which."""


def take_apart(raw: bytes) -> Parted:
    """The parts of a raw mail, as far as they are within the limits. Any bytes are a mail."""
    texts = [_with_one_line_end(raw[:MOST_BYTES])]
    unread = f"more than {MOST_BYTES} bytes" if len(raw) > MOST_BYTES else ""
    parts: list[MailPart] = []
    try:
        parts.extend(_parts(texts))
    except _TooMuch as limit:
        unread = unread or str(limit)
    return Parted(parts=tuple(parts), texts=tuple(texts), unread=unread)


def _with_one_line_end(raw: bytes) -> bytes:
    """`email` knows three kinds of line ends; one is left."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def parameter(head: Message, name: str) -> str:
    """A parameter of the Content-Type; empty where there is none.

    The charset that RFC 2231 puts before a value is ignored: `email` would decode by any that
    Python knows.
    """
    try:
        value = head.get_param(name, "")
    except ValueError:  # a piece's number with more digits than Python reads
        return ""
    return str(value[2] if isinstance(value, tuple) else value).strip()


def _parts(texts: list[bytes]) -> Iterator[MailPart]:
    heads = _Heads()
    waiting = [_Section(start=0, end=len(texts[0]))]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        section = waiting.pop()
        text = texts[section.text]
        end = _end_of_headers(text, section)
        head = heads.read(text[section.start : end], section.type)
        body = end + text.startswith(b"\n", end, section.end)
        kind = head.get_content_type()
        holds_parts = (
            kind.startswith(("multipart/", "message/")) and kind != "message/delivery-status"
        )
        yield MailPart(
            head=head, start=body, end=body if holds_parts else section.end, text=section.text
        )
        if holds_parts:
            waiting += reversed(_inside(texts, head, section, body))
    if waiting:
        raise _TooMuch(_TOO_MANY_PARTS)


def _end_of_headers(text: bytes, section: _Section) -> int:
    match = _HEADERS.match(text, section.start, section.end)
    return match.end() if match else section.start


class _Heads:
    """Reads the heads of one mail. Their limits hold for all heads together."""

    def __init__(self) -> None:
        self._count = 0
        self._length = 0

    def read(self, lines: bytes, default_type: str) -> Message:
        """The headers in these lines; _TooMuch before anything of what is too much is parsed."""
        self._count += lines.count(b"\n") - lines.count(b"\n ") - lines.count(b"\n\t")
        self._length += len(lines)
        if self._count > MOST_HEADERS or self._length > LONGEST_HEADERS:
            raise _TooMuch(TOO_MANY_HEADERS)
        # compat32: the newer policy takes time that grows with the square of a header's length.
        head = BytesHeaderParser(policy=compat32).parsebytes(lines)
        head.set_default_type(default_type)
        for name, value in head.items():
            if name.lower() in _WITH_PARAMETERS:
                _check_parameters(str(value))
        return head


def _check_parameters(value: str) -> None:
    if value.count(";") > MOST_PARAMETERS or len(value) > LONGEST_PARAMETERS:
        limits = f"{MOST_PARAMETERS} parameters or {LONGEST_PARAMETERS} characters"
        raise _TooMuch(f"a Content-Type or Content-Disposition of more than {limits}")


def _inside(texts: list[bytes], head: Message, section: _Section, body: int) -> list[_Section]:
    """The parts in a part. An enclosed mail that is encoded becomes another text."""
    text, level = texts[section.text], section.level + 1
    if level > MOST_LEVELS:
        raise _TooMuch(f"parts in each other, more than {MOST_LEVELS} deep")
    if head.get_content_maintype() == "message":
        encoding = str(head.get("Content-Transfer-Encoding", ""))
        if not changes(encoding):
            return [_Section(start=body, end=section.end, text=section.text, level=level)]
        if sum(map(len, texts[1:])) + section.end - body > MOST_BYTES:
            raise _TooMuch(f"more than {MOST_BYTES} bytes of encoded mails")
        texts.append(_with_one_line_end(undo(text[body : section.end], encoding)))
        return [_Section(start=0, end=len(texts[-1]), text=len(texts) - 1, level=level)]
    boundary = parameter(head, "boundary").encode(errors="replace")
    if len(boundary) > LONGEST_BOUNDARY:
        raise _TooMuch(f"a boundary of more than {LONGEST_BOUNDARY} characters")
    inner = "message/rfc822" if head.get_content_subtype() == "digest" else "text/plain"
    # The line end before a boundary is the boundary's.
    places = _between(text, boundary, body - 1, section.end) if boundary else ()
    return [
        _Section(start=start, end=end, text=section.text, level=level, type=inner)
        for start, end in places
    ]


def _between(text: bytes, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the parts between the boundary's lines stand; the last one may lack its end."""
    line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\n|\Z)")
    begun: int | None = None
    for number, match in enumerate(line.finditer(text, start, end)):
        if number > MOST_PARTS:
            raise _TooMuch(_TOO_MANY_PARTS)
        if (
            begun is not None and begun <= match.start()
        ):  # otherwise the line directly follows another
            yield begun, match.start()
        if match[1]:
            return
        begun = min(match.end() + 1, end)
    if begun is not None:
        yield begun, end
