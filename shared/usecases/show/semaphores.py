"""The locks, as an operator asks for them."""

from shared.domain.lock.semaphore import Semaphore
from shared.ports import Page
from shared.usecases.app import App

#: locks of one page where nobody says how many
LARGEST_PAGE = 1_000


async def list_semaphores(
    app: App, *, after: str | None = None, at_most: int = LARGEST_PAGE
) -> Page[Semaphore]:
    """A page of semaphores, free ones included, in order of scope within the page.

    Changes nothing.
    """
    found = await app.semaphores.page(after, at_most)
    return Page(
        sorted(found, key=lambda each: each.scope),
        sorted(found.unreadable, key=lambda row: row.key),
        found.last,
    )
