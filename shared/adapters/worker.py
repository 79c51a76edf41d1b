"""A thread beside the event loop, for long computations.

It parses what untrusted senders send.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class ThreadWorker:
    """Implements the port Worker, with one thread.

    So one mail is parsed at a time, however many come: the others wait, and take neither memory nor
    the processor. Python gives the event loop its turn every few milliseconds, except within a
    single call of a C function.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker")

    async def run[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises. A caller that stops waiting does not stop the work."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
