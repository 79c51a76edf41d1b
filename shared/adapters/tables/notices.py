"""The notices in Table Storage, and beside them the claims.

Tokens that were used, and scans that may be joined.

Partition = first two digits of the notice's id, row = the id; so many concurrent notices do not
share one partition.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed, sortable
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.record import NoticeRecord
from shared.errors import StorageUnavailable
from shared.ports import Listing, NoticeRows, Stored, Version

#: of a notice that is not stored yet
_FRESH = Version("")
#: several concurrent notices of one subscription; each round one of them gets on
_ROUNDS = 50

#: the partitions of the claims; those of the notices have two digits
_TOKENS, _SCANS = "token", "occasion"


class TableNotices:
    """Implements the port Notices. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.NOTICES)

    async def insert(self, entry: NoticeRecord) -> Version | None:
        """Store a new notice; None if one with this id is there."""
        return next_version(_FRESH, await self._table.insert(_row(entry, _FRESH)))

    async def get(self, notice: NoticeId) -> Stored[NoticeRecord] | None:
        """The notice as stored now."""
        stored = await self._table.get(_key(notice))
        if stored is None:
            return None
        return read_stored(stored.row.text, stored.etag, NoticeRecord)

    async def save(self, entry: NoticeRecord, version: Version) -> Version | None:
        """Replace the notice if it is still the version read; None if somebody was faster."""
        etag = await self._table.replace(_row(entry, version), etag_of(version))
        return next_version(version, etag)

    async def since(self, start: datetime) -> Listing[NoticeRecord]:
        """All notices that came at an instant or later, newest first.

        Reads the whole table, for people's questions.
        """
        rows = await self._table.rows(
            "at ge @start and PartitionKey ne @token and PartitionKey ne @scan",
            {"start": sortable(start), "token": _TOKENS, "scan": _SCANS},
        )
        texts = [
            StoredText(key=each.row.key.row, text=each.row.text, columns=each.row.columns)
            for each in rows
        ]
        found = listing_of(texts, NoticeRecord)
        return Listing(
            sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True), found.unreadable
        )

    async def remove_older(self, kind: NoticeRows, before: datetime, at_most: int) -> int:
        """Remove rows of a kind that were stored before an instant, at most so many; how many.

        A token or a scan that release 0.2.0 stored has no time, and stays.
        """
        values = {"before": sortable(before)}
        match kind:
            case NoticeRows.NOTICES:
                query = "at lt @before and PartitionKey ne @token and PartitionKey ne @scan"
                values |= {"token": _TOKENS, "scan": _SCANS}
            case NoticeRows.TOKENS:
                query, values["token"] = "PartitionKey eq @token and at lt @before", _TOKENS
            case NoticeRows.SCANS:
                query, values["scan"] = "PartitionKey eq @scan and at lt @before", _SCANS
        rows = await self._table.first_rows(query, values, at_most)
        partitions: dict[str, list[Key]] = defaultdict(list)
        for each in rows:
            partitions[each.row.key.partition].append(each.row.key)
        for keys in partitions.values():
            await self._table.remove_all(keys)
        return len(rows)

    async def bind(self, token: str, digest: str, now: datetime) -> str:
        """The digest that the token was first bound to."""
        key = Key(partition=_TOKENS, row=hashed(token))
        row = Row(key=key, text=digest, columns={"at": sortable(now)})
        if await self._table.insert(row) is not None:
            return digest
        stored = await self._table.get(key)
        if stored is None:
            raise StorageUnavailable(
                "a token that was bound is not there any more; somebody empties the table"
            )
        return stored.row.text

    async def join_scan(self, scan: str, now: datetime, within: timedelta) -> datetime:
        """The instant of the scan that a notice joins."""
        key = Key(partition=_SCANS, row=hashed(scan))
        mine = Row(key=key, text=sortable(now), columns={"at": sortable(now)})
        for _ in range(_ROUNDS):
            stored = await self._table.get(key)
            if stored is not None:
                asked = datetime.fromisoformat(stored.row.text)
                if abs(now - asked) < within:
                    return asked
                written = await self._table.replace(mine, stored.etag)
            else:
                written = await self._table.insert(mine)
            if written is not None:
                return datetime.fromisoformat(mine.text)
        raise StorageUnavailable(f"the scan of {scan} could not be agreed on in {_ROUNDS} rounds")


def _row(entry: NoticeRecord, version: Version) -> Row:
    return Row(
        key=_key(entry.id),
        text=written_text(entry, version),
        columns={
            "at": sortable(entry.at),
            "source": entry.notice.source.value,
            "outcome": entry.outcome.value,
        },
    )


def _key(notice: NoticeId) -> Key:
    return Key(partition=notice[:2], row=notice)
