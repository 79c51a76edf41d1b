"""The machines as scans last saw them. Asks Azure nothing."""

from collections.abc import AsyncIterator, Sequence

from shared.domain.machine.inventory_entry import EntryKey, InventoryEntry
from shared.domain.machine.machine import SubscriptionId
from shared.usecases.app import App

#: machines that one question looks at; the answer says where there are more
MOST_MACHINES = 20_000
_ROWS = 1_000


async def sighted(app: App, subscriptions: Sequence[SubscriptionId]) -> list[InventoryEntry]:
    """The machines of these subscriptions, at most MOST_MACHINES and one."""
    found: list[InventoryEntry] = []
    for each in subscriptions:
        async for entry in _entries(app, each):
            found.append(entry)
            if len(found) > MOST_MACHINES:
                return found
    return found


async def scanned_subscriptions(app: App) -> list[SubscriptionId]:
    """The watched subscriptions that a scan has looked at, in order."""
    return sorted(
        each.subscription for each in await app.scans.all() if app.watches(each.subscription)
    )


async def _entries(app: App, subscription: SubscriptionId) -> AsyncIterator[InventoryEntry]:
    after: EntryKey | None = None
    while True:
        page = await app.inventory.page(subscription, after, _ROWS)
        for each in page.entries:
            yield each
        after = page.last
        if after is None:
            return
