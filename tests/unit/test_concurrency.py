"""The same verb for many things.

A few at a time, answers in order, and nothing that runs on afterwards.
"""

import asyncio

import pytest

from shared.concurrency import map_concurrently
from shared.errors import AzureUnavailable


async def test_answers_come_in_the_order_of_the_things_whatever_order_they_end_in() -> None:
    async def after(turns: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return turns

    assert await map_concurrently(after, [5, 1, 3], at_once=3) == [5, 1, 3]


async def test_no_more_run_at_once_than_are_allowed() -> None:
    running: list[int] = []
    most = 0

    async def work(number: int) -> None:
        nonlocal most
        running.append(number)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.remove(number)

    await map_concurrently(work, range(50), at_once=4)
    assert most == 4


async def test_nothing_is_begun_and_nothing_runs_on_after_one_raised() -> None:
    """With `asyncio.gather`, eight reads became two thousand after the caller had given up."""
    begun: list[int] = []
    ended: list[int] = []

    async def read(number: int) -> None:
        begun.append(number)
        try:
            await asyncio.sleep(0 if number == 3 else 3600)
        finally:
            ended.append(number)
        raise AzureUnavailable("429", status=429)

    with pytest.raises(AzureUnavailable, match="429"):
        await map_concurrently(read, range(2000))

    assert sorted(ended) == begun == list(range(8))
    await asyncio.sleep(0)
    assert len(begun) == 8


async def test_whoever_is_cancelled_leaves_nothing_running() -> None:
    ended: list[int] = []

    async def read(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    caller = asyncio.create_task(map_concurrently(read, range(20), at_once=5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert sorted(ended) == list(range(5))


async def test_nothing_to_do_is_done() -> None:
    async def never(_: int) -> None:
        raise AssertionError

    assert await map_concurrently(never, []) == []
