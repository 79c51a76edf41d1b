"""The real app directory on Microsoft's runtime, over in-memory twins: what a trigger decodes, calls and answers."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

import shared.bootstrap
from shared.adapters.memory import (
    MemoryJobs,
    MemoryPauses,
    MemoryProbes,
    MemoryQueues,
    MemorySemaphores,
    MemorySightings,
    MemoryTrail,
    ScriptedAzure,
    SettableClock,
)
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.usecases.app import App
from tests.functions.notice_doors import doors

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The app over its twins, and the twins that a test looks into."""

    app: App
    azure: ScriptedAzure
    queues: MemoryQueues
    clock: SettableClock


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    clock = SettableClock(now=NOON)
    azure = ScriptedAzure(clock=clock)
    queues = MemoryQueues(clock=clock)
    app = App(
        azure=azure,
        jobs=MemoryJobs(),
        semaphores=MemorySemaphores(),
        pauses=MemoryPauses(),
        sightings=MemorySightings(),
        probes=MemoryProbes(),
        trail=MemoryTrail(),
        queues=queues,
        clock=clock,
        policy=Policy(),
        mode=Mode.ACT,
    )
    monkeypatch.setattr(shared.bootstrap, "_built", app)
    monkeypatch.setattr(shared.bootstrap, "_inbox", doors(app, clock).inbox)
    return Rooms(app=app, azure=azure, queues=queues, clock=clock)
