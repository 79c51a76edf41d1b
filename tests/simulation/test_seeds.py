"""A fixed number of seeds on every run; `make simulate` plays as many as are wanted."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.domain.health.health_check import Unhealthy
from shared.domain.job.decision import defer
from shared.domain.job.job import Job
from shared.domain.machine.arm_responses import ArmResponse
from shared.domain.redeploy.last_checks import CheckedMachine
from shared.ports import Listing, Stored
from shared.usecases.app import App
from tests.simulation.campaign import Totals, run_campaign, run_seed
from tests.support.fleets import MINUTE

SEEDS = range(150)
_ROOT = Path(__file__).resolve().parents[2]

#: of everything that the simulation can do to the app
FAULTS = {
    "response lost", "call delayed", "call lost before the act", "clock step", "conflict", "crash",
    "cut off", "host frozen", "message delivered again", "message doubled", "message late",
    "message lost", "partition", "missed", "health check cut off", "health check hangs",
    "process killed", "process stopped", "refused", "stale view", "throttled",
}  # fmt: skip
DISTURBANCES = {
    "breaks the page of", "cancels", "cancels the wave", "deletes", "ends the halt of",
    "forgets its operations", "moves the wave", "pauses", "redeploys", "releases the leases of",
    "repairs", "retries at once", "starts", "stops",
}  # fmt: skip


@pytest.fixture(scope="module")
def played() -> Totals:
    return run_campaign(SEEDS, cores=1)


def test_every_invariant_holds_in_every_seed(played: Totals) -> None:
    assert [f"seed {each.seed}: {each.fault}" for each in played.failures] == []
    assert played.seeds == len(SEEDS)


def test_every_fault_and_disturbance_occurs(played: Totals) -> None:
    assert set(played.faults) >= FAULTS
    assert set(played.disturbances) >= DISTURBANCES
    assert played.calls > len(SEEDS)


async def _nothing_found(*_: Any) -> tuple[int, Listing[Job]]:
    return 0, Listing()


async def _no_neighbour(*_: Any) -> None:
    return None


def _call_whoever_is_healthy(
    _job: Job, look: CheckedMachine, _policy: object, now: datetime
) -> object:
    return defer("not healthy", now + MINUTE) if isinstance(look.health, Unhealthy) else None


async def _call_once_more(app: App, stored: Stored[Job], _: ArmResponse) -> None:
    await app.azure.perform_maintenance(stored.value.machine)


@pytest.mark.parametrize(
    ("target", "replacement", "invariant"),
    [
        ("shared.domain.lock.scheduling.end_of_cool_down", lambda *_: None, "I1"),
        ("shared.usecases.redeploy.redeploy.handle_response", _call_once_more, "I2"),
        ("shared.usecases.redeploy.redeploy.before_call", _call_whoever_is_healthy, "I3"),
        ("shared.usecases.redeploy.redeploy.check_gates", None, "I4"),
        ("shared.usecases.recover.recover._wake_due", _nothing_found, "I5"),
        ("shared.usecases.redeploy.redeploy.neighbour_wait", _no_neighbour, "I6"),
        # One look that misses the machine gives its leases back while it moves.
        ("shared.domain.machine.absence.Absence.is_proof", True, "I1"),
    ],
)
def test_a_broken_app_breaks_the_invariant(
    target: str, replacement: Any, invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if replacement is None:
        monkeypatch.setattr("shared.domain.calendar.calendar.Calendar.fits", lambda *_: True)
        monkeypatch.setattr(
            "shared.domain.calendar.calendar.Calendar.next_opening",
            lambda _, moment, *__: moment,
        )
    else:
        monkeypatch.setattr(target, replacement)

    faults = (each.fault for each in map(run_seed, range(200)) if each.fault is not None)

    # Which invariant breaks first depends on the draws of each seed; this one has to break.
    assert any(each.startswith(invariant) for each in faults)


def test_a_seed_replays_exactly_in_another_process() -> None:
    traces = {_trace(seed=18, hashes=hashes) for hashes in ("1", "2")}

    assert len(traces) == 1
    assert "every invariant held" in traces.pop()


def _trace(*, seed: int, hashes: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--trace"],
        cwd=_ROOT,
        env={**os.environ, "PYTHONHASHSEED": hashes},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout
