"""The plain text of a mail in any format.

HTML without its marks, forwarded lines without theirs.

Every step takes time in proportion to the text: no mail may keep a function busy.
"""

import html
import re
import unicodedata

from shared.domain.notices.mail.message import LONGEST_TEXT, Mail

#: `[^<>]` cannot run past the next mark, so a text full of `<` is no trap
_MARK = re.compile(r"<[^<>]*>")
#: invisible: their content is no text
_HIDDEN = re.compile(r"<(style|script)\b[^<>]*>[^<]*</\1\s*>", re.IGNORECASE)
#: a numeric reference beyond all characters; `html` reads its number first, which fails where it
#: has thousands of digits
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)
#: marks that stand within a word as well, and show nothing of their own
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|del|em|font|i|ins|mark|nobr|s|small|span|strike|strong|sub|sup|tt"
    r"|u|wbr)\b[^<>]*>",
    re.IGNORECASE,
)
#: Characters that show nothing, and may divide a word (Unicode: Default_Ignorable_Code_Point).
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
#: full-width forms of ASCII, as Japanese programs write `VM`
_NARROW = {0x3000: " "} | {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_QUOTED = re.compile(r"^[ \t]{0,8}(?:>[ \t]?){1,8}", re.MULTILINE)


def text_of(mail: Mail) -> str:
    """Subject, text and HTML as one plain text that keeps the lines.

    Letters with accents are one character each, however they were written, and ASCII is narrow.
    """
    written = _QUOTED.sub("", mail.text[:LONGEST_TEXT])
    shown = plain_text(mail.html)
    text = "\n".join(each for each in (mail.subject, written, shown) if each.strip())
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text).translate(_NARROW))


def plain_text(markup: str) -> str:
    """The text of HTML.

    Each mark becomes a space, so that no two cells of a table grow together. Marks within words,
    such as `<b>` and `<wbr>`, become nothing.
    """
    without = _MARK.sub(" ", _INLINE.sub("", _HIDDEN.sub(" ", markup[:LONGEST_TEXT])))
    return html.unescape(_NO_CHARACTER.sub("\ufffd", without)).replace("\xa0", " ")
