"""The transfer encodings of mails (RFC 2045, section 6) undone.

Nothing fails: what is broken is read as far as it goes.
"""

import binascii


def changes(encoding: str) -> bool:
    """Whether an encoding is one that changes the bytes."""
    return _name(encoding) in ("base64", "quoted-printable")


def undo(content: bytes, encoding: str) -> bytes:
    """The bytes that were sent.

    `content` itself where the encoding is none that changes it, or is unknown.
    """
    match _name(encoding):
        case "base64":
            return _from_base64(content)
        case "quoted-printable":
            return binascii.a2b_qp(content)
        case _:
            return content


def _from_base64(content: bytes) -> bytes:
    """Padding is added, as some senders leave it out.

    Where the text is complete it changes nothing.
    """
    try:
        return binascii.a2b_base64(content + b"==")
    except binascii.Error:  # one character alone at the end
        return binascii.a2b_base64(content + b"A==")


def _name(encoding: str) -> str:
    """The name alone: some programs write quotes, a comment or parameters beside it."""
    return encoding.partition(";")[0].partition("(")[0].strip(" \t\r\n\"'").lower()
