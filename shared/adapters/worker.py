"""A thread beside the event loop, for long computations.

It parses what untrusted senders send.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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
        usual, begun = sys.getswitchinterval(), time.thread_time()
        sys.setswitchinterval(_TURN)
        try:
            return work()
        finally:
            sys.setswitchinterval(usual)
            self._rests_until = time.monotonic() + time.thread_time() - begun
