r"""The notices in Table Storage, and beside them the claims.

Tokens that were used, and scans that may be joined::

    {two digits of id}  {id of the notice}     value, at, source, outcome
    newest              {time left}~{id}       nothing: a list reads it, and then the notices
    newest              ~indexed               value: when the rows of older releases got theirs
    token, occasion     {hash}                 value, at

So many concurrent notices do not share one partition. The row of the list is written before its
notice, so each notice has one. Its key is the time that is left until the year 9999: the service
reads in order of keys, and the newest come first. Release 0.2.0 wrote no such rows. They are added
once, and again by the sweep a month later, because that release may have run meanwhile.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import batched

from shared.adapters.serialization import StoredText, listing_of
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed, sortable
from shared.concurrency import map_concurrently
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.place import NoticePlace
from shared.domain.notices.record import NoticeRecord
from shared.errors import StorageUnavailable
from shared.ports import NoticeListing, NoticeRows, Stored, Version

#: of a notice that is not stored yet
_FRESH = Version("")
#: several concurrent notices of one subscription; each round one of them gets on
_ROUNDS = 50

#: the partitions of the claims; those of the notices have two digits
_TOKENS, _SCANS = "token", "occasion"
#: the partition of the list, and what it has behind its rows
_NEWEST = "newest"
_INDEXED = Key(partition=_NEWEST, row="~indexed")
_INDEX_AGAIN = timedelta(days=30)
#: notices that are read concurrently
_AT_ONCE = 8
#: the last microsecond of the year 9999
_END = datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TableNotices:
    """Implements the port Notices. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables) -> None:
        self._table = tables.table(TableName.NOTICES)

    async def insert(self, entry: NoticeRecord) -> Version | None:
        """Store a new notice; None if one with this id is there."""
        listed = _row_of_list(NoticePlace(entry.at, entry.id))
        await self._table.put(listed)
        version = next_version(_FRESH, await self._table.insert(_row(entry, _FRESH)))
        if version is None:
            stored = await self._table.get(_key(entry.id))
            if stored is None or stored.row.columns.get("at") != sortable(entry.at):
                await self._table.remove_all([listed.key])
        return version

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

    async def newest(
        self, start: datetime, after: NoticePlace | None, at_most: int
    ) -> NoticeListing:
        """At most so many notices behind a place, newest first: each read by its key."""
        if await self._table.get(_INDEXED) is None:
            await self._index_older_releases(start)
        query = "PartitionKey eq @list and RowKey gt @after and RowKey lt @end"
        bounds = {
            "list": _NEWEST,
            "after": _list_row(after) if after is not None else "",
            "end": f"{_time_left(start)}~~",
        }
        rows = await self._table.first_rows(query, bounds, at_most + 1)
        places = [_place_of(each.row.key.row) for each in rows]
        texts = []
        for some in batched(places[:at_most], _AT_ONCE, strict=False):
            found = await map_concurrently(
                lambda each: self._table.get(_key(each.notice)), some, _AT_ONCE
            )
            texts += [
                StoredText(key=each.row.key.row, text=each.row.text, columns=each.row.columns)
                for place, each in zip(some, found, strict=True)
                # A crash may have left the row of a list without its notice, or a second one.
                if each is not None and each.row.columns.get("at") == sortable(place.at)
            ]
        listing = listing_of(texts, NoticeRecord)
        more = len(places) > at_most
        return NoticeListing(listing, listing.unreadable, places[at_most - 1] if more else None)

    async def remove_older(self, kind: NoticeRows, before: datetime, at_most: int) -> int:
        """Remove rows of a kind that were stored before an instant, at most so many; how many.

        A token or a scan that release 0.2.0 stored has no time, and stays.
        """
        match kind:
            case NoticeRows.NOTICES:
                return await self._remove_notices(before, at_most)
            case NoticeRows.TOKENS:
                partition = _TOKENS
            case NoticeRows.SCANS:
                partition = _SCANS
        query = "PartitionKey eq @partition and at lt @before"
        bounds = {"partition": partition, "before": sortable(before)}
        rows = await self._table.first_rows(query, bounds, at_most)
        await self._table.remove_all([each.row.key for each in rows])
        return len(rows)

    async def _remove_notices(self, before: datetime, at_most: int) -> int:
        """The rows of the list are last: after a crash in between, the next call finds them."""
        indexed = await self._table.get(_INDEXED)
        if indexed is None or before - datetime.fromisoformat(indexed.row.text) > _INDEX_AGAIN:
            await self._index_older_releases(before)
        query = "PartitionKey eq @list and RowKey ge @first and RowKey lt @end"
        bounds = {"list": _NEWEST, "first": f"{_time_left(before)}~~", "end": _INDEXED.row}
        rows = await self._table.first_rows(query, bounds, at_most)
        partitions: dict[str, list[Key]] = defaultdict(list)
        for each in rows:
            key = _key(_place_of(each.row.key.row).notice)
            partitions[key.partition].append(key)
        for keys in partitions.values():
            await self._table.remove_all(keys)
        await self._table.remove_all([each.row.key for each in rows])
        return len(rows)

    async def _index_older_releases(self, moment: datetime) -> None:
        """Give each notice its row of the list, and note when. Reads all notices. Idempotent."""
        query = "PartitionKey ne @token and PartitionKey ne @scan and PartitionKey ne @list"
        values = {"token": _TOKENS, "scan": _SCANS, "list": _NEWEST}
        rows: dict[Key, Row] = {}
        async for each in self._table.each_row(query, values, select=("at",)):
            at = each.row.columns.get("at", "")
            if at:
                place = NoticePlace(datetime.fromisoformat(at), NoticeId(each.row.key.row))
                row = _row_of_list(place)
                rows[row.key] = row
        await self._table.merge_all(list(rows.values()))
        await self._table.put(Row(key=_INDEXED, text=sortable(moment)))

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


def _row_of_list(place: NoticePlace) -> Row:
    return Row(key=Key(partition=_NEWEST, row=_list_row(place)), text="")


def _list_row(place: NoticePlace) -> str:
    return f"{_time_left(place.at)}~{place.notice}"


def _time_left(moment: datetime) -> str:
    """Fixed width: later instants come first in the order of texts."""
    return f"{(_END - moment) // _MICROSECOND:018d}"


def _place_of(row: str) -> NoticePlace:
    left, _, notice = row.partition("~")
    return NoticePlace(_END - int(left) * _MICROSECOND, NoticeId(notice))
