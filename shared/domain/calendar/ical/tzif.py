"""A time zone made from its changes, in the format that the standard library reads (RFC 8536)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

_NAME = b"LMT\0"
_HEADER = ">4s1s15x6l"


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetChange:
    """From this instant on a place's clock is that far ahead of UTC, to the second."""

    at: datetime
    offset: timedelta


def zone_of(before: timedelta, changes: Sequence[OffsetChange], key: str) -> ZoneInfo:
    """The zone with an offset up to the first change and those of the changes after it.

    Changes are in order of time. The offset of the last one has no end.
    """
    offsets = sorted({before, *(each.offset for each in changes)} - {before})
    kinds = [before, *offsets]  # the first kind is what holds before every change
    empty = struct.pack(_HEADER, b"TZif", b"2", 0, 0, 0, 0, 1, len(_NAME)) + _kinds([before])
    head = struct.pack(_HEADER, b"TZif", b"2", 0, 0, 0, len(changes), len(kinds), len(_NAME))
    times = struct.pack(f">{len(changes)}q", *(int(each.at.timestamp()) for each in changes))
    indices = bytes(kinds.index(each.offset) for each in changes)
    return ZoneInfo.from_file(
        BytesIO(empty + head + times + indices + _kinds(kinds) + b"\n\n"), key=key
    )


def _kinds(offsets: Sequence[timedelta]) -> bytes:
    return (
        b"".join(struct.pack(">lbb", int(each.total_seconds()), 0, 0) for each in offsets) + _NAME
    )
