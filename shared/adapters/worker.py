"""A thread beside the event loop, for long computations.

One parses what untrusted senders send, and another one plans.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

#: seconds until the event loop gets its turn while the thread computes. An alert needs ten to
#: twenty turns, and with Python's own 5 ms they add up
_TURN = 0.0005


class ThreadWorker:
    """Implements the port Worker, with one thread.

    One mail is parsed at a time, however many come: the others wait, and take neither memory nor
    the processor. Python gives the event loop its turn within half a millisecond, except during a
    single call of a C function. Before the next mail the thread rests as long as it has computed.
    So mails take at most half of one processor, and the other half is free for alerts and
    operators.
    """

    def __init__(self, rest: Callable[[float], None] = time.sleep) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker")
        self._rest = rest
        self._rests_until = 0.0

    async def run[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises. A caller that stops waiting does not stop the work."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run[T](self, work: Callable[[], T]) -> T:
        """In the thread."""
        left = self._rests_until - time.monotonic()
        if left > 0:
            self._rest(left)
        begun = time.thread_time()
        try:
            with _SHORT_TURNS.taken():
                return work()
        finally:
            self._rests_until = time.monotonic() + time.thread_time() - begun


class _ShortTurns:
    """Short turns of all threads, while at least one of them computes: the interval is global."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._computing = 0
        self._usual = 0.0

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._lock:
            if self._computing == 0:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(_TURN)
            self._computing += 1
        try:
            yield
        finally:
            with self._lock:
                self._computing -= 1
                if self._computing == 0:
                    sys.setswitchinterval(self._usual)


_SHORT_TURNS = _ShortTurns()
