"""The age of what was signed: old signatures are not accepted from any sender.

Asks no clock.
"""

import re
from datetime import UTC, datetime, timedelta

from shared.domain.notices.http import Refusal

#: A replay starts at most one scan, and the record of notices knows a mail again; so this may be
#: wide enough for a sender that tries again while our storage was away.
REPLAY_WINDOW = timedelta(hours=1)

#: a clock ahead of our clock; what is signed for later than that was signed to be kept
AHEAD = timedelta(minutes=5)

#: Ten digits (from 2001 to 2286), and no other number. The signed text is the time and the rest
#: together, so a digit could be moved from one to the other.
_SECONDS = re.compile(r"[0-9]{10}")


def from_seconds(text: str) -> datetime | None:
    """The instant that seconds since 1970 mean; None if the text is none."""
    return datetime.fromtimestamp(int(text), UTC) if _SECONDS.fullmatch(text) else None


def refuse_old(signed: datetime | None, now: datetime) -> Refusal | None:
    """A refusal for what was signed too long ago, or in the future, or at no readable time."""
    if signed is None:
        return Refusal(status=401, reason="the signature's timestamp cannot be read")
    if not -AHEAD <= now - signed <= REPLAY_WINDOW:
        return Refusal(status=401, reason=f"the signature is not of the last {REPLAY_WINDOW}")
    return None
