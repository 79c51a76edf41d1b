"""Secret addresses of the calendar: made, listed, revoked, and read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.outbox.calendar_feed import (
    MOST_ADDRESSES,
    CalendarFeed,
    FeedAddress,
    FeedEvent,
    address_of_token,
    hash_of,
)
from shared.errors import StorageUnavailable
from shared.usecases.app import App

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPart:
    """The events that an address shows, in order of time."""

    group: str
    installation: str
    events: Sequence[FeedEvent]


async def add_address(
    app: App, *, name: str, group: str, token: str, by: str, reason: str
) -> FeedAddress | None:
    """Make an address for a token that nobody knows. None if there are too many addresses.

    One with the same name is replaced: its token does not work any more.
    """
    made = FeedAddress(
        name=name, token_hash=hash_of(token), group=group.strip().lower(), by=by, at=app.now()
    )
    await app.record(f"calendar:{name}", "calendar.address_made", by=by, why=reason, group=group)
    for _ in range(_TRIES):
        stored = await app.outbox.calendar()
        others = tuple(each for each in stored.value.addresses if each.name != name)
        if len(others) >= MOST_ADDRESSES:
            return None
        after = replace(stored.value, addresses=(*others, made))
        if await app.outbox.store_calendar(after, stored.version) is not None:
            return made
    raise StorageUnavailable("the calendar is changed by others all the time")


async def revoke_address(app: App, *, name: str, by: str, reason: str) -> bool:
    """Revoke an address, from now on; False if there is none with this name."""
    for _ in range(_TRIES):
        stored = await app.outbox.calendar()
        kept = tuple(each for each in stored.value.addresses if each.name != name)
        if len(kept) == len(stored.value.addresses):
            return False
        await app.record(f"calendar:{name}", "calendar.address_revoked", by=by, why=reason)
        after: CalendarFeed = replace(stored.value, addresses=kept)
        if await app.outbox.store_calendar(after, stored.version) is not None:
            return True
    raise StorageUnavailable("the calendar is changed by others all the time")


async def list_addresses(app: App) -> Sequence[FeedAddress]:
    """Every address, in order of name. The tokens are not stored, so nobody can list them."""
    stored = await app.outbox.calendar()
    return sorted(stored.value.addresses, key=lambda each: each.name)


async def read_feed(app: App, token: str) -> FeedPart | None:
    """The events of the address with this token; None if there is none."""
    feed = (await app.outbox.calendar()).value
    address = address_of_token(feed, token)
    if address is None:
        return None
    events = [
        each for each in feed.events.values() if not address.group or each.group == address.group
    ]
    return FeedPart(
        group=address.group,
        installation=app.outside.installation,
        events=sorted(events, key=lambda each: each.start),
    )
