"""All who wait for one value share one attempt, and its failure for a time."""

import asyncio
from datetime import timedelta

import pytest

from shared.shared_attempt import SharedAttempt

KEPT = timedelta(seconds=5)


class Attempts:
    """Attempts that end when a test says so, and a clock that it sets."""

    def __init__(self) -> None:
        self.count = 0
        self.now = 0.0
        self.failure: Exception | None = None
        self.end = asyncio.Event()
        self.shared = SharedAttempt(self.attempt, failure_kept=KEPT, clock=lambda: self.now)

    async def attempt(self) -> int:
        self.count += 1
        await self.end.wait()
        if self.failure is not None:
            raise self.failure
        return self.count

    async def outcomes(self, callers: int) -> list[object]:
        calls = [asyncio.create_task(self.shared.get()) for _ in range(callers)]
        await asyncio.sleep(0)
        self.end.set()
        return list(await asyncio.gather(*calls, return_exceptions=True))


async def test_all_who_wait_share_one_attempt_and_its_value_is_kept() -> None:
    attempts = Attempts()

    assert await attempts.outcomes(6) == [1] * 6
    attempts.now = 1000
    assert await attempts.shared.get() == 1


async def test_a_failure_is_shared_for_a_while_and_then_tried_again() -> None:
    attempts = Attempts()
    attempts.failure = KeyError("why")

    assert await attempts.outcomes(6) == [attempts.failure] * 6
    attempts.now = 4.9
    with pytest.raises(KeyError, match="why"):
        await attempts.shared.get()
    assert attempts.count == 1

    attempts.now, attempts.failure = 5.0, None
    assert await attempts.shared.get() == 2


async def test_a_caller_that_gives_up_stops_neither_the_attempt_nor_the_others() -> None:
    attempts = Attempts()
    gives_up, waits = (asyncio.create_task(attempts.shared.get()) for _ in range(2))
    await asyncio.sleep(0)

    gives_up.cancel()
    attempts.end.set()

    assert await waits == 1
    with pytest.raises(asyncio.CancelledError):
        await gives_up


def test_an_attempt_of_a_loop_that_ended_is_made_again() -> None:
    attempts = Attempts()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await attempts.shared.get()

    asyncio.run(give_up())
    attempts.end = asyncio.Event()
    attempts.end.set()

    assert asyncio.run(attempts.shared.get()) == 2
