"""How a GUID is written: the ids of subscriptions, tenants, applications and users.

Sample::

    0b1f6471-1bf0-4dda-aec3-cb9272f09590
"""

import re

#: a part of a regular expression, without groups that count; for texts in any casing
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

_WHOLE = re.compile(GUID)


def read_guid(text: str) -> str:
    """A GUID in lower case; a ValueError says so if the text is none."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a GUID such as 0b1f6471-1bf0-4dda-aec3-cb9272f09590.")
    return text.lower()
