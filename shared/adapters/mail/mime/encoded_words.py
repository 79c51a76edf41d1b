r"""Encoded words in headers (RFC 2047) decoded, in time with the header's length.

Adjacent words are one text: the space between them does not count, and one
character's bytes may be divided between two words of one charset. Q words with blanks in them are
read too, as some programs write them.

Sample: ``=?utf-8?B?QXp1cmUg5Luu5oOz44Oe?= =?utf-8?Q?=E3=82=B7?=``
"""

import binascii
import re
from dataclasses import dataclass
from itertools import groupby

from shared.adapters.mail.mime.charsets import text_in
from shared.adapters.mail.mime.transfer_encodings import undo

#: of one header; what follows is left out
LONGEST_HEADER = 2000

_WORD = re.compile(r"=\?([^?\s]{1,75}+)\?([bq])\?([^?\r\n]*+)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[ \t\r\n]*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A part of a header: a text as it stands, or the bytes of one encoded word."""

    charset: str | None
    content: bytes
    text: str = ""


def decoded(header: str) -> str:
    """A header's text with its encoded words decoded; what is no sound word stays as it stands."""
    pieces: list[_Piece] = []
    end, header = 0, header[:LONGEST_HEADER]
    for word in _WORD.finditer(header):
        content = _content(word[2].lower(), word[3])
        if content is None:
            continue
        between = header[end : word.start()]
        if not (pieces and pieces[-1].charset is not None and _BETWEEN_WORDS.fullmatch(between)):
            pieces.append(_Piece(charset=None, content=b"", text=between))
        # A language may follow the charset (RFC 2231, section 5).
        pieces.append(_Piece(charset=word[1].partition("*")[0].lower(), content=content))
        end = word.end()
    pieces.append(_Piece(charset=None, content=b"", text=header[end:]))
    return "".join(
        "".join(each.text for each in run)
        if charset is None
        else text_in(b"".join(each.content for each in run), charset)
        for charset, run in groupby(pieces, key=lambda each: each.charset)
    )


def _content(how: str, encoded: str) -> bytes | None:
    """The bytes of a word; None where it is not encoded as it says."""
    raw = encoded.encode(errors="replace")
    if how == "q":
        return undo(raw.replace(b"_", b" "), "quoted-printable")
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return None
