"""The stream of waves of one park: the next is announced when the last is over, until the campaign closes."""

import asyncio
from dataclasses import dataclass, field

from sandbox.azure.arm.control_client import Control
from tests.chaos.eyes import Eyes
from tests.chaos.fleet import Park
from tests.chaos.ledger import Ledger

_LOOK_EVERY = 0.25  # seconds
#: the waves of a machine are told apart by the second in which they open
_BETWEEN_WAVES = 1.5


@dataclass(slots=True, kw_only=True)
class Stream:
    """The waves of a park; `waves` counts them."""

    park: Park
    ledger: Ledger
    eyes: Eyes
    control: Control
    closing: asyncio.Event
    waves: int = field(default=1)

    async def flow(self) -> None:
        """Until the wave is over that was under way when `closing` was set."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if not self.is_over:
                continue
            if self.closing.is_set():
                return
            await asyncio.sleep(_BETWEEN_WAVES)
            self.waves += 1
            await asyncio.to_thread(self._announce)

    @property
    def is_over(self) -> bool:
        """Whether every machine is through this wave, and the app knows it."""
        jobs = self.eyes.jobs_of(self.park.ids)
        return (
            self.ledger.is_done(self.park.ids, self.waves)
            and len(jobs) >= self.waves * len(self.park.ids)
            and all(job.is_over for job in jobs)
        )

    def _announce(self) -> None:
        self.control.announce(f"{self.park.name}-{self.waves}", self.park.ids, self_service="PT6H")
