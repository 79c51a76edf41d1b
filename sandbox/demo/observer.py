"""Looking at a running rehearsal over HTTP: the simulator's events, and the app's jobs and locks.

An app that does not answer is a fact to be shown, not an error: it may be on its way up again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import msgspec

from sandbox.audit.events import Event, event_of
from sandbox.demo.live.responses import (
    Job,
    Semaphore,
    read_jobs,
    read_machines,
    read_next,
    read_semaphores,
)

_MSI = {"api-version": "2019-08-01", "resource": "https://management.azure.com"}
_TIMEOUT = aiohttp.ClientTimeout(total=5)


@dataclass(slots=True, kw_only=True)
class Observer:
    """Eyes on one run.

    `jobs` and `semaphores` are the last that the app answered; `app_responds` whether it does.
    """

    session: aiohttp.ClientSession
    arm_url: str
    app_url: str
    jobs: Sequence[Job] = ()
    semaphores: Sequence[Semaphore] = ()
    #: machines that the app leaves alone on purpose, with the reason
    left_alone: Mapping[str, str] = field(default_factory=dict)
    app_responds: bool = False
    #: what the app's health page answered last, where it cannot work; empty: it did not answer
    problem: str = ""
    _seen: int = field(default=0)

    async def client_id(self, identity_header: str) -> str:
        """Under which client id the app calls: that of its managed identity."""
        headers = {"X-IDENTITY-HEADER": identity_header}
        async with self.session.get(
            f"{self.arm_url}/msi/token", params=_MSI, headers=headers, timeout=_TIMEOUT
        ) as answer:
            answer.raise_for_status()
            return str((await answer.json())["client_id"])

    async def new_events(self) -> Sequence[Event]:
        """What happened since the last call.

        Raises aiohttp.ClientError where the simulator does not answer.
        """
        async with self.session.get(
            f"{self.arm_url}/sim/events", params={"after": self._seen}, timeout=_TIMEOUT
        ) as answer:
            answer.raise_for_status()
            found = msgspec.json.decode(await answer.read())["events"]
        events = [event_of(self._seen + number, raw) for number, raw in enumerate(found, start=1)]
        self._seen += len(events)
        return events

    async def responses(self) -> Mapping[str, int] | None:
        """How often Azure's stand-in answered with which HTTP status.

        None where it does not say.
        """
        try:
            url = f"{self.arm_url}/sim/status"
            async with self.session.get(url, params={"machines": "no"}, timeout=_TIMEOUT) as answer:
                return dict((await answer.json())["answers"])
        except (aiohttp.ClientError, TimeoutError, KeyError):
            return None

    async def poll_app(self) -> None:
        """Look at the app's jobs and locks; keeps the last ones where it does not answer."""
        try:
            self.jobs = [each async for page in self._app_pages("jobs") for each in read_jobs(page)]
            self.semaphores = [
                each
                async for page in self._app_pages("semaphores")
                for each in read_semaphores(page)
            ]
            self.left_alone = await self._left_alone()
            self.app_responds, self.problem = True, ""
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
            self.app_responds, self.problem = False, await self._health()

    async def _health(self) -> str:
        """Why the app cannot work, as it says itself."""
        try:
            url = f"{self.app_url}/api/v1/health"
            async with self.session.get(url, timeout=_TIMEOUT) as answer:
                return "" if answer.ok else str((await answer.json()).get("error", ""))
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError):
            return ""

    async def _left_alone(self) -> Mapping[str, str]:
        return {
            each.machine: each.reason
            async for page in self._app_pages("machines", state="left-alone")
            for each in read_machines(page)
            if each.is_on_purpose
        }

    async def _app_pages(self, operation: str, **query: str) -> AsyncIterator[bytes]:
        after: str | None = ""
        while after is not None:
            page = await self._app(operation, query | ({"after": after} if after else {}))
            yield page
            after = read_next(page)

    async def _app(self, operation: str, query: Mapping[str, str] | None = None) -> bytes:
        async with self.session.get(
            f"{self.app_url}/api/v1/{operation}", params=query, timeout=_TIMEOUT
        ) as answer:
            answer.raise_for_status()
            return await answer.read()
