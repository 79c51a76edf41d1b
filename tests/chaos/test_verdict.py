"""Every promise that a campaign is held against can be broken, and is then told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox.audit.auditor import FORESTALL
from sandbox.audit.violations import Invariant, Violation
from tests.chaos.eyes import Job
from tests.chaos.ledger import Due, Entry, Ledger
from tests.chaos.logs import Story
from tests.chaos.verdict import Found, broken_promises

DUE = Due("/subscriptions/s/vm-1", "2026-11-23T17:00:00.000000Z")
JOB = Job(id="s~1", machine=DUE.machine, wave="2026-11-23T17:00:00Z", state="succeeded")
VIOLATION = Violation(
    invariant=Invariant.ONE_LANE,
    machine=DUE.machine,
    at=datetime(2026, 11, 23, tzinfo=UTC),
    sentence="met another",
    lines=(1, 2),
)


def ledger(**entry: object) -> Ledger:
    return Ledger(entries={DUE: Entry(**{"accepted": 1, "cleared_by": FORESTALL} | entry)})  # type: ignore[arg-type]


def found(**changes: object) -> Found:
    good = Found(
        kills=8,
        kills_wanted=8,
        settled_after=1.0,
        violations=(),
        ledger=ledger(),
        jobs=(JOB,),
        locks_in_use=(),
        messages_left={},
        ends=(),
        story=Story(),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


def surprised() -> Story:
    story = Story()
    story.read(
        ["2026-11-23T17:00:00.000Z ERROR   [3f1c9a52] Executed function=redeploy_step error='KeyError: 1'"]
    )
    return story


def test_a_campaign_in_which_everything_held_breaks_no_promise() -> None:
    assert broken_promises(found()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kills": 7}, "only 7 of 8 kills"),
        ({"settled_after": None}, "had not settled"),
        ({"ledger": Ledger(), "jobs": ()}, "no wave was announced"),
        ({"violations": (VIOLATION,)}, "violation of I1"),
        ({"ledger": ledger(cleared_by=None)}, "lost: /subscriptions/s/vm-1"),
        ({"ledger": ledger(cleared_by="azure")}, "lost: /subscriptions/s/vm-1"),
        ({"ledger": ledger(accepted=2)}, "redeployed 2 times"),
        ({"jobs": ()}, "no job for /subscriptions/s/vm-1"),
        (
            {"jobs": (Job(id="s~1", machine=JOB.machine, wave=JOB.wave, state="parked"),)},
            "ended parked",
        ),
        ({"locks_in_use": ("avset:a",)}, "lock still in use: avset:a"),
        ({"messages_left": {"scans/$deadletterqueue": 2}}, "2 messages left in scans/$deadletterqueue"),
        ({"ends": ("worker-1 died (exit code 3)",)}, "a process ended by itself"),
        ({"story": surprised()}, "KeyError in redeploy_step"),
    ],
)
def test_a_broken_promise_is_told(changes: dict[str, object], told: str) -> None:
    sentences = broken_promises(found(**changes))
    assert any(told in sentence for sentence in sentences), sentences


def test_an_outage_that_made_an_invocation_fail_is_counted_and_is_no_surprise() -> None:
    story = Story()
    line = (
        "2026-11-23T17:00:00.000Z ERROR   [3f1c9a52] Executed function=scan_one error='QueueUnavailable: x'"
    )
    story.read([line, "2026-11-23T17:00:00.000Z WARNING [3f1c9a52] job.overdue job=s~1 (forestall)"])
    assert story.failures == {"QueueUnavailable": 1}
    assert story.said == {"job.overdue": 1}
    assert not story.surprises
