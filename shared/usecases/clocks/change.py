"""Change the row of the clocks, which timers and ticks share."""

from collections.abc import Callable

from shared.domain.clocks import ClockStatus
from shared.errors import StorageUnavailable
from shared.usecases.app import App

#: tries to store a row that others store too
_ATTEMPTS = 5

type ClockChange = Callable[[ClockStatus], ClockStatus | None]


async def change_clocks(app: App, change: ClockChange) -> ClockStatus | None:
    """Store what `change` makes of the row as it is now; the row as stored.

    None, and nothing is stored, where `change` gives None. It is asked again for a row that
    somebody else stored meanwhile. Raises StorageUnavailable.
    """
    for _ in range(_ATTEMPTS):
        stored = await app.scans.load_clocks()
        changed = change(stored.value)
        if changed is None:
            return None
        if await app.scans.store_clocks(changed, stored.version) is not None:
            return changed
    raise StorageUnavailable("the row of the clocks changes again and again")
