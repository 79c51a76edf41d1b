"""A place in the list of notices, which is in order of time, newest first. Pure.

`2026-11-30T22:03:01.000000Z~9d3a...`: the instant at which a notice came, and its id.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from shared.domain.notices.notice import NoticeId

_ID = re.compile(r"[0-9a-f]{32}")


class NoticePlace(NamedTuple):
    """When a notice came, and which. Later ones are greater."""

    at: datetime
    notice: NoticeId

    def __str__(self) -> str:
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return f"{at.removesuffix('+00:00')}Z~{self.notice}"


def is_notice_id(text: str) -> bool:
    """Whether a text has the form of a notice's id."""
    return _ID.fullmatch(text) is not None


def notice_place(text: str) -> NoticePlace | None:
    """The place that a text names; None if it names none."""
    at, _, notice = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or not is_notice_id(notice):
        return None
    try:
        return NoticePlace(moment.astimezone(UTC), NoticeId(notice))
    except OverflowError:  # in the first or the last hours of the calendar
        return None
