"""The plain text of a mail in any format.

HTML without its marks, forwarded lines without theirs.

Every step takes time in proportion to the text: no mail may keep a function busy.
"""

import html
import re

from shared.domain.notices.mail.message import LONGEST_TEXT, Mail

#: `[^<>]` cannot run past the next mark, so a text full of `<` is no trap
_MARK = re.compile(r"<[^<>]*>")
#: invisible: their content is no text
_HIDDEN = re.compile(r"<(style|script)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)
#: a numeric reference beyond all characters; `html` reads its number first, which fails where it
#: has thousands of digits
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)
#: invisible characters, which may divide a word: zero width, soft hyphens, marks of direction
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+"
)
_QUOTED = re.compile(r"^[ \t]{0,8}(?:>[ \t]?){1,8}", re.MULTILINE)


def text_of(mail: Mail) -> str:
    """Subject, text and HTML as one plain text that keeps the lines."""
    written = _QUOTED.sub("", mail.text[:LONGEST_TEXT])
    shown = plain_text(mail.html)
    text = "\n".join(each for each in (mail.subject, written, shown) if each.strip())
    return _INVISIBLE.sub("", text)


def plain_text(markup: str) -> str:
    """The text of HTML.

    Each mark becomes a space, so that no two cells of a table grow together.
    """
    without = _MARK.sub(" ", _HIDDEN.sub(" ", markup[:LONGEST_TEXT]))
    return html.unescape(_NO_CHARACTER.sub("\ufffd", without)).replace("\xa0", " ")
