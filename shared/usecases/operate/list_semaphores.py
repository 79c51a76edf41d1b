"""The locks, as an operator asks for them."""

from shared.domain.lock.semaphore import Semaphore
from shared.ports import Listing
from shared.usecases.app import App


async def list_semaphores(app: App) -> Listing[Semaphore]:
    """All semaphores in order of scope, free ones included.

    Reads the whole table and changes nothing.
    """
    found = await app.semaphores.all()
    return Listing(
        sorted(found, key=lambda each: each.scope),
        sorted(found.unreadable, key=lambda row: row.key),
    )
