"""Texts from files of any program of Windows, macOS or Linux.

JSON says its own Unicode encoding, with or without a byte-order mark. The command prompt of Windows
writes its code page instead, as az does there into a file.
"""

import json
import re

_CODE_PAGE = "cp1252"
#: what no text of a code page has
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1d\x7f]")
#: colours of a terminal, as `az -o jsonc` writes them
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}m")


class NotText(ValueError):
    """The bytes are of a picture, an archive, or of another program."""


def text_of(data: bytes) -> tuple[str, str]:
    """The text without colours, and a remark on it: empty, or what its reader has to know.

    Reads UTF-8, UTF-16 and UTF-32. Other bytes are read as Windows-1252, or are NotText.
    """
    try:
        return _COLOURS.sub("", data.decode(json.detect_encoding(data))).lstrip("\ufeff"), ""
    except UnicodeDecodeError as fault:
        if _BINARY.search(data) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise NotText from fault
    text = _COLOURS.sub("", data.decode(_CODE_PAGE, errors="replace"))
    return text, (
        "it is not UTF-8 and is read as Windows-1252. Look at names with letters beyond a to z,"
        " or save it as UTF-8"
    )
