"""Bytes of a mail made text, by the charset that the mail names.

Only charsets of mails are known, never all of Python's.

Python's own list also has codecs that are none of mails: `punycode` takes time with the square of
its input, `idna` and `undefined` fail, `unicode_escape` runs escapes. Each unknown name is kept in
a cache of Python's without limit, so a stranger's name never gets that far.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE, getincrementaldecoder
from encodings import normalize_encoding
from encodings.aliases import aliases
from io import StringIO

from shared.domain.notices.mail.message import LONGEST_TEXT

#: no name of a charset is longer (RFC 2978 allows 40 characters)
_LONGEST_NAME = 40
#: charsets whose bytes begin with a mark of their order, and what it may be
_WITH_MARK = {"utf_16": (BOM_UTF16_LE, BOM_UTF16_BE), "utf_32": (BOM_UTF32_LE, BOM_UTF32_BE)}
#: bytes that one call decodes
_PIECE = 64 * 1024

#: Python's names of the charsets that mails are written in; each decodes in time with the length of
#: its input
CODECS = frozenset(
    (
        "ascii", "utf_8", "utf_8_sig", "utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be",
        "latin_1", *(f"iso8859_{number}" for number in (*range(2, 12), *range(13, 17))),
        *(f"cp{number}" for number in range(1250, 1259)), "cp437", "cp850", "cp852", "cp866", "cp874", "mac_roman",
        "koi8_r", "koi8_t", "koi8_u", "tis_620", "big5", "big5hkscs", "cp950", "gb2312", "gbk", "gb18030", "hz",
        "shift_jis", "cp932", "euc_jp", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_ext",
        "euc_kr", "cp949", "johab", "iso2022_kr",
    )
)  # fmt: skip


def text_in(raw: bytes, charset: str, most: int = LONGEST_TEXT + 1) -> str:
    """The first characters of a text, from the bytes of its charset.

    What is not of the charset is replaced.

    Without a known charset it is read as UTF-8, or else as Latin-1. Decoded piece by piece, and no
    more than is wanted.
    """
    codec = _codec(charset)
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
    """Python's name of a mail's charset; empty where it is none that we know."""
    if len(charset) > _LONGEST_NAME:
        return ""
    name = normalize_encoding(charset.strip().lower())
    codec = aliases.get(name, name)
    return codec if codec in CODECS else ""
