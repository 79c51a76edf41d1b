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
