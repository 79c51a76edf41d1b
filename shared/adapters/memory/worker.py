"""Work that is done where it is asked for: the same order each time, and no thread."""

from collections.abc import Callable


class InlineWorker:
    """Fake of the port Worker."""

    async def run[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises."""
        return work()
