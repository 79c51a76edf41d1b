"""The stream of waves of one park.

The next is announced when the last is over, until the campaign closes.
"""

import asyncio
from dataclasses import dataclass, field

from sandbox.azure.arm.control_client import Control
from tests.chaos.app_view import AppView
from tests.chaos.fleet import Segment
from tests.chaos.wave_progress import WaveProgress

_POLL_EVERY = 0.25  # seconds
#: the second in which they open distinguishes the waves of a machine
_BETWEEN_WAVES = 1.5


@dataclass(slots=True, kw_only=True)
class WaveStream:
    """The waves of a park; `waves` counts them."""

    segment: Segment
    progress: WaveProgress
    app_view: AppView
    control: Control
    closing: asyncio.Event
    waves: int = field(default=1)

    async def run(self) -> None:
        """Until the wave is over that was under way when `closing` was set."""
        while True:
            await asyncio.sleep(_POLL_EVERY)
            if not self.is_finished:
                continue
            if self.closing.is_set():
                return
            await asyncio.sleep(_BETWEEN_WAVES)
            self.waves += 1
            await asyncio.to_thread(self._announce)

    @property
    def is_finished(self) -> bool:
        """Whether every machine is through this wave, and the app knows it."""
        jobs = self.app_view.jobs_of(self.segment.ids)
        return (
            self.progress.is_done(self.segment.ids, self.waves)
            and len(jobs) >= self.waves * len(self.segment.ids)
            and all(job.is_final for job in jobs)
        )

    def _announce(self) -> None:
        self.control.announce(
            f"{self.segment.name}-{self.waves}", self.segment.ids, self_service="PT6H"
        )
