"""The transfer encodings of mails (RFC 2045, section 6) undone.

Nothing fails: what is broken is read as far as it goes.
"""

import binascii


def undo(content: bytes, encoding: str) -> bytes:
    """The bytes that were sent.

    `content` itself where the encoding is none that changes it, or is unknown.
    """
    match encoding.strip().lower():
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
