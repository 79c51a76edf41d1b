"""The notices in memory, with their claims. They outlive no process."""

from datetime import datetime, timedelta

from shared.adapters.memory.cells import Cells
from shared.adapters.serialization import listing_of, to_text
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.place import NoticePlace
from shared.domain.notices.record import NoticeRecord
from shared.ports import NoticeListing, NoticeRows, Stored, Version


class MemoryNotices:
    """Fake of the port Notices."""

    def __init__(self) -> None:
        self._cells = Cells()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._occasions: dict[str, datetime] = {}

    async def insert(self, entry: NoticeRecord) -> Version | None:
        """Store a new notice; None if one with this id is there."""
        return self._cells.insert(entry.id, to_text(entry))

    async def get(self, notice: NoticeId) -> Stored[NoticeRecord] | None:
        """The notice as stored now."""
        return self._cells.stored(notice, NoticeRecord)

    async def save(self, entry: NoticeRecord, version: Version) -> Version | None:
        """Replace the notice if it is still the version read; None if somebody was faster."""
        return self._cells.save(entry.id, entry, version)

    async def newest(
        self, start: datetime, after: NoticePlace | None, at_most: int
    ) -> NoticeListing:
        """At most so many notices behind a place, newest first."""
        found = listing_of(self._cells.texts(), NoticeRecord)
        places = sorted(
            ((NoticePlace(each.at, each.id), each) for each in found),
            key=lambda pair: pair[0],
            reverse=True,
        )
        behind = [
            (place, each)
            for place, each in places
            if place.at >= start and (after is None or place < after)
        ]
        shown = behind[:at_most]
        more = len(behind) > len(shown)
        return NoticeListing(
            (each for _, each in shown), found.unreadable, shown[-1][0] if more else None
        )

    async def remove_older(self, kind: NoticeRows, before: datetime, at_most: int) -> int:
        """Remove rows of a kind that were stored before an instant, at most so many; how many."""
        found = listing_of(self._cells.texts(), NoticeRecord)
        old: dict[NoticeRows, list[str]] = {
            NoticeRows.NOTICES: [each.id for each in found if each.at < before],
            NoticeRows.TOKENS: [key for key, (_, at) in self._tokens.items() if at < before],
            NoticeRows.SCANS: [key for key, at in self._occasions.items() if at < before],
        }
        gone = old[kind][:at_most]
        for each in gone:
            match kind:
                case NoticeRows.NOTICES:
                    self._cells.remove(each)
                case NoticeRows.TOKENS:
                    del self._tokens[each]
                case NoticeRows.SCANS:
                    del self._occasions[each]
        return len(gone)

    async def bind(self, token: str, digest: str, now: datetime) -> str:
        """The digest that the token was first bound to."""
        return self._tokens.setdefault(token, (digest, now))[0]

    async def join_scan(self, scan: str, now: datetime, within: timedelta) -> datetime:
        """The instant of the scan that a notice joins."""
        asked = self._occasions.get(scan)
        if asked is None or abs(now - asked) >= within:
            self._occasions[scan] = asked = now
        return asked
