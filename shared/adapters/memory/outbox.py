"""The outbox in memory, and a poster that answers what a test says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from shared.adapters.memory.cells import Cells
from shared.adapters.schemas import SCHEMAS, Schemas
from shared.adapters.serialization import listing_of, to_text
from shared.domain.outbox.answers import Answer
from shared.domain.outbox.calendar_feed import CalendarFeed
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch
from shared.ports import Listing, Stored, Version

_FRESH = Version("")
_WATCH = "watch"
_CALENDAR = "calendar"


class MemoryOutbox:
    """Fake of the port Outbox."""

    def __init__(self, schemas: Schemas = SCHEMAS) -> None:
        self._news, self._mailboxes, self._watch = Cells(), Cells(), Cells()
        self._calendar = Cells()
        self._schemas = schemas

    async def add(self, news: News) -> bool:
        """Store a piece of news; False if one with this id is there."""
        return self._news.insert(news.id, to_text(news, self._schemas)) is not None

    async def news(self, at_most: int) -> Listing[News]:
        """At most so many pieces of news."""
        return listing_of(list(self._news.texts())[:at_most], News, self._schemas)

    async def remove(self, ids: Collection[str]) -> None:
        """Remove news with these ids."""
        for each in ids:
            self._news.remove(each)

    async def mailbox(self, target: str) -> Stored[Mailbox]:
        """The mailbox of a target as stored now; an empty one where there is none yet."""
        stored = self._mailboxes.stored(target, Mailbox, self._schemas)
        return stored or Stored(value=Mailbox(target=target), version=_FRESH)

    async def store_mailbox(self, mailbox: Mailbox, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._mailboxes.save(mailbox.target, mailbox, version, self._schemas)

    async def watch(self) -> Stored[Watch]:
        """What was said of waves and pauses."""
        stored = self._watch.stored(_WATCH, Watch, self._schemas)
        return stored or Stored(value=Watch(), version=_FRESH)

    async def store_watch(self, watch: Watch, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._watch.save(_WATCH, watch, version, self._schemas)

    async def calendar(self) -> Stored[CalendarFeed]:
        """The calendar with its addresses."""
        stored = self._calendar.stored(_CALENDAR, CalendarFeed, self._schemas)
        return stored or Stored(value=CalendarFeed(), version=_FRESH)

    async def store_calendar(self, feed: CalendarFeed, version: Version) -> Version | None:
        """Store it if nobody else did since it was read."""
        return self._calendar.save(_CALENDAR, feed, version, self._schemas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One post, as the target got it."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class ScriptedPoster:
    """Fake of the port Poster: answers by address, 202 where nothing is said."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The next answer of the script; its last one stays."""
        self.posted.append(Posted(url=url, headers=headers, body=body))
        script = self.answers.get(url, [])
        if not script:
            return Answer(status=202)
        return script.pop(0) if len(script) > 1 else script[0]
