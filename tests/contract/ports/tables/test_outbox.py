"""What every store of the outbox promises."""

from dataclasses import replace

from shared.domain.outbox.calendar_feed import CalendarFeed, FeedAddress
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import Mailbox, take
from shared.domain.outbox.waves import Watch, WaveNote
from shared.ports import Outbox
from tests.contract.ports.samples import NOW
from tests.unit.domain.outbox.samples import failed


async def test_news_is_stored_once(outbox: Outbox) -> None:
    assert await outbox.add(failed("a"))
    assert not await outbox.add(replace(failed("a"), text="another text"))
    assert await outbox.news(10) == [failed("a")]


async def test_no_more_news_than_asked_for(outbox: Outbox) -> None:
    for n in range(5):
        await outbox.add(failed(f"vm-{n}"))
    assert len(await outbox.news(3)) == 3
    assert len(await outbox.news(10)) == 5


async def test_news_is_removed_by_its_id(outbox: Outbox) -> None:
    for name in "ab":
        await outbox.add(failed(name))
    await outbox.remove([failed("a").id, "never stored"])
    assert await outbox.news(10) == [failed("b")]


async def test_a_mailbox_is_empty_at_first(outbox: Outbox) -> None:
    stored = await outbox.mailbox("crm-teams")
    assert stored.value == Mailbox(target="crm-teams")


async def test_a_mailbox_is_swapped_whole(outbox: Outbox) -> None:
    fresh = await outbox.mailbox("t")
    full = take(fresh.value, [failed("a", "Ü/#?\\ 🙂")], frozenset(OutboxEvent))
    version = await outbox.store_mailbox(full, fresh.version)
    assert version is not None
    assert (await outbox.mailbox("t")).value == full
    assert (await outbox.mailbox("other")).value == Mailbox(target="other")
    assert await outbox.store_mailbox(fresh.value, fresh.version) is None
    assert await outbox.store_mailbox(replace(full, failures=1), version) is not None
    assert await outbox.store_mailbox(replace(full, failures=2), version) is None
    assert (await outbox.mailbox("t")).value.failures == 1


async def test_what_was_said_is_swapped_whole(outbox: Outbox) -> None:
    fresh = await outbox.watch()
    assert fresh.value == Watch()
    note = Watch(waves={"2026-11-23": WaveNote(seen_at=NOW, total=3)}, pauses={"everything": NOW})
    version = await outbox.store_watch(note, fresh.version)
    assert version is not None
    assert (await outbox.watch()).value == note
    assert await outbox.store_watch(Watch(), fresh.version) is None


async def test_a_mailbox_of_10000_failures_fits_into_its_row(outbox: Outbox) -> None:
    fresh = await outbox.mailbox("t")
    full = take(
        fresh.value, [failed(f"vm-{n}", "x") for n in range(10_000)], frozenset(OutboxEvent)
    )
    assert await outbox.store_mailbox(full, fresh.version) is not None
    assert (await outbox.mailbox("t")).value == full


async def test_the_calendar_is_swapped_whole(outbox: Outbox) -> None:
    fresh = await outbox.calendar()
    assert fresh.value == CalendarFeed()
    address = FeedAddress(name="crm", token_hash="aa", group="crm", by="ada", at=NOW)
    feed = CalendarFeed(addresses=(address,))
    assert await outbox.store_calendar(feed, fresh.version) is not None
    assert (await outbox.calendar()).value == feed
    assert await outbox.store_calendar(CalendarFeed(), fresh.version) is None
