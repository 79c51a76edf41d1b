"""The trial of the tables, where there are none."""

from collections.abc import Mapping

#: two of them are enough to tell one from another
_NAMES = ("Jobs", "Semaphores")


class MemoryTrials:
    """Fake of the port StoreTrials. `failures`: what fails, by the name of the table."""

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}

    async def try_all(self, key: str) -> Mapping[str, str]:  # noqa: ARG002 - the port's signature
        """What was said to fail."""
        return {name: self.failures.get(name, "") for name in _NAMES}
