"""Change windows, the end of the self-service phase, and observe mode: when nothing is called."""

from datetime import timedelta

from shared.domain.job.states import State
from shared.domain.policy.mode import Mode
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import DelayAt, watched
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START,
    alone,
    daily,
    member,
    policy,
    refused,
    wave,
)
from tests.support.house import House


async def test_outside_the_change_window_a_job_waits_until_it_opens() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))

    await house.run_a_wave(HOUR)
    job = await house.job("a")
    assert (job.state, job.reason, job.due) == (
        State.DEFERRED,
        "outside the change window",
        START.replace(hour=22),
    )
    await house.run()

    assert house.world.calls[0].at == START.replace(hour=22)
    await assert_all_is_well(house)


async def test_a_set_goes_on_night_after_night_inside_the_change_window() -> None:
    guests = [member(f"web-{n}", n % 4) for n in range(8)]
    house = House(*guests, policy=policy(calendar=daily("22:00", "23:00")))

    await house.run_a_wave(9 * DAY)

    assert len({each.at.date() for each in house.world.calls}) == 4
    assert len(house.world.moves) == 8
    await assert_all_is_well(house)


async def test_a_window_that_closes_between_the_gates_and_the_call_stops_the_call() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("15:00", "16:30")))
    # 16:00 is the last moment at which half an hour fits; reading the machine takes the worker past it.
    house.app = watched(house.plain, DelayAt(house.clock, "azure.observe", timedelta(0)))
    await house.scan()
    await house.run(timedelta(0))
    assert len(house.world.calls) == 1, "without the delay it is called"

    late = House(alone("a"), policy=policy(calendar=daily("15:00", "16:30")))
    await late.scan()
    await late.deliver_scans()
    late.app = watched(late.plain, DelayAt(late.clock, "azure.observe", SECOND))
    await late.run(HOUR)

    assert late.world.calls == []
    job = await late.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    await late.run()
    assert late.world.calls[0].at == START.replace(hour=15) + DAY
    await assert_all_is_well(late)


async def test_a_job_is_missed_at_the_moment_its_self_service_phase_ends() -> None:
    end = START + 2 * HOUR + 13 * MINUTE
    guest = alone("a", *[refused(409, "Conflict")] * 99, status=wave(self_service_end=end))
    house = House(guest)

    await house.run_a_wave()

    job = await house.job("a")
    assert (job.state, job.finished_at) == (State.MISSED, end)
    assert all(each.at < end for each in house.world.calls)
    await assert_all_is_well(house)


async def test_a_job_whose_next_window_opens_after_the_phase_is_missed_now() -> None:
    guest = alone("a", status=wave(self_service_end=START + 5 * HOUR))
    house = House(guest, policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave()
    job = await house.job("a")
    assert job.state is State.MISSED
    assert "no change window opens before" in job.reason
    await assert_all_is_well(house)


async def test_a_phase_that_ends_between_the_gates_and_the_call_is_missed_without_a_call() -> None:
    guest = alone("a", status=wave(self_service_end=START + SECOND))
    house = House(guest)
    await house.scan()
    await house.deliver_scans()
    house.app = watched(house.plain, DelayAt(house.clock, "azure.observe", 2 * SECOND))

    await house.run()

    assert await states(house) == {"a": State.MISSED}
    assert house.world.calls == []
    await assert_all_is_well(house)


async def test_what_is_in_flight_when_the_phase_ends_is_followed_to_its_end() -> None:
    house = House(alone("a", status=wave(self_service_end=START + MINUTE)))
    await house.run_a_wave()
    assert await states(house) == {"a": State.SUCCEEDED}
    await assert_all_is_well(house)


async def test_an_end_of_the_phase_that_moves_is_followed() -> None:
    house = House(alone("a"), policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    house.world.guest((await house.job("a")).machine).status = wave(self_service_end=START + 3 * HOUR)

    await house.run_a_wave(DAY)

    job = await house.job("a")
    assert (job.state, job.self_service_end) == (State.MISSED, START + 3 * HOUR)
    await assert_all_is_well(house)


async def test_observe_mode_calls_nothing_and_tells_what_it_would_do() -> None:
    house = House(member("web-0", 0), member("web-1", 1), mode=Mode.OBSERVE)

    await house.run_a_wave(DAY)

    assert house.world.calls == []
    for name in ("web-0", "web-1"):
        job = await house.job(name)
        assert (job.state, job.reason) == (State.DEFERRED, "observe mode: would redeploy now")
    await assert_all_is_well(house)


async def test_observe_mode_tells_of_a_closed_change_window_and_promises_nothing() -> None:
    house = House(alone("a"), mode=Mode.OBSERVE, policy=policy(calendar=daily("22:00", "04:00")))
    await house.run_a_wave(HOUR)
    assert (await house.job("a")).reason == "outside the change window"
    await assert_all_is_well(house)
