"""The locks, as an operator asks for them."""

from collections.abc import Sequence

from shared.domain.lock.semaphore import Semaphore
from shared.usecases.app import App


async def list_semaphores(app: App) -> Sequence[Semaphore]:
    """All semaphores in order of scope, free ones included.

    Reads the whole table and changes nothing.
    """
    return sorted(await app.semaphores.all(), key=lambda each: each.scope)
