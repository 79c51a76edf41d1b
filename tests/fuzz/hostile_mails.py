"""Raw mails that are made to be slow, each kind in any size. Each kind grows in one respect only.

All have a proved sender and the words that count, so that nothing is left out unless a limit leaves
it out.
"""

from collections.abc import Callable

type Raw = Callable[[int], bytes]
"""A raw mail of about so many bytes."""

SENDER = "azure-noreply@microsoft.com"
_SUBJECT = "Azure maintenance of your virtual machines"
_HEAD = f"From: {SENDER}\nX-Mailgun-Spf: Pass\nSubject: {_SUBJECT}\n".encode()
_TEXT = b"Content-Type: text/plain\n\nx"
_HTML = b"Content-Type: text/html\n\nx"
_MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
_PART = _MIXED + b"--b\nContent-Type: text/plain"
_INNER = _MIXED + b"--b\n" + _TEXT


def repeated(start: bytes, piece: bytes, end: bytes = b"\n\nx") -> Raw:
    """A mail that says one thing again and again."""
    return lambda size: _HEAD + start + piece * (size // len(piece)) + end


def numbered(start: bytes, piece: str, end: bytes = b"\n\nx") -> Raw:
    """A mail that says one thing again and again, with a number in it."""

    def made(size: int) -> bytes:
        numbers = range(size // len(piece.format(1000)))
        return _HEAD + start + "".join(map(piece.format, numbers)).encode() + end

    return made


def in_charset(charset: str, content: bytes) -> Raw:
    """A text in a charset."""
    return repeated(f"Content-Type: text/plain; charset={charset}\n\n".encode(), content)


def _encoded(how: str, content: bytes) -> Raw:
    head = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {how}\n\n"
    return repeated(head.encode(), content, b"\n")


def _huge_boundary(size: int) -> bytes:
    boundary = b"b" * (size // 4)
    line = b"--" + boundary + b"\n"
    head = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\n\n"
    return _HEAD + head + line + _TEXT + b"\n" + line + b"\nx\n--" + boundary[:-1] + b"\n"


def _comments(size: int) -> bytes:
    return b"From: " + b"(" * (size // 2) + b")" * (size // 2) + SENDER.encode() + b"\n" + _TEXT


PARAMETERS: dict[str, Raw] = {
    "a quote that never ends": repeated(b'Content-Type: text/plain; x="', b";a"),
    "a quote that never ends, in a part": repeated(_PART + b'; x="', b";a"),
    "a quote that never ends, in a disposition": repeated(
        b'Content-Disposition: inline; x="', b";a"
    ),
    "semicolons": repeated(b"Content-Type: text/plain", b";"),
    "semicolons in a part": repeated(_PART, b";"),
    "quotes": repeated(b"Content-Type: text/plain; x=", b'"'),
    "escaped quotes": repeated(b'Content-Type: text/plain; x="', b'\\"'),
    "parameters": numbered(b"Content-Type: text/plain", "; p{}=x"),
    "parameters on many lines": numbered(b"Content-Type: text/plain", ";\n p{}=x"),
    "a parameter in pieces": numbered(b"Content-Type: text/plain", '; charset*{}="x"'),
    "a piece's number with many digits": repeated(
        b"Content-Type: text/plain; charset*", b"9", b"=x\n\nx"
    ),
    "one long parameter": repeated(b"Content-Type: text/plain; x=", b"y"),
    "one long type": repeated(b"Content-Type: text/", b"y"),
    "slashes in a type": repeated(b"Content-Type: text", b"/"),
    "short hostile types of many parts": repeated(
        _MIXED, b'--b\nContent-Type: text/plain; x="' + b";a" * 20 + b"\n\nx\n"
    ),
}

HEADERS: dict[str, Raw] = {
    "headers": repeated(b"", b"X: y\n", _TEXT),
    "headers of a part": repeated(_MIXED + b"--b\n", b"X: y\n"),
    "headers in many parts": repeated(_MIXED, b"--b\n" + b"X: y\n" * 50 + b"\nx\n"),
    "From headers": repeated(b"", b"From: a@b.c\n", _TEXT),
    "Content-Type headers": repeated(b"", b"Content-Type: multipart/mixed; boundary=b\n"),
    "one long header": repeated(b"X: ", b"y"),
    "one long header of bytes": repeated(b"X: ", b"\xff"),
    "a header on many lines": repeated(b"X: y\n", b" y\n"),
    "a long first line that is no header": repeated(b"", b"y"),
    "lines that are no headers": repeated(b"", b"y\n"),
    "signatures": repeated(b"", b"DKIM-Signature: d=microsoft.com\n", _TEXT),
    "tags of a signature": repeated(b"DKIM-Signature: ", b"d=a;"),
    "results": repeated(b"Authentication-Results: x", b"; dmarc=pass header.from=a"),
    "encoded words": repeated(b"Subject: ", b"=?utf-8?q?a?= "),
    "encoded words that do not end": repeated(b"Subject: ", b"=?a?q?"),
    "an encoded word in punycode": repeated(b"Subject: =?punycode?q?", b"9", b"?=\n\nx"),
    "comments in the address": _comments,
}

STRUCTURE: dict[str, Raw] = {
    "parts": repeated(_MIXED, b"--b\n\nx\n"),
    "parts with a type": repeated(_MIXED, b"--b\nContent-Type: text/plain\n\nx\n"),
    "boundaries only": repeated(_MIXED, b"--b\n"),
    "a boundary that never comes": repeated(_MIXED, b"--a\n"),
    "a boundary that is never closed": repeated(_INNER, b"x\n"),
    "lines that are nearly the boundary": repeated(_INNER, b"\n--b x"),
    "a boundary with blanks behind it": repeated(_INNER + b"\n--b", b" "),
    "lines behind the last boundary": repeated(_INNER + b"\n--b--\n", b"--b\n"),
    "a huge boundary": _huge_boundary,
    "multiparts in multiparts": numbered(
        b"", "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n"
    ),
    "the same boundary at each level": repeated(b"", _MIXED + b"--b\n"),
    "mails in mails": repeated(b"", b"Content-Type: message/rfc822\n\n"),
    "mails in digests": repeated(b"", b"Content-Type: multipart/digest; boundary=b\n\n--b\n\n"),
    "encoded mails": repeated(
        _MIXED,
        b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQUJD\n",
    ),
    "a large encoded mail": repeated(
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n", b"QUJD\n"
    ),
    "encoded mails in each other": repeated(
        b"",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n",
    ),
    "reports in reports": repeated(b"", b"Content-Type: message/delivery-status\n\n"),
}

ENCODINGS: dict[str, Raw] = {
    "one line": repeated(_TEXT, b"x"),
    "empty lines": repeated(_TEXT, b"\n"),
    "carriage returns": repeated(_TEXT, b"\r"),
    "carriage returns in the head": repeated(b"X: y", b"\r"),
    "zero bytes": repeated(_TEXT, b"\0"),
    "base64 of many short lines": _encoded("base64", b"QUJD\n"),
    "base64 that ends again and again": _encoded("base64", b"QQ=="),
    "no base64 at all": _encoded("base64", b"\xff"),
    "quoted-printable": _encoded("quoted-printable", b"=41"),
    "quoted-printable that is none": _encoded("quoted-printable", b"="),
    "quoted-printable of blanks": _encoded("quoted-printable", b" "),
    "soft line ends": _encoded("quoted-printable", b"=\n"),
    "uuencoded lines": _encoded("x-uuencode", b"begin 666 a\n"),
    "an encoding's name without end": repeated(b"Content-Transfer-Encoding: ", b"base64"),
}

TEXTS: dict[str, Raw] = {
    "marks of HTML": repeated(_HTML, b"<style>"),
    "open marks of HTML": repeated(_HTML, b"<"),
    "a numeric reference without end": repeated(_HTML + b"&#", b"9"),
    "numeric references": repeated(_HTML, b"&#99999999999;"),
    "small numeric references": repeated(_HTML, b"&#9"),
    "ampersands": repeated(_HTML, b"&"),
    "subscription ids": repeated(_TEXT, b"subscription 00000000-0000-4000-8000-000000000001\n"),
    "times": repeated(_TEXT, b"13 February 2025 23:10 UTC "),
    "nearly times": repeated(_TEXT, b"1 January "),
    "times with an offset": repeated(_TEXT, b"2025-02-13T23:10 UTC+01:00 - 14 "),
    "hours without a day": repeated(_TEXT, b"23:10 UTC on "),
    "days without a time": repeated(_TEXT, b"13 de febrero de 2025 a las "),
    "words between a day and a time": repeated(_TEXT + b"13 February 2025", b" at"),
    "digits": repeated(_TEXT, b"2025"),
    "blanks between days": repeated(_TEXT + b"13", b" "),
    "marks within words": repeated(_HTML, b"<b>"),
    "a meta without end": repeated(_HTML, b"<meta charset="),
    "letters with many accents": repeated(
        b"Content-Type: text/plain; charset=utf-8\n\nx", "a\u0301\u0323".encode()
    ),
    "tracking ids": repeated(_TEXT, b"ABCD_"),
    "quoted lines": repeated(_TEXT + b"\n", b"> "),
}

CHARSETS: dict[str, Raw] = {
    "no mail's charset: punycode": in_charset("punycode", b"9"),
    "no mail's charset: punycode in a parameter": repeated(
        b"Content-Type: text/plain; charset*=punycode'en'", b"9", b"\n\nx\xff"
    ),
    "no mail's charset: idna": in_charset("idna", b"xn--ab-"),
    "no mail's charset: unicode_escape": in_charset("unicode_escape", b"\\x"),
    "no mail's charset: base64": in_charset("base64", b"QQ=="),
    "no mail's charset: undefined": in_charset("undefined", b"x"),
    "a charset's name without end": repeated(b"Content-Type: text/plain; charset=", b"a_"),
} | {
    # bytes that are hard to decode in each
    f"charset {charset}": in_charset(charset, content)
    for charset, content in {
        "utf-8": b"\xf0\x9f\xff",
        "utf-7": b"+\xff-+",
        "utf-16": b"\x00\xd8",
        "utf-32": b"\xff\xff\xff\xff",
        "iso-2022-jp": b"\x1b$B\xff\x1b(B\x1b",
        "iso-2022-kr": b"\x1b$)C\x0e\xff",
        "hz-gb-2312": b"~{\xff~}~",
        "gb18030": b"\x81\x30\xff",
        "big5": b"\x81\xff",
        "shift_jis": b"\x81\xff",
        "euc-jp": b"\x8f\xff",
        "euc-kr": b"\xa1\xff",
        "windows-1252": b"\x81",
        "koi8-r": b"\xff",
        "us-ascii": b"\xff",
    }.items()
}

MAILS: dict[str, Raw] = PARAMETERS | HEADERS | STRUCTURE | ENCODINGS | TEXTS | CHARSETS
