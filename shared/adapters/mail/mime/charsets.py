"""Bytes of a mail made text, by the charset that the mail names.

Only charsets of mails are known, never all of Python's.

Python's own list also has codecs that are none of mails: `punycode` takes time with the square of
its input, `idna` and `undefined` fail, `unicode_escape` runs escapes. Each unknown name is kept in
a cache of Python's without limit, so an untrusted name never gets that far.
"""

import re
from codecs import (
    BOM_UTF8,
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    BOM_UTF32_BE,
    BOM_UTF32_LE,
    getincrementaldecoder,
)
from encodings import normalize_encoding
from encodings.aliases import aliases
from io import StringIO

from shared.domain.notices.mail.message import LONGEST_TEXT

#: no name of a charset is longer (RFC 2978 allows 40 characters)
_LONGEST_NAME = 40
#: the name in what is written as one
_NAME = re.compile(r"[a-z0-9][a-z0-9._:+-]*")
#: names that Python does not know, or knows for a part of what mails write; without marks
_ALIASES = {
    "utf8mb3": "utf_8", "utf8mb4": "utf_8", "unicode11utf8": "utf_8", "unicode20utf8": "utf_8",
    "unicode11utf7": "utf_7", "unicode": "utf_16", "ucs2": "utf_16", "ucs4": "utf_32",
    "iso10646ucs2": "utf_16", "iso10646ucs4": "utf_32",
    "koi8": "koi8_r", "koi8ru": "koi8_u", "koi": "koi8_r",
    "gb2312": "gb18030", "gb231280": "gb18030", "euccn": "gb18030", "gbk": "gb18030",
    "chinese": "gb18030", "gb180302000": "gb18030", "gb180302005": "gb18030",
    "gb180302022": "gb18030", "csgb2312": "gb18030", "isoir58": "gb18030", "hzgb2312": "hz",
    "big5": "cp950", "big5tw": "cp950", "csbig5": "cp950", "cnbig5": "cp950",
    "shiftjis": "cp932", "sjis": "cp932", "mskanji": "cp932", "csshiftjis": "cp932",
    "windows31j": "cp932", "eucjpms": "euc_jp", "cp51932": "euc_jp",
    "iso2022jpms": "iso2022_jp_ext", "iso2022jp3": "iso2022_jp_3",
    "iso2022jp2004": "iso2022_jp_2004", "jis": "iso2022_jp_2", "csiso2022jp": "iso2022_jp_2",
    "iso2022jp": "iso2022_jp_2",
    "euckr": "cp949", "korean": "cp949", "ksc5601": "cp949", "ksc56011987": "cp949",
    "ksc56011989": "cp949", "uhc": "cp949", "isoir149": "cp949", "csksc56011987": "cp949",
    "macintosh": "mac_roman", "mac": "mac_roman", "macroman": "mac_roman",
    "macce": "mac_latin2", "maccentraleurope": "mac_latin2", "maccyrillic": "mac_cyrillic",
    "ansi": "cp1252",
}  # fmt: skip
#: by the number of a code page of Windows or IBM, where Python has another name, or less
_CODE_PAGES = {
    "932": "cp932", "936": "gb18030", "943": "cp932", "949": "cp949", "950": "cp950",
    "1200": "utf_16_le", "1201": "utf_16_be", "10000": "mac_roman", "20866": "koi8_r",
    "20932": "euc_jp", "21866": "koi8_u", "50220": "iso2022_jp_2", "50221": "iso2022_jp_2",
    "50222": "iso2022_jp_2", "50225": "iso2022_kr", "51932": "euc_jp", "51949": "cp949",
    "52936": "hz", "54936": "gb18030", "65000": "utf_7", "65001": "utf_8",
    **{f"285{90 + number}": f"iso8859_{number}" for number in range(2, 10)}, "28591": "latin_1",
}  # fmt: skip
_CODE_PAGE = re.compile(r"(?:cs)?(?:windows|win|cp|ibm|dos|ms)([0-9]{3,5})")
_ISO = re.compile(r"(?:iso|is)?8859([0-9]{1,2})[ie]?|isolatin([0-9]{1,2})")
_MARKS_IN_NAMES = re.compile(r"[-_.:+ ]")
#: bytes that one call decodes
_PIECE = 64 * 1024

#: Python's names of the charsets that mails are written in; each decodes in time with the length of
#: its input
CODECS = frozenset(
    (
        "ascii", "utf_8", "utf_8_sig", "utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32",
        "utf_32_le", "utf_32_be", "latin_1",
        *(f"iso8859_{number}" for number in (*range(2, 12), *range(13, 17))),
        *(f"cp{number}" for number in range(1250, 1259)), "cp437", "cp850", "cp852", "cp855",
        "cp857", "cp858", "cp866", "cp874", "mac_roman", "mac_latin2", "mac_cyrillic", "koi8_r",
        "koi8_t", "koi8_u", "tis_620", "big5", "big5hkscs", "cp950",
        "gb2312", "gbk", "gb18030", "hz", "shift_jis", "cp932", "euc_jp", "iso2022_jp",
        "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_2004", "iso2022_jp_ext",
        "euc_kr", "cp949", "johab", "iso2022_kr",
    )
)  # fmt: skip
#: what a text begins with tells its charset before any name; the longer marks first
_MARKS_OF_ORDER = (
    (BOM_UTF8, "utf_8_sig"),
    (BOM_UTF32_LE, "utf_32"),
    (BOM_UTF32_BE, "utf_32"),
    (BOM_UTF16_LE, "utf_16"),
    (BOM_UTF16_BE, "utf_16"),
)
#: bytes of a text by which their order is guessed
_ENOUGH = 2048


def text_in(raw: bytes, charset: str, most: int = LONGEST_TEXT + 1) -> str:
    """The first characters of a text, from the bytes of its charset.

    What is not of the charset is replaced.

    A mark of byte order at its beginning counts more than the name. Without a known charset it is
    read as UTF-8, or else as Latin-1. Decoded piece by piece, and no more than is wanted.
    """
    codec = _by_mark(raw) or _by_name(raw, charset) or _by_escape_sequences(raw)
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


def _by_mark(raw: bytes) -> str:
    return next((codec for mark, codec in _MARKS_OF_ORDER if raw.startswith(mark)), "")


def _by_name(raw: bytes, charset: str) -> str:
    codec = _codec(charset)
    if codec not in ("utf_16", "utf_32"):
        return codec
    # Without a mark most programs write the lower byte first. Blanks and line ends tell the order.
    start = raw[:_ENOUGH]
    high_first = start[0::2].count(0) > start[1::2].count(0)
    if codec == "utf_32":
        high_first = start[0::4].count(0) > start[3::4].count(0)
    return codec + ("_be" if high_first else "_le")


def _codec(charset: str) -> str:
    """Python's name of a mail's charset; empty where it is none that we know, or plain ASCII.

    Mail programs write more than the name, such as `"utf-8 euao6y69zh2w"` or `_iso-2022-jp$ESC`.
    """
    if len(charset) > _LONGEST_NAME:
        return ""
    written = _NAME.search(charset.lower())
    if written is None:
        return ""
    name = written[0].removeprefix("x-").removeprefix("x-")
    bare = _MARKS_IN_NAMES.sub("", name)
    page, iso = _CODE_PAGE.fullmatch(bare), _ISO.fullmatch(bare)
    if bare in _ALIASES:
        codec = _ALIASES[bare]
    elif page is not None:
        codec = _CODE_PAGES.get(page[1], f"cp{page[1]}")
    elif iso is not None:
        codec = _of_iso(iso)
    else:
        normal = normalize_encoding(name)
        codec = aliases.get(normal, normal)
    return codec if codec in CODECS and codec != "ascii" else ""


def _of_iso(match: re.Match[str]) -> str:
    """The codec of `ISO-8859-15`; Latin numbers are others from 5 on, as Latin-5 is ISO-8859-9."""
    number = match[1] or {"5": "9", "6": "10", "7": "13", "8": "14", "9": "15"}.get(
        match[2], match[2]
    )
    return "latin_1" if number == "1" else f"iso8859_{number}"


def _by_escape_sequences(raw: bytes) -> str:
    """The charset of a text that names none and has escape sequences (RFC 1468, RFC 1557)."""
    if b"\x1b$)C" in raw:
        return "iso2022_kr"
    return "iso2022_jp_2" if b"\x1b$" in raw or b"\x1b(J" in raw else ""
