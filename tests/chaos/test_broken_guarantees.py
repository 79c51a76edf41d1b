"""Every promise that a campaign is held against can be broken, and is then told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.violations import Invariant, Violation
from tests.chaos.app_view import Job
from tests.chaos.guarantees import CampaignResult, broken_guarantees
from tests.chaos.logs import HostLogSummary
from tests.chaos.wave_progress import MachineProgress, MachineWave, WaveProgress

MACHINE_WAVE = MachineWave("/subscriptions/s/vm-1", "2026-11-23T17:00:00.000000Z")
JOB = Job(id="s~1", machine=MACHINE_WAVE.machine, wave="2026-11-23T17:00:00Z", state="succeeded")
VIOLATION = Violation(
    invariant=Invariant.ONE_LANE,
    machine=MACHINE_WAVE.machine,
    at=datetime(2026, 11, 23, tzinfo=UTC),
    sentence="met another",
    lines=(1, 2),
)


def progress(**entry: object) -> WaveProgress:
    values: dict[str, Any] = {"accepted": 1, "cleared_by": FORESTALL} | entry
    machine = MachineProgress(**values)
    return WaveProgress(entries={MACHINE_WAVE: machine})


def result(**changes: object) -> CampaignResult:
    good = CampaignResult(
        kills=8,
        kills_wanted=8,
        idle_after=1.0,
        violations=(),
        progress=progress(),
        jobs=(JOB,),
        locks_in_use=(),
        messages_left={},
        ends=(),
        log_summary=HostLogSummary(),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def with_unexpected_error() -> HostLogSummary:
    log_summary = HostLogSummary()
    log_summary.read(
        [
            (
                "2026-11-23T17:00:00.000Z ERROR   [3f1c9a52] Executed "
                "function=redeploy_step error='KeyError: 1'"
            )
        ]
    )
    return log_summary


def test_a_campaign_in_which_everything_held_breaks_no_promise() -> None:
    assert broken_guarantees(result()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kills": 7}, "only 7 of 8 kills"),
        ({"idle_after": None}, "had not settled"),
        ({"progress": WaveProgress(), "jobs": ()}, "no wave was announced"),
        ({"violations": (VIOLATION,)}, "violation of I1"),
        ({"progress": progress(cleared_by=None)}, "lost: /subscriptions/s/vm-1"),
        ({"progress": progress(cleared_by="azure")}, "lost: /subscriptions/s/vm-1"),
        ({"progress": progress(accepted=2)}, "redeployed 2 times"),
        ({"jobs": ()}, "no job for /subscriptions/s/vm-1"),
        (
            {"jobs": (Job(id="s~1", machine=JOB.machine, wave=JOB.wave, state="parked"),)},
            "ended parked",
        ),
        ({"locks_in_use": ("avset:a",)}, "lock still in use: avset:a"),
        (
            {"messages_left": {"scans/$deadletterqueue": 2}},
            "2 messages left in scans/$deadletterqueue",
        ),
        ({"ends": ("worker-1 died (exit code 3)",)}, "a process ended by itself"),
        ({"log_summary": with_unexpected_error()}, "KeyError in redeploy_step"),
    ],
)
def test_a_broken_promise_is_told(changes: dict[str, object], told: str) -> None:
    sentences = broken_guarantees(result(**changes))
    assert any(told in sentence for sentence in sentences), sentences


def test_an_outage_that_made_an_invocation_fail_is_counted_and_is_no_surprise() -> None:
    log_summary = HostLogSummary()
    line = (
        "2026-11-23T17:00:00.000Z ERROR   [3f1c9a52] Executed function=scan_one "
        "error='QueueUnavailable: x'"
    )
    log_summary.read(
        [line, "2026-11-23T17:00:00.000Z WARNING [3f1c9a52] job.overdue job=s~1 (forestall)"]
    )
    assert log_summary.failures == {"QueueUnavailable": 1}
    assert log_summary.events == {"job.overdue": 1}
    assert not log_summary.unexpected_errors
