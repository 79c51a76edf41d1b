"""The hour of the sweep, and what postpones it: a loss of stored state, or no policy."""

import logging
from dataclasses import replace

import pytest

from shared.adapters.memory import InlineWorker, MemoryMarks, MemoryNotices, MemoryPolicies
from shared.adapters.webhooks.shared_secrets import FunctionKey
from shared.domain.generation import MarkPlace
from shared.domain.policy.files.document import PolicyFile
from shared.usecases.notices.inbox import Inbox
from shared.usecases.operate.go_on import go_on
from shared.usecases.refresh_policy import refresh_policy
from shared.usecases.retention.at_night import (
    is_time_to_sweep,
    sweep_at_night,
    sweep_notices_at_night,
)
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, MINUTE, START, standalone_vm

CLOSES = START + 30 * DAY
#: the wave is over, and so is the time until its jobs go to the archive
NIGHT = (CLOSES + 9 * DAY).replace(hour=2)
PLATFORM = PolicyFile("forestall.yaml", "version: 1\n", is_platform=True)


def lose(harness: AppHarness, place: MarkPlace) -> None:
    """The table loses its mark, as it does when it is emptied."""
    marks = harness.app_without_hook.marks
    assert isinstance(marks, MemoryMarks)
    marks.cells.remove(place)


async def open_jobs(harness: AppHarness) -> int:
    return len(await harness.app_without_hook.jobs.all())


async def after_a_wave(policies: MemoryPolicies | None = None) -> AppHarness:
    harness = AppHarness(standalone_vm("db"), policies=policies)
    await harness.run_wave()
    return harness


def test_it_is_one_hour_of_the_night() -> None:
    hours = [hour for hour in range(24) if is_time_to_sweep(START.replace(hour=hour))]
    assert hours == [2]


async def test_the_sweep_waits_for_its_hour() -> None:
    harness = await after_a_wave()
    harness.clock.set(NIGHT - MINUTE)
    await sweep_at_night(harness.app_without_hook)
    assert await open_jobs(harness) == 1
    harness.clock.set(NIGHT)
    await sweep_at_night(harness.app_without_hook)
    assert await open_jobs(harness) == 0


async def test_nothing_is_removed_while_a_loss_holds_every_start(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locks name the jobs that count, and here their table was emptied."""
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    harness = await after_a_wave()
    app = harness.app_without_hook
    harness.clock.set(NIGHT)
    lose(harness, MarkPlace.SEMAPHORES)

    with caplog.at_level(logging.WARNING, logger="forestall"):
        await sweep_at_night(app)

    assert await open_jobs(harness) == 1
    (line,) = [each for each in caplog.messages if each.startswith("retention.postponed")]
    assert "forestall go-on" in line
    await go_on(app, by="kim", reason="looked at it", immediately=True)
    await sweep_at_night(app)
    assert await open_jobs(harness) == 0


async def test_no_notice_is_removed_while_a_loss_holds_every_start() -> None:
    harness = AppHarness()
    harness.clock.set(NIGHT)
    notices = MemoryNotices()
    await notices.bind("token", "a", NIGHT - 31 * DAY)
    inbox = Inbox(
        app=harness.app_without_hook,
        notices=notices,
        watched=WatchedSubscriptions(app=harness.app_without_hook),
        worker=InlineWorker(),
        service_health=FunctionKey(),
        event_grid=FunctionKey(),
        mail={},
        senders=(),
    )
    lose(harness, MarkPlace.PAUSES)
    await sweep_notices_at_night(inbox)
    assert await notices.bind("token", "b", NIGHT) == "a"

    await go_on(inbox.app, by="kim", reason="looked at it", immediately=True)
    await sweep_notices_at_night(inbox)
    assert await notices.bind("token", "b", NIGHT) == "b"


async def test_nothing_is_removed_while_no_policy_can_be_read() -> None:
    """The policy of the setting may keep rows for a shorter time than the one that is missing."""
    harness = await after_a_wave()
    harness.clock.set(NIGHT)
    policies = MemoryPolicies()
    app = replace(harness.app_without_hook, policies=policies)

    await sweep_at_night(app)
    assert await open_jobs(harness) == 1

    policies.publish(PLATFORM, by="ada")
    await refresh_policy(app)
    await sweep_at_night(app)
    assert await open_jobs(harness) == 0
