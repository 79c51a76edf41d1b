"""Long computations: the fake and the thread keep one contract, and the event loop stays free."""

import asyncio
import sys
import threading
import time
from functools import partial

import pytest

from shared.adapters.memory import InlineWorker
from shared.adapters.worker import ThreadWorker
from shared.ports import Worker

WORKERS = [InlineWorker, ThreadWorker]


@pytest.fixture(params=WORKERS)
def worker(request: pytest.FixtureRequest) -> Worker:
    made: Worker = request.param()
    return made


async def test_it_gives_back_what_the_work_returns(worker: Worker) -> None:
    assert await worker.run(lambda: 7) == 7


async def test_it_raises_what_the_work_raises(worker: Worker) -> None:
    empty: dict[str, int] = {}
    with pytest.raises(KeyError, match="seven"):
        await worker.run(lambda: empty["seven"])
    assert await worker.run(lambda: 7) == 7


async def test_work_is_done_in_the_order_in_which_it_was_asked_for(worker: Worker) -> None:
    done: list[int] = []

    await asyncio.gather(*(worker.run(partial(done.append, each)) for each in range(50)))

    assert done == list(range(50))


async def test_the_event_loop_runs_while_the_thread_works() -> None:
    free = threading.Event()

    async def set_it() -> None:
        free.set()

    # The work ends only if the loop runs beside it.
    freed, _ = await asyncio.gather(ThreadWorker().run(lambda: free.wait(60)), set_it())

    assert freed


async def test_one_computation_runs_at_a_time() -> None:
    running, most = 0, 0
    second_waits = threading.Event()

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        second_waits.wait(0.05)
        running -= 1

    worker = ThreadWorker()
    await asyncio.gather(*(worker.run(work) for _ in range(4)))

    assert most == 1


async def test_a_caller_that_gives_up_does_not_stop_the_work() -> None:
    worker, begun, free = ThreadWorker(), threading.Event(), threading.Event()
    done: list[int] = []

    def work() -> None:
        begun.set()
        free.wait(60)
        done.append(1)

    waiting = asyncio.create_task(worker.run(work))
    await asyncio.to_thread(begun.wait, 60)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    free.set()

    assert await worker.run(lambda: list(done)) == [1]


def burn(seconds: float) -> None:
    begun = time.thread_time()
    while time.thread_time() - begun < seconds:
        pass


async def test_it_rests_between_two_works_as_long_as_the_first_computed_at_most() -> None:
    rests: list[float] = []
    worker = ThreadWorker(rest=rests.append)
    taken = 0.0

    def work() -> None:
        nonlocal taken
        begun = time.thread_time()
        burn(0.1)
        taken += time.thread_time() - begun

    await worker.run(work)
    assert rests == []
    # The rest is over when as much time passed, so the next work has to wait in the queue already.
    await asyncio.gather(*(worker.run(work) for _ in range(4)))

    assert len(rests) >= 2
    assert 0 < sum(rests) <= 1.5 * taken


async def test_work_that_waits_for_something_needs_no_rest() -> None:
    rests: list[float] = []
    worker = ThreadWorker(rest=rests.append)

    await asyncio.gather(*(worker.run(partial(time.sleep, 0.02)) for _ in range(3)))

    assert sum(rests) < 0.02


async def test_the_event_loop_gets_its_turn_early_while_the_thread_computes_and_only_then() -> None:
    usual = sys.getswitchinterval()

    within = await ThreadWorker().run(sys.getswitchinterval)

    assert within <= usual / 5
    assert sys.getswitchinterval() == usual


async def test_work_that_fails_leaves_the_usual_turns_behind() -> None:
    usual = sys.getswitchinterval()

    with pytest.raises(ZeroDivisionError):
        await ThreadWorker().run(lambda: 1 / 0)

    assert sys.getswitchinterval() == usual


async def test_the_usual_turns_are_back_after_two_threads_computed_at_the_same_time() -> None:
    usual = sys.getswitchinterval()
    second_may_end, second_is_in = threading.Event(), threading.Event()

    def first() -> bool:
        return second_is_in.wait(10)

    def second() -> bool:
        second_is_in.set()
        return second_may_end.wait(10)

    one = asyncio.ensure_future(ThreadWorker().run(first))
    two = asyncio.ensure_future(ThreadWorker().run(second))
    assert await one  # the first one to begin ends first
    second_may_end.set()
    assert await two

    assert sys.getswitchinterval() == usual
