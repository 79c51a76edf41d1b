"""The same verb for many things, a few of them at a time.

Nothing of it runs on once it has returned or raised.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

#: of one caller; what the whole installation may ask of Azure, the quotas decide and not this
#: number
MAX_CONCURRENT = 8


async def map_concurrently[T, R](
    function: Callable[[T], Awaitable[R]], items: Sequence[T], at_once: int = MAX_CONCURRENT
) -> list[R]:
    """The answers in the order of the things.

    The first that raises ends it: no other is begun, those that run are cancelled and waited for,
    and its exception is raised. So is it where the caller is cancelled.
    """
    answers: dict[int, R] = {}
    left = iter(enumerate(items))

    async def work() -> None:
        for number, thing in left:
            answers[number] = await function(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(work())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [answers[number] for number in range(len(items))]


async def both[A, B](first: Coroutine[Any, Any, A], second: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Both answers, concurrently; the exception of the first that raises."""
    try:
        async with asyncio.TaskGroup() as group:
            one, other = group.create_task(first), group.create_task(second)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return one.result(), other.result()
