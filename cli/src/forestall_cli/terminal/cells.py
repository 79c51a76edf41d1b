"""How wide a text is on a terminal, and how it is cut."""

import unicodedata

_WIDE = ("W", "F")
_NOTHING = ("Mn", "Me", "Cf")
_CUT = "..."


def width_of(text: str) -> int:
    """Columns of the terminal: two for a wide letter, none for a mark above another one."""
    if text.isascii():
        return len(text)
    return sum(_cells(sign) for sign in text)


def padded(text: str, columns: int) -> str:
    """The text with spaces up to so many columns."""
    return text + " " * max(0, columns - width_of(text))


def cut(text: str, columns: int) -> str:
    """The text in at most so many columns, with dots where something is missing."""
    if width_of(text) <= columns:
        return text
    room = max(0, columns - len(_CUT))
    kept, used = "", 0
    for sign in text:
        used += _cells(sign)
        if used > room:
            break
        kept += sign
    return (kept + _CUT)[: max(0, columns)] if columns < len(_CUT) else kept + _CUT


def _cells(sign: str) -> int:
    if unicodedata.category(sign) in _NOTHING:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in _WIDE else 1
