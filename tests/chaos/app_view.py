"""What an operator sees of the app's jobs and locks, from any host that answers.

It looks, and judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec

from sandbox.demo.live.responses import Semaphore, read_semaphores
from tests.chaos.workers import Workers

_TIMEOUT = aiohttp.ClientTimeout(total=5)
_FINAL_STATES = {"succeeded", "skipped", "missed", "cancelled", "failed", "parked"}


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One machine in one wave, as GET /api/v1/jobs tells it."""

    id: str
    machine: str
    wave: str
    state: str
    reason: str = ""
    attempts: int = 0

    @property
    def is_final(self) -> bool:
        """Whether the app will do nothing more about it by itself."""
        return self.state in _FINAL_STATES


class _Jobs(msgspec.Struct, frozen=True):
    jobs: tuple[Job, ...]


@dataclass(slots=True, kw_only=True)
class AppView:
    """`jobs` and `semaphores` are the last that a host answered."""

    session: aiohttp.ClientSession
    workers: Workers
    jobs: Sequence[Job] = field(default=())
    semaphores: Sequence[Semaphore] = field(default=())

    async def refresh(self) -> bool:
        """Ask a host; False, and everything stays as it was seen last, where none answers."""
        for url in self.workers.urls():
            try:
                self.jobs = msgspec.json.decode(await self._get(url, "jobs"), type=_Jobs).jobs
                self.semaphores = read_semaphores(await self._get(url, "semaphores"))
            except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
                continue
            return True
        return False

    def jobs_of(self, machines: Sequence[str]) -> list[Job]:
        """The jobs of these machines."""
        wanted = set(machines)
        return [job for job in self.jobs if job.machine in wanted]

    @property
    def locks_in_use(self) -> list[str]:
        """The scopes of semaphores that are held, waited for, or halted."""
        return [
            each.scope for each in self.semaphores if each.holders or each.waiters or each.halts
        ]

    async def _get(self, url: str, operation: str) -> bytes:
        async with self.session.get(f"{url}/api/v1/{operation}", timeout=_TIMEOUT) as response:
            response.raise_for_status()
            return await response.read()
