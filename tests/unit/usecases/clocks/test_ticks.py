"""The second clock: it lives on through crashes and outages, is never doubled, and does the work.

Its ticks are messages of the harness, so a day of them is a day of virtual time.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.clocks import PATIENCE, PERIOD, ClockStatus, TimerKind
from shared.domain.job.states import State
from shared.domain.messages import Cause, ScanRequest
from shared.errors import StorageUnavailable
from shared.usecases.clocks.keep import keep_ticking, note_timer, restart_if_lost
from tests.support.app_harness import AppHarness, QueuedMessage, QueueFaults, work_of_timers
from tests.support.faults import CallRecorder, FailingStore, KillAtCall
from tests.support.fleets import DAY, HOUR, MINUTE, availability_set_vm, standalone_vm


def ticks(harness: AppHarness) -> list[QueuedMessage]:
    return [each for each in harness.queued_messages() if is_tick(each)]


def is_tick(queued: QueuedMessage) -> bool:
    message = queued.message
    return isinstance(message, ScanRequest) and message.cause is Cause.TICK


async def clocks(harness: AppHarness) -> ClockStatus:
    return (await harness.app_without_hook.scans.load_clocks()).value


async def test_while_no_timer_ever_fires_a_wave_is_found_moved_and_told_of() -> None:
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", n % 2) for n in range(4)),
        standalone_vm("db"),
        has_timers=False,
    )

    assert await keep_ticking(harness.app)
    await harness.run(DAY)

    jobs = await harness.app_without_hook.jobs.all()
    assert {each.state for each in jobs} == {State.SUCCEEDED}
    assert sorted(harness.called_machines()) == ["db", "web-0", "web-1", "web-2", "web-3"]
    assert "timer.silent" in [each.kind for each in harness.notifications]
    status = await clocks(harness)
    assert status.scans.tick is not None
    assert status.recovery.tick is not None
    assert (status.scans.timer, status.recovery.timer) == (None, None)


async def test_a_job_whose_message_was_lost_is_found_by_a_tick() -> None:
    """The first step message is dropped; nothing but recovery finds its job."""
    dropped: list[int] = []
    faults = QueueFaults(drops=lambda number: number in dropped)
    harness = AppHarness(standalone_vm("db"), queue_faults=faults, has_timers=False)
    await restart_if_lost(harness.app)
    await harness.scan()
    await harness.deliver_scans()
    harness._queued[:] = [each for each in harness.queued_messages() if is_tick(each)]
    assert harness.called_machines() == []

    await harness.run(3 * HOUR)

    assert harness.called_machines() == ["db"]


async def test_operators_are_told_of_silent_timers_once_a_day() -> None:
    harness = AppHarness(has_timers=False)
    for work in TimerKind:
        await note_timer(harness.app, work)

    await harness.run(timedelta(days=3))

    told = [each for each in harness.notifications if each.kind == "timer.silent"]
    assert 2 <= len(told) <= 3
    assert "scans: last" in told[0].text
    assert "recovery: last" in told[0].text


async def test_while_the_timers_fire_a_tick_does_nothing_and_costs_four_requests() -> None:
    """Figures of docs/performance.md: 12 messages an hour, 8,640 in a month of 30 days."""
    counted = CallRecorder()
    harness = AppHarness(hook=counted, has_timers=False)
    taken = 0
    for _ in range(12 * 24):
        for work in TimerKind:
            await note_timer(harness.app_without_hook, work)
        before = (await clocks(harness)).number
        await harness.run(PERIOD)
        taken += (await clocks(harness)).number - before

    assert taken == pytest.approx(288, abs=2)
    assert set(counted.places) == {"scans.load_clocks", "scans.store_clocks", "queues.send_scans"}
    assert counted.places.count("queues.send_scans") == taken
    assert len(counted.places) == 5 * taken
    assert [each for each in harness.notifications if each.kind == "timer.silent"] == []


@pytest.mark.parametrize("copies", [1, 2, 3])
async def test_ticks_that_come_several_times_stay_one_chain(copies: int) -> None:
    harness = AppHarness(queue_faults=QueueFaults(copies=copies), has_timers=False)
    await restart_if_lost(harness.app)

    for _ in range(24):
        await harness.run(HOUR)
        assert len(ticks(harness)) == 1

    assert (await clocks(harness)).number == pytest.approx(24 * 12, abs=3)


async def test_two_starts_at_once_are_one_chain() -> None:
    harness = AppHarness(has_timers=False)

    started = [await restart_if_lost(harness.app) for _ in range(3)]
    await note_timer(harness.app, TimerKind.SCANS)

    assert started == [True, False, False]
    assert len(ticks(harness)) == 1


async def test_a_chain_that_was_thought_lost_ends_when_it_comes_back() -> None:
    harness = AppHarness(has_timers=False)
    await restart_if_lost(harness.app)
    (old,) = ticks(harness)
    harness._queued.clear()
    harness.clock.set(harness.clock.now() + PERIOD + PATIENCE + MINUTE)
    assert await restart_if_lost(harness.app)
    harness._queued.append(replace(old, at=harness.clock.now()))

    await harness.run(HOUR)

    assert len(ticks(harness)) == 1


@pytest.mark.parametrize("call", range(7))
async def test_a_process_that_dies_at_any_call_of_a_tick_ends_no_chain(call: int) -> None:
    """Nobody else is there to start it again: the queue delivers the tick once more."""
    harness = AppHarness(has_timers=False, hook=KillAtCall(call))
    await restart_if_lost(harness.app_without_hook)

    await harness.run(HOUR)

    assert harness.crashes == 1
    assert len(ticks(harness)) == 1
    assert (await clocks(harness)).number >= 10


async def test_a_store_that_is_away_for_hours_ends_no_chain_and_makes_no_loop() -> None:
    broken = FailingStore("scans.load_clocks")
    harness = AppHarness(has_timers=False, hook=broken)
    await restart_if_lost(harness.app_without_hook)
    sent = 0
    for _ in range(3 * 60):
        before = {each.number for each in ticks(harness)}
        await harness.run(MINUTE)
        sent += len({each.number for each in ticks(harness)} - before)
    assert sent <= 3 * 12 + 10
    broken.is_failing = False

    await harness.run(HOUR)

    assert len(ticks(harness)) == 1
    assert (await clocks(harness)).number >= 10


async def test_a_timer_starts_a_lost_tick_again() -> None:
    harness = AppHarness(has_timers=False)
    await note_timer(harness.app, TimerKind.RECOVERY)
    harness.queued_messages().clear()

    harness.clock.set(harness.clock.now() + PERIOD + PATIENCE)
    await note_timer(harness.app, TimerKind.RECOVERY)
    assert ticks(harness) == []
    harness.clock.set(harness.clock.now() + MINUTE)
    await note_timer(harness.app, TimerKind.RECOVERY)

    assert len(ticks(harness)) == 1


async def test_a_message_starts_a_lost_tick_again_once_no_clock_counts_the_marks() -> None:
    """A process that sees young marks reads nothing; one that sees old ones reads a row."""
    counted = CallRecorder()
    harness = AppHarness(standalone_vm("db"), hook=counted, has_timers=False)
    await harness.recover()
    counted.places.clear()
    assert not await keep_ticking(harness.app)
    assert counted.places == []

    harness.clock.set(harness.clock.now() + 16 * MINUTE)

    assert await keep_ticking(harness.app)
    assert not await keep_ticking(harness.app)
    assert counted.places == [
        "scans.load_clocks",
        "scans.store_clocks",
        "queues.send_scans",
        "scans.load_clocks",
        "scans.store_clocks",
    ]
    assert len(ticks(harness)) == 1


@pytest.mark.parametrize("place", ["scans.load_clocks", "scans.store_clocks"])
async def test_a_message_is_handled_although_the_clocks_cannot_be_read(place: str) -> None:
    broken = FailingStore(place)
    harness = AppHarness(has_timers=False, hook=broken)
    assert not await keep_ticking(harness.app)
    with pytest.raises(StorageUnavailable):
        await restart_if_lost(harness.app)


def test_a_tick_does_what_the_timers_do() -> None:
    parts = work_of_timers(AppHarness().app)
    assert [each.name for each in parts[TimerKind.SCANS]] == ["scans", "hints", "overdue scans"]
    assert {"recovery", "deadlines", "messages", "mailbox"} <= {
        each.name for each in parts[TimerKind.RECOVERY]
    }


async def test_the_first_tick_leaves_the_timers_of_a_new_installation_their_time() -> None:
    harness = AppHarness(has_timers=False)
    begun = harness.clock.now()

    await note_timer(harness.app, TimerKind.RECOVERY)

    assert [each.at for each in ticks(harness)] == [begun + PERIOD]
