"""The same verb for many things, a few of them at a time.

Within Azure's limits, and with little memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

#: ARM allows 25 reads a second for each subscription and principal, Table Storage 2,000 a second
#: for each partition; the limits that are met by ten subscriptions scanned at once count, not those
#: of one
MAX_CONCURRENT = 8


async def map_concurrently[T, R](
    function: Callable[[T], Awaitable[R]], items: Sequence[T]
) -> list[R]:
    """The answers in the order of the things.

    The first that raises ends it, and its exception is raised.
    """
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def one(thing: T) -> R:
        async with free:
            return await function(thing)

    return list(await asyncio.gather(*map(one, items)))
