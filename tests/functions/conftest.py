"""The real app directory on Microsoft's runtime, over in-memory fakes.

What a trigger decodes, calls and answers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

import shared.bootstrap
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
    ScriptedAzure,
    ScriptedPoster,
    SettableClock,
)
from shared.adapters.schemas import SCHEMAS
from shared.domain.clocks import ClockStatus, Done
from shared.domain.outbox.targets import Outside
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.ports import Version
from shared.usecases.app import App
from tests.functions.notice_webhooks import notice_webhooks
from tests.unit.domain.outbox.samples import a_target

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFakes:
    """The app over its fakes, and the fakes that a test looks into."""

    app: App
    azure: ScriptedAzure
    queues: MemoryQueues
    clock: SettableClock


def _scans_with_a_tick() -> MemoryScans:
    """The state of an app that runs: its next tick is on the way, and its timers have fired."""
    scans, done = MemoryScans(), Done(timer=NOON)
    status = ClockStatus(
        scans=done, recovery=done, number=20, due=NOON + timedelta(days=1), is_sent=True
    )
    scans._clocks.save("clocks", status, Version(""), SCHEMAS)
    return scans


@pytest.fixture
def app_fakes(monkeypatch: pytest.MonkeyPatch) -> AppFakes:
    clock = SettableClock(now=NOON)
    azure = ScriptedAzure(clock=clock)
    queues = MemoryQueues(clock=clock)
    pauses = MemoryPauses()
    app = App(
        azure=azure,
        jobs=MemoryJobs(),
        semaphores=MemorySemaphores(),
        pauses=pauses,
        marks=MemoryMarks(clock=clock, pauses=pauses),
        inventory=MemoryInventory(),
        exemptions=MemoryExemptions(),
        scans=_scans_with_a_tick(),
        health_checks=MemoryHealthChecks(),
        audit_trail=MemoryAuditTrail(),
        queues=queues,
        outbox=MemoryOutbox(),
        store_trials=MemoryTrials(),
        poster=ScriptedPoster(),
        clock=clock,
        policy=Policy(),
        mode=Mode.ACT,
        outside=Outside(targets=(a_target(),)),
    )
    monkeypatch.setattr(shared.bootstrap, "_app", app)
    monkeypatch.setattr(shared.bootstrap, "_inbox", notice_webhooks(app, clock).inbox)
    return AppFakes(app=app, azure=azure, queues=queues, clock=clock)
