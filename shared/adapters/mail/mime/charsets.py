"""Bytes of a mail made text, by the charset that the mail names.

Only charsets of mails are known, never all of Python's.

Python's own list also has codecs that are none of mails: `punycode` takes time with the square of
its input, `idna` and `undefined` fail, `unicode_escape` runs escapes. Each unknown name is kept in
a cache of Python's without limit, so an untrusted name never gets that far.
"""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder
from encodings import normalize_encoding
from encodings.aliases import aliases
from io import StringIO

from shared.domain.notices.mail.message import LONGEST_TEXT

#: no name of a charset is longer (RFC 2978 allows 40 characters)
_LONGEST_NAME = 40
#: charsets whose bytes begin with a mark of their order, and what it may be
_WITH_MARK = {"utf_16": (BOM_UTF16_LE, BOM_UTF16_BE), "utf_32": (BOM_UTF32_LE, BOM_UTF32_BE)}
#: the name in what is written as one
_NAME = re.compile(r"[a-z0-9][a-z0-9._:+-]*")
#: names that Python does not know
_ALIASES = {
    "iso-8859-6-i": "iso-8859-6", "iso-8859-6-e": "iso-8859-6",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso_8859-8-i": "iso-8859-8",
    "utf8mb3": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7", "unicode": "utf-16",
    "gb18030-2022": "gb18030", "x-gbk": "gbk", "cp936": "gbk", "windows-936": "gbk",
    "windows-31j": "cp932", "windows-932": "cp932", "x-sjis": "cp932", "x-ms-cp932": "cp932",
    "ks_c_5601-1987": "cp949", "ks_c_5601-1989": "cp949",
    "windows-949": "cp949", "x-windows-949": "cp949",
    "windows-874": "cp874", "x-mac-roman": "mac-roman", "x-big5": "big5", "windows-950": "cp950",
}  # fmt: skip
#: bytes that one call decodes
_PIECE = 64 * 1024

#: Python's names of the charsets that mails are written in; each decodes in time with the length of
#: its input
CODECS = frozenset(
    (
        "ascii", "utf_8", "utf_8_sig", "utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32",
        "utf_32_le", "utf_32_be", "latin_1",
        *(f"iso8859_{number}" for number in (*range(2, 12), *range(13, 17))),
        *(f"cp{number}" for number in range(1250, 1259)), "cp437", "cp850", "cp852", "cp866",
        "cp874", "mac_roman", "koi8_r", "koi8_t", "koi8_u", "tis_620", "big5", "big5hkscs", "cp950",
        "gb2312", "gbk", "gb18030", "hz", "shift_jis", "cp932", "euc_jp", "iso2022_jp",
        "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext", "euc_kr", "cp949", "johab", "iso2022_kr",
    )
)  # fmt: skip


def text_in(raw: bytes, charset: str, most: int = LONGEST_TEXT + 1) -> str:
    """The first characters of a text, from the bytes of its charset.

    What is not of the charset is replaced.

    Without a known charset it is read as UTF-8, or else as Latin-1. Decoded piece by piece, and no
    more than is wanted.
    """
    codec = _codec(charset) or _by_escape_sequences(raw)
    if codec in _WITH_MARK and not raw.startswith(_WITH_MARK[codec]):
        codec += "_le"  # as most programs mean it; the incremental decoder insists on the mark
    if codec:
        return _decoded(raw, codec, "replace", most)
    try:
        return _decoded(raw, "utf_8", "strict", most)
    except UnicodeDecodeError:
        return _decoded(raw, "latin_1", "strict", most)


def _decoded(raw: bytes, codec: str, errors: str, most: int) -> str:
    decoder = getincrementaldecoder(codec)(errors)
    text, room = StringIO(), most
    for start in range(0, max(len(raw), 1), _PIECE):
        piece = decoder.decode(raw[start : start + _PIECE], start + _PIECE >= len(raw))[:room]
        text.write(piece)
        room -= len(piece)
        if not room:
            break
    return text.getvalue()


def _codec(charset: str) -> str:
    """Python's name of a mail's charset; empty where it is none that we know, or plain ASCII.

    Mail programs write more than the name, such as `"utf-8 euao6y69zh2w"` or `_iso-2022-jp$ESC`.
    """
    if len(charset) > _LONGEST_NAME:
        return ""
    written = _NAME.search(charset.lower())
    if written is None:
        return ""
    for name in (written[0], written[0].removeprefix("x-")):
        known = _ALIASES.get(name, name)
        normal = normalize_encoding(known)
        codec = aliases.get(normal, normal)
        if codec in CODECS:
            return "" if codec == "ascii" else codec
    return ""


def _by_escape_sequences(raw: bytes) -> str:
    """The charset of a text that names none and has escape sequences (RFC 1468, RFC 1557)."""
    if b"\x1b$)C" in raw:
        return "iso2022_kr"
    return "iso2022_jp_2" if b"\x1b$" in raw or b"\x1b(J" in raw else ""
