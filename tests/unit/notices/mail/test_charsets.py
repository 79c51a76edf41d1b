"""Charsets of mails are known by all their names, other codecs of Python by none.

Something is always read.
"""

import codecs
import encodings

import pytest

from shared.adapters.mail.mime.charsets import CODECS, text_in


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("utf-8", "Wartung für VMs".encode(), "Wartung für VMs"),
        ("UTF8", "ü".encode(), "ü"),
        (" us-ascii ", b"a", "a"),
        ("iso-8859-1", b"\xfc", "ü"),
        ("ISO_8859-15", b"\xa4", "€"),
        ("windows-1252", b"\x80", "€"),
        ("koi8-r", "Обслуживание".encode("koi8-r"), "Обслуживание"),
        ("iso-2022-jp", "仮想マシン".encode("iso-2022-jp"), "仮想マシン"),
        ("shift_jis", "仮想マシン".encode("shift_jis"), "仮想マシン"),
        ("gb2312", "虚拟机".encode("gb2312"), "虚拟机"),
        ("big5", "虛擬機".encode("big5"), "虛擬機"),
        ("ks_c_5601-1987", "가상 머신".encode("euc-kr"), "가상 머신"),
        ("utf-16", "VM".encode("utf-16"), "VM"),
        ("utf-7", b"+APw-", "ü"),
        # replaced, where it is not of the charset
        ("utf-8", b"a\xff", "a\ufffd"),
        # What calls itself ASCII and is more is UTF-8, or else Latin-1.
        ("us-ascii", b"a\xff", "a\xff"),
        ("us-ascii", "ä€".encode(), "ä€"),
        ("unknown-8bit", "ä€".encode(), "ä€"),
        ("x-unknown", b"\xe4", "ä"),
        ("iso-8859-8-i", b"\xf9", "ש"),
        ("ISO-8859-6-E", b"\xe3", "ك"),
        ("utf-8 euao6y69zh2w", "ä".encode(), "ä"),
        ('"utf-8"', "ä".encode(), "ä"),
        ("'utf-8'", "ä".encode(), "ä"),
        ("utf8mb4", "ä".encode(), "ä"),
        ("_iso-2022-jp$ESC", b"\x1b$B2>\x1b(B", "仮"),
        ("x-sjis", b"\x89\xbc", "仮"),
        ("gb18030-2022", "维".encode("gb18030"), "维"),
        ("ks_c_5601-1987", "가똠".encode("cp949"), "가똠"),
        # Escape sequences tell the charset where none is named.
        ("", b"\x1b$B2>\x1b(B VM", "仮 VM"),
        ("us-ascii", b"\x1b$B2>\x1b(B VM", "仮 VM"),
        ("no-charset", b"\x1b$)C\x0e0!\x0f VM", "가 VM"),
    ],
)
def test_text_is_decoded_by_the_charset_that_is_named(charset: str, raw: bytes, text: str) -> None:
    assert text_in(raw, charset) == text


@pytest.mark.parametrize(
    "charset",
    [
        "", "unknown-8bit", "nonsense-8", "punycode", "idna", "undefined", "unicode_escape",
        "raw_unicode_escape", "base64", "zlib", "rot13", "mbcs", "charmap", "utf-8" + "-" * 40,
        "ü" * 300,
    ],
)  # fmt: skip
def test_without_a_charset_of_mails_it_is_utf_8_or_else_latin_1(charset: str) -> None:
    assert text_in("für VMs".encode(), charset) == "für VMs"
    assert text_in("für VMs".encode("latin-1"), charset) == "für VMs"


#: by charset, a text in it; every name below is to give the text back
JAPANESE, CHINESE, TAIWANESE, KOREAN = "仮想マシン", "虚拟机", "虛擬機", "가상 머신"
RUSSIAN, CZECH, GERMAN = "обслуживание", "údržba", "für €"
TURKISH = "bakım"  # noqa: RUF001 - Turkish
NAMES = {
    ("utf-8", JAPANESE): ["UTF_8", "utf-8;", "=utf-8", "cp65001", "x-utf-8", "unicode-2-0-utf-8"],
    ("iso8859-1", "für"): [
        "latin1", "Latin-1", "l1", "iso-latin-1", "8859-1", "iso-8859_1", "iso_8859-1:1987",
        "ISO8859_1", "cp28591", "x-iso-8859-1",
    ],
    ("cp1252", GERMAN): ["windows1252", "cp-1252", "x-cp1252", "ansi", "win-1252", "ms-1252"],
    ("cp1251", RUSSIAN): ["windows-1251", "win-1251", "win1251", "x-cp1251", "CP_1251"],
    ("koi8-r", RUSSIAN): ["koi8", "koi8-r", "KOI8_R", "cp20866"],
    ("iso8859-5", RUSSIAN): ["iso-8859-5", "cp28595", "iso88595"],
    ("mac-cyrillic", RUSSIAN): ["x-mac-cyrillic"],
    ("cp932", JAPANESE): ["sjis", "shift-jis", "x-sjis", "ms_kanji", "cp943", "windows-31j"],
    ("euc-jp", JAPANESE): ["x-euc-jp", "eucjp", "eucjp-ms", "cp51932"],
    ("iso-2022-jp", JAPANESE): [
        "iso-2022-jp-ms", "iso-2022-jp-3", "cp50220", "cp50221", "csISO2022JP", "jis",
        "iso-2022-jp-2004", "unknown",
    ],
    ("gbk", CHINESE + "維"): [
        "gb2312", "gb_2312-80", "gb-2312", "euc-cn", "x-euc-cn", "chinese", "gb18030-2005",
        "cp936", "windows-936", "x-gbk", "GB18030", "cp54936",
    ],
    ("hz", CHINESE): ["hz-gb-2312", "cp52936"],
    ("big5", TAIWANESE): ["big-5", "cn-big5", "x-x-big5", "cp950", "x-big5", "csBig5"],
    ("cp949", KOREAN): [
        "ks_c_5601", "ksc5601", "ks_c_5601_1987", "korean", "uhc", "ms949", "euckr", "iso-ir-149",
        "cp51949",
    ],
    ("cp1250", CZECH): ["windows-1250", "cp1250", "win1250"],
    ("iso8859-2", CZECH): ["latin2", "iso-latin-2", "iso_8859-2", "cp28592"],
    ("mac-latin2", CZECH): ["x-mac-ce", "macce"],
    ("iso8859-9", TURKISH): ["latin5", "iso-8859-9", "cp28599"],
    ("cp850", "für"): ["ibm850", "dos-850", "cp850", "ibm-850"],
    ("utf-16-le", "VM " + JAPANESE): ["utf-16", "ucs-2", "unicode", "cp1200", "utf16"],
    ("utf-16-be", "VM " + JAPANESE): ["utf-16", "ucs-2", "iso-10646-ucs-2", "cp1201", "utf-16be"],
    ("utf-32-be", "VM"): ["utf-32", "ucs-4", "utf-32be"],
    # A mark of byte order counts more than any name.
    ("utf-16", JAPANESE): ["", "utf-8", "us-ascii", "utf-16be", "utf-16le"],
    ("utf-8-sig", JAPANESE): ["", "utf-8", "iso-8859-1"],
    # names that say nothing
    ("utf-8 ", JAPANESE): ["binary", "none", "null", "default", "x-user-defined", "{charset}"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "text", "charset"),
    [(codec, text, name) for (codec, text), names in NAMES.items() for name in names],
)
def test_a_charset_is_known_by_the_names_that_mails_use(
    codec: str, text: str, charset: str
) -> None:
    assert text_in(text.encode(codec.strip()), charset) == text


def test_every_codec_is_one_of_python() -> None:
    assert [each for each in CODECS if codecs.lookup(each).name == ""] == []


def test_python_keeps_no_name_that_a_stranger_has_chosen() -> None:
    """It keeps every one that it is asked for."""
    for number in range(3):
        text_in(b"\xff", f"nobodys-{number}")
        with pytest.raises(LookupError):
            codecs.lookup(f"asked-{number}")

    assert [name for name in encodings._cache if "nobodys" in name] == []
    assert len([name for name in encodings._cache if "asked" in name]) == 3
