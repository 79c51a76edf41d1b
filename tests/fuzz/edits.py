"""Documented samples with a few edits each, as a strategy of hypothesis."""

from hypothesis import strategies as st

from tests.fuzz.targets import seeds

SEEDS = list(seeds())

#: pieces that parsers stumble over
TRAPS = (
    b'"', b"{", b"[" * 50, b"\\u0000", b"\\ud800", b"1e999", b"-1", b"null", b"<", b"</style",
    b"\r\n\r\n", b"--xYzZY", b"\xff\xfe", b"=?utf-8?q?", b"multipart/mixed; boundary=a",
    b"9" * 5000, b"0001-01-01T00:00:00+14:00", b"Azure maintenance of your virtual machine",
    b"00000000-0000-0000-0000-000000000000", b'; x="' + b";a" * 40, b"charset=punycode",
    b"charset=utf-7", b"(" * 400 + b")" * 400, b"&#" + b"9" * 5000,
    b"Content-Type: message/rfc822\n\n" * 30, b"X: y\n" * 1100,
)  # fmt: skip


@st.composite
def edited_samples(draw: st.DrawFn) -> bytes:
    """One sample, cut, spliced and spiced."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(1, max(1, len(data) - 1)))
        length = draw(st.integers(0, 40))
        data[at : at + length] = draw(st.sampled_from(TRAPS) | st.binary(max_size=8))
    return bytes(data)
