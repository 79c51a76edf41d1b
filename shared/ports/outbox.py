"""What messages to targets outside need: their store, and the way to a target."""

from collections.abc import Collection, Mapping
from typing import Protocol

from shared.domain.outbox.answers import Answer
from shared.domain.outbox.calendar_feed import CalendarFeed
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch
from shared.ports.stored import Listing, Stored, Version


class Outbox(Protocol):
    """The news that no target has taken yet, one mailbox for each target, and what was said."""

    async def add(self, news: News) -> bool:
        """Store a piece of news; False if one with this id is there already (nothing changes)."""
        ...

    async def news(self, at_most: int) -> Listing[News]:
        """At most so many pieces of news, in no particular order."""
        ...

    async def remove(self, ids: Collection[str]) -> None:
        """Remove news with these ids. Those that are not there are no fault."""
        ...

    async def mailbox(self, target: str) -> Stored[Mailbox]:
        """The mailbox of a target as stored now; an empty one where there is none yet."""
        ...

    async def store_mailbox(self, mailbox: Mailbox, version: Version) -> Version | None:
        """Store it if nobody else did since it was read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def watch(self) -> Stored[Watch]:
        """What was said of waves and pauses; an empty value where there is none yet."""
        ...

    async def store_watch(self, watch: Watch, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster."""
        ...

    async def calendar(self) -> Stored[CalendarFeed]:
        """The calendar with its addresses; an empty value where there is none yet."""
        ...

    async def store_calendar(self, feed: CalendarFeed, version: Version) -> Version | None:
        """Store it if nobody else did since it was read; None if somebody was faster."""
        ...


class Poster(Protocol):
    """Posts messages to addresses that the settings name."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What one POST was answered within 20 s.

        Never raises for what can be expected: an address that is refused, cannot be found or
        reached, or does not answer is an Answer without a status. No redirect is followed.
        """
        ...
