"""People are told in time of a machine that may miss its self-service phase: once for each rule that is in its way."""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from shared.domain.policy.mode import Mode
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.operate.pause import pause, resume
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import Broken, Killed, KillOnce, Recorder, watched
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    NEVER_COMES_BACK,
    PACE,
    START,
    alone,
    daily,
    member,
    policy,
    refused,
    wave,
)
from tests.support.house import House

CLOSES = START + 10 * DAY
TOLD = "deadline.at_risk"


class WatchAt(Recorder):
    """Somebody else's timer fires right before the k-th call to the outside."""

    def __init__(self, house: House, k: int) -> None:
        super().__init__()
        self._house = house
        self._k = k

    async def __call__(self, place: str) -> None:
        await super().__call__(place)
        if len(self.places) == self._k + 1:
            await watch_deadlines(self._house.plain)


def warnings(house: House) -> list[str]:
    """What people were told of deadlines, in order."""
    return [each.text for each in house.told if each.kind == TOLD]


async def paused() -> House:
    """A house with one paused job, an hour before its phase closes; nobody has looked yet."""
    house = House(alone("a", status=wave(self_service_end=CLOSES)))
    await pause(house.plain, "everything", reason="incident 42", by="ada")
    await house.run_a_wave(MINUTE)
    house.clock.set(CLOSES - HOUR)
    return house


async def test_a_pause_is_told_of_some_days_before_the_phase_closes_and_not_before() -> None:
    house = House(alone("a", status=wave(self_service_end=CLOSES)))
    await pause(house.plain, "everything", reason="incident 42", by="ada")

    await house.run_a_wave(7 * DAY - 10 * MINUTE)
    assert warnings(house) == []
    await house.run(20 * MINUTE)

    (words,) = warnings(house)
    assert "the self-service phase closes 2026-12-03T16:00:00Z" in words
    assert "paused (everything) by ada: incident 42" in words
    assert (await house.job("a")).warned == ("pause",)
    assert (await house.events("a")).count(TOLD) == 1


async def test_it_is_told_once_however_long_it_lasts_and_the_machine_is_missed_in_the_end() -> None:
    house = House(alone("a", status=wave(self_service_end=CLOSES)))
    await pause(house.plain, "everything", reason="incident 42", by="ada")

    await house.run_a_wave(11 * DAY)

    assert len(warnings(house)) == 1
    assert [each.kind for each in house.told] == [TOLD, "job.missed"]
    await assert_all_is_well(house)


async def test_a_halted_scope_is_told_of_for_each_machine_that_waits_behind_it() -> None:
    end = wave(self_service_end=CLOSES)
    house = House(
        member("web-0", 0, NEVER_COMES_BACK, status=end), *(member(f"web-{n}", n, status=end) for n in (1, 2))
    )

    await house.run_a_wave(8 * DAY)

    assert (await states(house))["web-0"] is State.FAILED
    assert len(warnings(house)) == 2
    assert all("is halted" in each for each in warnings(house))

    await pause(house.plain, "everything", reason="incident 42", by="ada")
    await house.run(20 * MINUTE)

    assert ["paused" in each for each in warnings(house)] == [False, False, True, True], (
        "a new rule is told of"
    )
    assert (await house.job("web-1")).warned == ("halt", "pause")


async def test_observe_mode_tells_of_what_it_leaves_to_azure() -> None:
    house = House(alone("a", status=wave(self_service_end=CLOSES)), mode=Mode.OBSERVE)
    await house.run_a_wave(8 * DAY)
    (words,) = warnings(house)
    assert "observe mode redeploys nothing" in words


async def test_more_machines_than_fit_are_told_of_within_minutes_of_the_scan() -> None:
    """One night of two hours, half an hour and a cool-down each: three of the six have no place."""
    end = wave(self_service_end=START + DAY)
    house = House(
        *(member(f"web-{n}", n, status=end) for n in range(6)),
        policy=policy(calendar=daily("22:00", "00:00"), cool_down=15 * MINUTE),
    )

    await house.run_a_wave(6 * MINUTE)

    assert len(warnings(house)) == 3
    assert all("with those before it in its locks" in each for each in warnings(house))
    assert [(await house.job(f"web-{n}")).warned for n in range(6)] == [()] * 3 + [("queue",)] * 3


async def test_what_azure_keeps_refusing_is_told_of_in_azures_words() -> None:
    guest = alone(
        "a", *[refused(409, "Conflict", "another operation")] * 9999, status=wave(self_service_end=CLOSES)
    )
    house = House(guest, policy=policy(pace=replace(PACE, recheck_every=6 * HOUR)))
    await house.run_a_wave(7 * DAY + HOUR)
    (words,) = warnings(house)
    assert (await house.job("a")).reason in words
    assert (await house.job("a")).warned == ("time",)


async def test_a_wave_that_goes_well_is_told_of_nothing() -> None:
    house = House(*(member(f"web-{n}", n % 2) for n in range(4)), alone("a"))
    await house.run_a_wave()
    assert house.told == []
    assert await watch_deadlines(house.plain) == 0


async def test_a_new_end_of_the_phase_is_told_of_anew() -> None:
    house = await paused()
    await watch_deadlines(house.plain)
    later = CLOSES + 30 * DAY
    house.world.guest((await house.job("a")).machine).status = wave(self_service_end=later)

    await house.run_a_wave(MINUTE)
    assert (await house.job("a")).warned == ()
    house.clock.set(later - DAY)

    assert await watch_deadlines(house.plain) == 1


async def test_a_crash_at_any_call_hides_no_warning_and_at_worst_tells_it_twice() -> None:
    recorder = Recorder()
    await watch_deadlines(watched((await paused()).plain, recorder))
    assert recorder.places[-1] == "jobs.save"

    for k in range(len(recorder.places)):
        house = await paused()
        with pytest.raises(Killed):
            await watch_deadlines(watched(house.plain, KillOnce(k)))
        assert await watch_deadlines(house.plain) == 1
        assert await watch_deadlines(house.plain) == 0
        await house.run(MINUTE)
        assert len(warnings(house)) == (2 if k == len(recorder.places) - 1 else 1), recorder.places[k]
        assert (await house.job("a")).warned == ("pause",)


async def test_a_step_in_the_same_moment_is_not_undone() -> None:
    house = await paused()
    stale = house.plain.jobs

    async def step_first(place: str) -> None:
        if place == "queues.send_notification":
            stored = await stale.get((await house.job("a")).id)
            assert stored is not None
            changed = stored.value.with_changes(house.clock.now(), step=stored.value.step + 1)
            assert await stale.save(changed, stored.version) is not None

    before = await house.job("a")
    assert await watch_deadlines(watched(house.plain, step_first)) == 1
    after = await house.job("a")
    assert (after.step, after.warned) == (before.step + 1, ())
    assert await watch_deadlines(house.plain) == 1, "told again rather than forgotten"


async def set_out_late(house: House) -> None:
    """Let the machines of a house set out with most of their time gone: each that waits is at risk."""
    await pause(house.plain, "everything", reason="incident 42", by="ada")
    await house.run_a_wave(MINUTE)
    house.clock.set(CLOSES - 2 * DAY)
    await resume(house.plain, "everything", reason="over", by="ada")


def pair() -> House:
    return House(*(member(f"web-{n}", n, status=wave(self_service_end=CLOSES)) for n in range(2)))


async def test_a_watch_at_any_moment_of_a_redeploy_costs_no_machine_and_repeats_no_call() -> None:
    """The watch saves jobs, too: whichever of the two is faster, the other must bear it."""
    undisturbed = Recorder()
    house = pair()
    await set_out_late(house)
    house.app = watched(house.plain, undisturbed)
    await house.run()
    assert len(undisturbed.places) > 100

    for k, place in enumerate(undisturbed.places):
        house = pair()
        await set_out_late(house)
        house.app = watched(house.plain, WatchAt(house, k))
        await house.run()

        assert set((await states(house)).values()) == {State.SUCCEEDED}, place
        assert len(house.world.moves) == 2, place
        await assert_all_is_well(house)


async def test_a_store_that_is_away_costs_a_later_warning_and_no_job() -> None:
    broken = Broken("jobs.waiting")
    house = House(alone("a", status=wave(self_service_end=CLOSES)), hook=broken)
    await pause(house.plain, "everything", reason="incident 42", by="ada")
    await house.run_a_wave(8 * DAY)
    assert warnings(house) == []

    broken.broken = False
    await house.run(10 * MINUTE)

    assert len(warnings(house)) == 1
    await assert_all_is_well(house)
