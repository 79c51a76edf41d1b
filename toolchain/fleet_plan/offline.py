"""One scan of a fleet by the app's own code, in this process alone, and the plan after it.

The sandbox's stand-in for Azure answers the scan on 127.0.0.1. All stores are in memory. No step of
a job is delivered, so no machine is called.
"""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from azure.core.credentials import AccessToken
from msgspec.structs import replace

from sandbox.azure.arm.background import Running, running
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Fleet, Limits, WaveSpec
from sandbox.azure.fleets.recorded.waves import DEMO_WAVE
from sandbox.azure.fleets.times import When
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.memory import (
    MemoryAuditTrail,
    MemoryExemptions,
    MemoryHealthChecks,
    MemoryInventory,
    MemoryJobs,
    MemoryMarks,
    MemoryOutbox,
    MemoryPauses,
    MemoryQueues,
    MemoryScans,
    MemorySemaphores,
    MemoryTrials,
    ScriptedPoster,
)
from shared.domain.lock.order import ASSUMED_TIME
from shared.domain.messages import ScanRequest
from shared.domain.policy.files.layers import LayeredPolicy
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.quota.limits import Shares
from shared.domain.urls import Endpoint
from shared.ports import Clock
from shared.usecases.app import App
from shared.usecases.scan.request_scans import request_scans
from shared.usecases.scan.scan_subscription import scan_subscription
from shared.usecases.show.plan import ShownPlan, show_plan

#: the fleet is this old when it is scanned: a wave that begins with it is announced by then
_SETTLED = timedelta(minutes=1)
_AUDIENCE = "https://management.azure.com"
_MSI = f"/msi/token?api-version=2019-08-01&resource={_AUDIENCE}"
#: nobody else reads this Azure, so the app need not share its limits
_NO_LIMIT = Shares(own=1_000_000, shared=1_000_000)


def with_usual_phases(fleet: Fleet) -> Fleet:
    """The fleet with phases of 35 days where none is recorded, or no end of it.

    The demo gives such a phase 35 minutes, which is too short for the times of a policy.
    """
    waves = tuple(
        replace(each, self_service=When(ASSUMED_TIME)) if _has_no_end(each) else each
        for each in fleet.waves
    )
    if waves == fleet.waves:
        return fleet
    note = f"a self-service phase without a recorded end counts as {ASSUMED_TIME.days} days here"
    return replace(fleet, waves=waves, notes=(*fleet.notes, note))


def _has_no_end(wave: WaveSpec) -> bool:
    is_assumed = wave.self_service == DEMO_WAVE.self_service
    return wave == DEMO_WAVE or (wave.name.startswith("recorded ") and is_assumed)


class _ClockFrom:
    """A clock that starts at an instant, and continues with the time of this process."""

    def __init__(self, start: datetime) -> None:
        self._origin = start - timedelta(seconds=time.monotonic())

    def advance(self, by: timedelta) -> None:
        """Be later by so much."""
        self._origin += by

    def now(self) -> datetime:
        """The present instant of the plan, in UTC."""
        return self._origin + timedelta(seconds=time.monotonic())

    async def pause(self, seconds: float) -> None:
        """Let so much time pass, in this process as in the plan."""
        await asyncio.sleep(seconds)


class _Credential:
    """The token of the stand-in's managed identity, which it takes for an hour."""

    def __init__(self, arm: Running) -> None:
        # Both S310: the address is on 127.0.0.1.
        headers = {"X-IDENTITY-HEADER": "sandbox"}
        request = Request(arm.base_url + _MSI, headers=headers)  # noqa: S310
        with urlopen(request, timeout=10) as response:  # noqa: S310
            self._token = json.loads(response.read())["access_token"]

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """The same token, as a new one."""
        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing is open."""


def plan_of_fleet(
    fleet: Fleet, policy: Policy | LayeredPolicy, now: datetime, group: str | None = None
) -> ShownPlan:
    """The plan of a fleet as an app would show it that first sees the machines at `now`."""
    clock = _ClockFrom(now.astimezone(UTC) - _SETTLED)
    simulator = Simulator(replace(fleet, limits=Limits(enabled=False)), clock=clock)
    clock.advance(_SETTLED)
    with running(simulator) as arm:
        return asyncio.run(_scan_and_plan(arm, policy, clock, group))


async def _scan_and_plan(
    arm: Running, policy: Policy | LayeredPolicy, clock: Clock, group: str | None
) -> ShownPlan:
    azure = ArmAzure(
        credential=_Credential(arm),  # type: ignore[arg-type]
        clock=clock,
        endpoint=Endpoint.parse(arm.base_url),
        audience=_AUDIENCE,
        shares=_NO_LIMIT,
    )
    try:
        queues = MemoryQueues(clock=clock)
        app = _app(azure, policy, clock, queues)
        await request_scans(app)
        # A large subscription needs several messages: each sends the next one.
        while (request := queues.take(queues.scans)) is not None:
            if isinstance(request, ScanRequest):
                await scan_subscription(app, request)
        if queues.scans:
            raise RuntimeError(f"{len(queues.scans)} scans wait, though nothing limits them")
        return await show_plan(app, group)
    finally:
        await azure.close()


def _app(
    azure: ArmAzure, policy: Policy | LayeredPolicy, clock: Clock, queues: MemoryQueues
) -> App:
    pauses = MemoryPauses()
    app = App(
        azure=azure,
        jobs=MemoryJobs(),
        semaphores=MemorySemaphores(),
        pauses=pauses,
        marks=MemoryMarks(clock=clock, pauses=pauses, started=False),
        inventory=MemoryInventory(),
        exemptions=MemoryExemptions(),
        scans=MemoryScans(),
        health_checks=MemoryHealthChecks(),
        audit_trail=MemoryAuditTrail(),
        queues=queues,
        outbox=MemoryOutbox(),
        store_trials=MemoryTrials(),
        poster=ScriptedPoster(),
        clock=clock,
        policy=policy if isinstance(policy, Policy) else policy.platform,
        mode=Mode.ACT,
        new_until=datetime.max.replace(tzinfo=UTC),
    )
    if isinstance(policy, LayeredPolicy):
        app.policy_in_force.current = policy
    return app
