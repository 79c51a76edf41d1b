"""Operators get one message for each cause and subscription, however many machines it has."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.outbox.wordings import WORDINGS
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.notify.tell_operators import OPERATORS, tell_operators
from shared.usecases.operate.pause import pause
from shared.usecases.outbox.collect import collect
from shared.usecases.outbox.send_messages import send_messages
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.faults import CallRecorder, KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    START,
    TIMING,
    maintenance,
    policy,
    refused,
    standalone_vm,
)

FORBIDDEN = refused(
    403,
    "AuthorizationFailed",
    "The client '5f0c' does not have authorization to perform action 'x' over scope 'y'.",
)
CLOSES = START + 10 * DAY


def refused_vm(name: str) -> FakeVm:
    return standalone_vm(name, *[FORBIDDEN] * 400)


@pytest.fixture
def lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """What is logged as a warning; the other tests here have no log."""
    caplog.set_level(logging.WARNING, logger="forestall")
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    return caplog


def told(caplog: pytest.LogCaptureFixture, kind: str) -> list[str]:
    """The warnings of a kind that an alert looks for, and nothing else."""
    found = [each.getMessage() for each in caplog.records]
    return [each for each in found if each.startswith(f"notification kind={kind} ")]


async def play(harness: AppHarness, duration: timedelta) -> None:
    """Let time pass, with the timer that tells operators every five minutes."""
    for _ in range(duration // (5 * MINUTE)):
        end = harness.clock.now() + 5 * MINUTE
        await harness.run(5 * MINUTE)
        harness.clock.set(max(end, harness.clock.now()))
        await send_messages(harness.app_without_hook)


async def test_fifty_machines_with_one_403_are_one_message_with_count_names_and_remedy(
    lines: pytest.LogCaptureFixture,
) -> None:
    harness = AppHarness(*(refused_vm(f"vm-{n:02}") for n in range(50)))
    await harness.scan()

    await play(harness, 2 * HOUR)

    (line,) = told(lines, "call.forbidden")
    assert "count=50" in line
    assert "Forestall may not move 50 machines (vm-00, vm-01, " in line
    assert "and 40 more" in line
    assert "does not have authorization" in line
    assert WORDINGS["call.forbidden"].todo in line
    assert len(harness.azure.calls) <= 50 * 6, "and they are asked ever more rarely"


async def test_machines_that_come_later_are_told_of_with_the_total_and_not_one_by_one(
    lines: pytest.LogCaptureFixture,
) -> None:
    harness = AppHarness(*(refused_vm(f"vm-{n}") for n in range(3)))
    await harness.scan()
    await play(harness, 10 * MINUTE)
    for n in range(3, 9):
        harness.azure.add(refused_vm(f"vm-{n}"))
        await harness.scan()
        await play(harness, 5 * MINUTE)

    assert ["count=3" in each for each in told(lines, "call.forbidden")] == [True]
    await play(harness, 2 * HOUR)
    first, second = told(lines, "call.forbidden")
    assert "count=3" in first
    assert "count=9" in second


async def at_risk(machines: int) -> AppHarness:
    """Machines that a pause holds, an hour before their phase closes; nothing was reported yet."""
    end = maintenance(self_service_end=CLOSES)
    harness = AppHarness(
        *(standalone_vm(f"vm-{n:04}", maintenance=end) for n in range(machines)),
        policy=policy(timing=replace(TIMING, deadline_warning=DAY)),
    )
    await pause(harness.app_without_hook, "everything", reason="incident 42", by="ada")
    await harness.run_wave(MINUTE)
    harness.clock.set(CLOSES - HOUR)
    return harness


async def test_a_thousand_machines_at_risk_are_one_message(
    lines: pytest.LogCaptureFixture,
) -> None:
    harness = await at_risk(1_000)
    assert await watch_deadlines(harness.app_without_hook) == 1_000
    assert len(harness.queued_messages()) == 2, "500 jobs in each message of the queue"

    await harness.run(MINUTE)
    await send_messages(harness.app_without_hook)

    (line,) = told(lines, "deadline.at_risk")
    assert "1,000 machines may miss Azure's deadline (vm-0000, " in line
    assert "and 990 more" in line
    assert "paused (everything) by ada: incident 42" in line


async def test_a_watch_that_is_cut_off_tells_nobody_twice(lines: pytest.LogCaptureFixture) -> None:
    """Its time is over while it stores what it told: the rest is found to be new again."""
    harness = await at_risk(40)
    recorder = CallRecorder()
    await watch_deadlines(with_hook((await at_risk(40)).app_without_hook, recorder))
    half = recorder.places.index("queues.send_notification") + 60  # of 120, and 32 at a time
    with pytest.raises(ProcessKilled):
        await watch_deadlines(with_hook(harness.app_without_hook, KillAtCall(half)))
    left = [each for each in await harness.app_without_hook.jobs.all() if not each.reported_risks]
    assert 0 < len(left) < 40

    await play(harness, HOUR - 10 * MINUTE)

    assert [each.kind for each in harness.notifications] == ["deadline.at_risk"] * 2
    (line,) = told(lines, "deadline.at_risk")
    assert "count=40" in line


async def test_a_crash_at_any_call_hides_nothing_and_at_worst_tells_it_twice(
    lines: pytest.LogCaptureFixture,
) -> None:
    async def prepared() -> AppHarness:
        harness = AppHarness(*(refused_vm(f"vm-{n}") for n in range(3)))
        await harness.run_wave(2 * MINUTE)
        return harness

    recorder = CallRecorder()
    await send_messages(with_hook((await prepared()).app_without_hook, recorder))
    for k in range(len(recorder.places)):
        harness = await prepared()
        lines.clear()
        with pytest.raises(ProcessKilled):
            await send_messages(with_hook(harness.app_without_hook, KillAtCall(k)))
        await send_messages(harness.app_without_hook)
        assert ["count=3" in each for each in told(lines, "call.forbidden")] in (
            [True],
            [True, True],
        ), recorder.places[k]
        assert await tell_operators(harness.app_without_hook) == 0


async def test_two_timers_at_once_lose_no_news(lines: pytest.LogCaptureFixture) -> None:
    harness = AppHarness(*(refused_vm(f"vm-{n}") for n in range(3)))
    await harness.run_wave(2 * MINUTE)
    app = harness.app_without_hook

    async def another(place: str) -> None:
        if place == "outbox.store_mailbox":
            await collect(app)

    await collect(with_hook(app, another))
    await tell_operators(app)

    assert (await app.outbox.mailbox(OPERATORS)).value.topics
    (line,) = told(lines, "call.forbidden")
    assert "count=3" in line
