"""Raw mails taken apart.

As `email` reads honest ones, and within limits where somebody has made one to be slow.
"""

import base64
import email
import email.policy
import quopri
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.mail.mime.encoded_words import decoded
from shared.adapters.mail.mime.parts import (
    LONGEST_BOUNDARY,
    LONGEST_PARAMETERS,
    MOST_BYTES,
    MOST_LEVELS,
    MOST_PARAMETERS,
    MOST_PARTS,
    take_apart,
)
from shared.adapters.mail.mime.reading import LONGEST_CONTENT, read_mime

HEAD = b"From: a@b.c\nSubject: s\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def texts(raw: bytes) -> tuple[str, str]:
    parts = read_mime(raw)
    assert parts.unread == ""
    return parts.text, parts.html


# What a mail consists of


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", ("", "")),
        (b"Hello", ("Hello", "")),
        (b"\nHello\n", ("Hello\n", "")),
        (HEAD + b"\nHello\n\nAgain", ("Hello\n\nAgain", "")),
        (HEAD + b"Content-Type: text/html\n\n<p>", ("", "<p>")),
        (HEAD + b"no empty line: it is a text\n", ("no empty line: it is a text\n", "")),
        (MIXED + b"--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nthree", ("one", "two")),
        (MIXED + b"preamble\n--b\n\none\n--b--\n--b\n\ntwo", ("one", "")),
        (MIXED + b"--b\n\nnever closed\n", ("never closed\n", "")),
        (MIXED + b"--b \t\n\nblanks behind it\n--b-- ", ("blanks behind it", "")),
        (MIXED + b"--b\n--b\n\nno part between the two\n--b--", ("no part between the two", "")),
        (MIXED + b"--b\nno head\n--b--", ("no head", "")),
        (MIXED + b"--b\n\none\n--bc\n--b-c\n x--b\n--b--", ("one\n--bc\n--b-c\n x--b", "")),
        (MIXED + b"no boundary", ("", "")),
        (HEAD + b"Content-Type: multipart/mixed\n\n--b\n\none", ("", "")),
        (HEAD + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\none', ("", "")),
        (
            HEAD + b'Content-Type: multipart/mixed;\n boundary="b c"\n\n--b c\n\none\n--b c--',
            ("one", ""),
        ),
        (
            HEAD + b"Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\n\n--bc\n\none",
            ("one", ""),
        ),
        (HEAD + b"Content-Type: multipart/mixed; boundary*=utf-8''b\n\n--b\n\none", ("one", "")),
        (MIXED + b"--b\nContent-Disposition: attachment\n\nno\n--b\n\nyes\n--b--", ("yes", "")),
        (
            MIXED
            + (
                b"--b\n"
                b"Content-Type: message/rfc822\n"
                b"Content-Disposition: attachment\n\nSubject: x\n\ninner\n--b--"
            ),
            ("inner", ""),
        ),
        (
            MIXED
            + (
                b"--b\n"
                b"Content-Type: multipart/alternative; boundary=c\n\n"
                b"--c\n\none\n--b\nContent-Type: text/html\n\ntwo"
            ),
            ("one", "two"),
        ),
        (
            HEAD
            + b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ninner\n--b--",
            ("inner", ""),
        ),
        (
            MIXED
            + (
                b"--b\n"
                b"Content-Type: message/delivery-status\n\n"
                b"Status: 5\n--b\nContent-Type: text/html\n\ntwo\n--b--"
            ),
            ("", "two"),
        ),
        (HEAD + b"Content-Type: nonsense\n\nHello", ("Hello", "")),
    ],
)
def test_a_mail_is_read_for_its_first_text_and_its_first_html(
    raw: bytes, expected: tuple[str, str], line_end: bytes
) -> None:
    assert texts(raw.replace(b"\n", line_end)) == expected


def test_the_headers_are_those_of_the_mail_itself() -> None:
    inner = b"Content-Type: message/rfc822\n\nFrom: inner@b.c\nSubject: inner\n\nx"
    parts = read_mime(b"From: outer@b.c\nSubject: outer\n and more\nX: 1\nx: 2\n" + inner)

    assert parts.headers[0] == ("From", "outer@b.c")
    assert [each for each in parts.headers if each[0] in ("X", "x")] == [("X", "1"), ("x", "2")]
    assert parts.subject.split() == ["outer", "and", "more"]


def _every(message: Message, kind: str) -> str:
    """Every text of a kind, as `email` understands the mail."""
    contents: list[str] = []
    for part in message.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            contents.append(content.decode(str(part.get_content_charset() or "utf-8"), "replace"))
    return "\n\n".join(contents)


@st.composite
def honest_mails(draw: st.DrawFn, depth: int = 3) -> EmailMessage:
    """A mail as mail programs write them.

    Alternatives, attachments, forwarded mails, in any transfer encoding.
    """
    message = EmailMessage()
    message["From"] = "a@b.c"
    message["Subject"] = draw(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40)
    )
    text = st.text(
        st.characters(codec="utf-8", exclude_categories=["C"], include_characters="\n"),
        max_size=200,
    )
    how = draw(st.sampled_from(["base64", "quoted-printable", "8bit"]))
    message.set_content(draw(text), cte=how)
    if draw(st.booleans()):
        message.add_alternative(draw(text), subtype="html", cte=how)
    if draw(st.booleans()):
        message.add_attachment(
            draw(st.binary(max_size=200)), maintype="application", subtype="pdf", filename="a"
        )
    if draw(st.booleans()):
        message.add_attachment(draw(text), subtype="plain", filename="ä; b.txt")
    if depth and draw(st.booleans()):
        message.add_attachment(draw(honest_mails(depth=depth - 1)))
    return message


@given(honest_mails(), st.sampled_from(["\n", "\r\n"]))
def test_honest_mails_are_read_as_email_reads_them(mail: EmailMessage, line_end: str) -> None:
    raw = mail.as_bytes(policy=email.policy.SMTP.clone(linesep=line_end, cte_type="8bit"))
    message = email.message_from_bytes(raw, policy=email.policy.compat32)

    text, html = texts(raw)

    assert text == _every(message, "text/plain").replace("\r\n", "\n")
    assert html == _every(message, "text/html").replace("\r\n", "\n")


# Limits


def part(head: bytes, content: bytes = b"x") -> bytes:
    return b"--b\n" + head + b"\n" + content + b"\n"


def in_each_other(levels: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\n\n" * levels + b"\ninner"


ATTACHED = HEAD + b"Content-Type: application/pdf\n\n"
PARAMETER = b'Content-Type: text/plain; x="'
#: a mail that keeps to a limit, one that does not, and what is said of it
LIMITS: dict[str, tuple[bytes, bytes, str]] = {
    "bytes": (ATTACHED.ljust(MOST_BYTES), ATTACHED.ljust(MOST_BYTES + 1), "4194304 bytes"),
    "parts": (MIXED + part(b"") * (MOST_PARTS - 1), MIXED + part(b"") * MOST_PARTS, "100 parts"),
    "levels": (in_each_other(MOST_LEVELS), in_each_other(MOST_LEVELS + 1), "20 deep"),
    "mails": (in_each_other(1), in_each_other(2000), "20 deep"),
    "headers": (HEAD + b"X: y\n" * 990 + b"\n", HEAD + b"X: y\n" * 1000 + b"\n", "1000 headers"),
    "headers of parts": (
        MIXED + part(b"X: y\n" * 400) * 2,
        MIXED + part(b"X: y\n" * 400) * 3,
        "1000 headers",
    ),
    "length of headers": (
        HEAD + b"X: " + b"y" * 260_000 + b"\n\n",
        HEAD + b"X: " + b"y" * 263_000 + b"\n\n",
        "262144",
    ),
    "parameters": (
        HEAD + PARAMETER + b";" * (MOST_PARAMETERS - 1) + b"\n\n",
        HEAD + PARAMETER + b";" * 60 + b"\n\n",
        "50 param",
    ),
    "parameters of a part": (
        MIXED + part(PARAMETER + b"\n"),
        MIXED + part(PARAMETER + b";" * 60 + b"\n"),
        "50 param",
    ),
    "a disposition": (
        HEAD + b"Content-Disposition: inline\n\n",
        HEAD + b"Content-Disposition: inline" + b";" * 60 + b"\n\n",
        "50 param",
    ),
    "length of parameters": (
        HEAD + PARAMETER + b"y" * (LONGEST_PARAMETERS - 30) + b"\n\n",
        HEAD + PARAMETER + b"y" * LONGEST_PARAMETERS + b"\n\n",
        "8000 characters",
    ),
    "a boundary": (
        HEAD + b"Content-Type: multipart/mixed; boundary=" + b"b" * LONGEST_BOUNDARY + b"\n\n",
        HEAD
        + b"Content-Type: multipart/mixed; boundary="
        + b"b" * (LONGEST_BOUNDARY + 1)
        + b"\n\n",
        "200 char",
    ),
    "a text": (
        HEAD + b"\n" + b"x" * LONGEST_CONTENT,
        HEAD + b"\n" + b"x" * (LONGEST_CONTENT + 1),
        "1048576 bytes",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_within_a_limit_is_read_whole_and_what_is_beyond_says_so(limit: str) -> None:
    within, beyond, said = LIMITS[limit]

    assert read_mime(within).unread == ""
    assert said in read_mime(beyond).unread


def test_an_attachment_may_be_longer_than_a_text() -> None:
    attached = b"Content-Type: application/pdf\nContent-Disposition: attachment\n"
    raw = (
        MIXED
        + part(attached, b"A" * (3 * LONGEST_CONTENT))
        + part(b"Content-Type: text/plain\n", b"yes")
        + b"--b--\n"
    )

    assert texts(raw) == ("yes", "")


def test_no_part_is_looked_for_beyond_the_limit() -> None:
    assert len(take_apart(MIXED + b"--b\n\nx\n" * 100_000).parts) <= MOST_PARTS


# Contents


@pytest.mark.parametrize(
    ("head", "content", "expected"),
    [
        (b"Content-Transfer-Encoding: base64", b"SGVs\nbG8=", "Hello"),
        (b"Content-Transfer-Encoding:  BASE64 ", b"SGVsbG8", "Hello"),
        (b"Content-Transfer-Encoding: base64", b"SGVsbG8=SGVsbG8=", "Hello"),
        (b"Content-Transfer-Encoding: base64", b"!SGV sbG8", "Hello"),
        (b"Content-Transfer-Encoding: base64", b"SGVsbG9IZWxsb", "HelloHell"),
        (b"Content-Transfer-Encoding: Quoted-Printable", b"H=65llo =\nagain=", "Hello again"),
        (b"Content-Transfer-Encoding: nonsense", b"H=65llo", "H=65llo"),
        (b"Content-Type: text/plain; charset*=utf-8''koi8-r", b"\xc4\xc1", "да"),
        (b'Content-Type: text/plain; charset="UTF-8"', "ü".encode(), "ü"),
        (b"Content-Type: text/plain; charset*" + b"9" * 5000 + b"=koi8-r", "ü".encode(), "ü"),
    ],
)  # fmt: skip
def test_contents_are_decoded_as_far_as_they_go(head: bytes, content: bytes, expected: str) -> None:
    text, _ = texts(HEAD + head + b"\n\n" + content)

    assert text[: len(expected)] == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?=C3=BC?=", "ü"),
        ("=?koi8-r?b?xME=?=", "да"),
        ("=?x-unknown?b?QXp1cmU=?=", "Azure"),
        ("=?punycode?q?80aafiecx2a?=", "80aafiecx2a"),
        ("=?idna?q?xn--a?=", "xn--a"),
        ("=?utf-8?b?Q?=", "=?utf-8?b?Q?="),
        ("=?a?q?", "=?a?q?"),
    ],
)
def test_encoded_words_are_decoded_by_charsets_of_mails_only(header: str, expected: str) -> None:
    assert decoded(header) == expected


# Enclosed mails and HTML as programs write them


ENCLOSED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\n"
INNER = HEAD + b"Content-Type: text/html\n\n<p>Azure maintenance"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"7bit", INNER),
        (b"base64", base64.encodebytes(INNER)),
        (b'"BASE64"', base64.encodebytes(INNER)),
        (b"base64 (as Gmail does)", base64.encodebytes(INNER)),
        (b"quoted-printable", quopri.encodestring(INNER)),
        (b"base64", base64.encodebytes(INNER.replace(b"\n", b"\r\n"))),
    ],
)
@pytest.mark.parametrize("kind", [b"message/rfc822", b"message/global"])
@pytest.mark.parametrize("disposition", [b"", b"Content-Disposition: attachment\n"])
def test_an_enclosed_mail_is_read_in_any_encoding(
    encoding: bytes, content: bytes, kind: bytes, disposition: bytes
) -> None:
    head = b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n"
    raw = ENCLOSED + head + disposition + b"\n" + content + b"\n--b--\n"

    plain, html = texts(raw)

    assert plain == "see below"
    assert html.strip() == "<p>Azure maintenance"


def test_mails_encoded_in_each_other_are_read_within_the_limits() -> None:
    raw = INNER
    for _ in range(MOST_LEVELS):
        raw = (
            HEAD
            + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(raw)
        )
    assert texts(raw)[1] == "<p>Azure maintenance"

    raw = (
        HEAD
        + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(raw)
    )
    assert "deep" in read_mime(raw).unread


def test_encoded_mails_do_not_multiply_the_bytes_of_a_mail() -> None:
    filler = b"x" * (MOST_BYTES // 3)
    raw = filler
    for _ in range(5):
        raw = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n" + raw

    mail = take_apart(raw)

    assert sum(map(len, mail.texts)) <= 2 * MOST_BYTES
    assert mail.unread == f"more than {MOST_BYTES} bytes of encoded mails"


@pytest.mark.parametrize(
    "meta",
    [
        '<meta charset="shift_jis">',
        "<META CHARSET=Shift_JIS>",
        "<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>",
    ],
)
def test_html_may_name_its_charset_itself(meta: str) -> None:
    raw = HEAD + b"Content-Type: text/html\n\n" + f"{meta}<p>仮想マシン".encode("shift_jis")

    assert texts(raw)[1].endswith("<p>仮想マシン")


def test_a_charset_of_the_head_counts_more_than_that_of_html() -> None:
    head = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
    raw = head + '<meta charset="shift_jis">für'.encode()

    assert texts(raw)[1].endswith("für")
    assert texts(raw.replace(b"; charset=utf-8", b"").replace(b"shift_jis", b"utf-16"))[1].endswith(
        "für"
    )
