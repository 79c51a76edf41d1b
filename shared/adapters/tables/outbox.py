"""The outbox in Table Storage: news, mailboxes, and what was said, each in a partition."""

from collections.abc import Collection

from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import StoredText, listing_of, to_text
from shared.adapters.stored_values import etag_of, next_version, read_stored, written_text
from shared.adapters.tables.account import TableName, Tables
from shared.adapters.tables.rows import Key, Row, hashed
from shared.domain.outbox.calendar_feed import CalendarFeed
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch
from shared.ports import Listing, Stored, Version

_FRESH = Version("")
_NEWS = "news"
_WATCH = Key(partition="watch", row="watch")
_CALENDAR = Key(partition="calendar", row="calendar")


class TableOutbox:
    """Implements the port Outbox. Close the Tables it was given, not this."""

    def __init__(self, *, tables: Tables, schemas: Schemas = SCHEMAS) -> None:
        self._table = tables.table(TableName.OUTBOX)
        self._schemas = schemas

    async def add(self, news: News) -> bool:
        """Store a piece of news; False if one with this id is there."""
        row = Row(key=_news_key(news.id), text=to_text(news, self._schemas))
        return await self._table.insert(row) is not None

    async def news(self, at_most: int) -> Listing[News]:
        """At most so many pieces of news."""
        rows = await self._table.first_rows(
            "PartitionKey eq @partition", {"partition": _NEWS}, at_most
        )
        texts = [StoredText(key=each.row.key.row, text=each.row.text, columns={}) for each in rows]
        return listing_of(texts, News, self._schemas)

    async def remove(self, ids: Collection[str]) -> None:
        """Remove news with these ids, one by one."""
        for each in ids:
            await self._table.remove(_news_key(each))

    async def mailbox(self, target: str) -> Stored[Mailbox]:
        """The mailbox of a target as stored now; an empty one where there is none yet."""
        stored = await self._table.get(_mailbox_key(target))
        if stored is None:
            return Stored(value=Mailbox(target=target), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, Mailbox, self._schemas)

    async def store_mailbox(self, mailbox: Mailbox, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return await self._swap(_mailbox_key(mailbox.target), mailbox, version)

    async def watch(self) -> Stored[Watch]:
        """What was said of waves and pauses."""
        stored = await self._table.get(_WATCH)
        if stored is None:
            return Stored(value=Watch(), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, Watch, self._schemas)

    async def store_watch(self, watch: Watch, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return await self._swap(_WATCH, watch, version)

    async def calendar(self) -> Stored[CalendarFeed]:
        """The calendar with its addresses."""
        stored = await self._table.get(_CALENDAR)
        if stored is None:
            return Stored(value=CalendarFeed(), version=_FRESH)
        return read_stored(stored.row.text, stored.etag, CalendarFeed, self._schemas)

    async def store_calendar(self, feed: CalendarFeed, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return await self._swap(_CALENDAR, feed, version)

    async def _swap(
        self, key: Key, value: Mailbox | Watch | CalendarFeed, version: Version
    ) -> Version | None:
        row = Row(key=key, text=written_text(value, version, self._schemas))
        if version == _FRESH:
            return next_version(version, await self._table.insert(row))
        return next_version(version, await self._table.replace(row, etag_of(version)))


def _news_key(news: str) -> Key:
    return Key(partition=_NEWS, row=hashed(news))


def _mailbox_key(target: str) -> Key:
    return Key(partition="mailbox", row=hashed(target))
