"""Azure takes a wave back, moves it, or shows it again: jobs that wait follow at the next scan, those in flight are left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.messages import Cause, ScanRequest
from shared.domain.policy.policy import Canary
from shared.errors import MachineUnreadable
from shared.usecases.operate.explain import explain
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.checks import assert_all_is_well
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_AN_OLD_HOST,
    MINUTE,
    SECOND,
    START,
    SUBSCRIPTION,
    alone,
    daily,
    member,
    policy,
    vm,
    wave,
)
from tests.support.house import House
from tests.support.world import Fate, Guest

AT_NIGHT = policy(calendar=daily("22:00", "04:00"))
NEW = {"self_service_start": START - HOUR, "self_service_end": START + 40 * DAY}


async def waiting(*guests: Guest) -> House:
    """A house whose jobs wait for the night."""
    house = House(*guests, policy=AT_NIGHT)
    await house.run_a_wave(HOUR)
    assert {each.state for each in await house.plain.jobs.all()} == {State.DEFERRED}
    return house


async def look_again(house: House, tick: str = "PYN_-ZL8") -> None:
    """What a notice of stage Canceled or Rescheduled starts: a scan like any other."""
    await scan_subscription(
        house.plain, ScanRequest(subscription=SUBSCRIPTION, tick=tick, cause=Cause.NOTICE)
    )


async def jobs_of(house: House, name: str) -> list[Job]:
    found = [each for each in await house.plain.jobs.all() if each.machine == vm(name)]
    return sorted(found, key=lambda job: job.created_at)


async def test_a_cancelled_wave_ends_its_waiting_job_at_the_scan_and_not_at_its_next_step() -> None:
    house = await waiting(alone("a"), alone("b"))
    house.world.guest(vm("a")).status = None

    await look_again(house)

    job = await house.job("a")
    assert (job.state, job.due) == (State.SKIPPED, None)
    assert job.reason == "the machine is not scheduled for maintenance any more"
    last = (await house.trail.of(job.id))[-1]
    assert (last.event, last.detail["cause"]) == ("job.skipped", "notice PYN_-ZL8")
    assert (await house.job("b")).state is State.DEFERRED
    await house.run()
    assert house.starts() == ["b"]
    await assert_all_is_well(house)


async def test_a_wave_that_moved_is_planned_under_its_new_times_in_the_same_scan() -> None:
    house = await waiting(alone("a"))
    house.world.guest(vm("a")).status = wave(**NEW)

    await look_again(house)

    old, new = await jobs_of(house, "a")
    assert (old.state, "moved the wave" in old.reason) == (State.SKIPPED, True)
    assert (new.state, new.wave, new.self_service_end) == (State.PLANNED, *NEW.values())
    await house.run()
    old, new = await jobs_of(house, "a")
    assert (old.state, new.state) == (State.SKIPPED, State.SUCCEEDED)
    assert house.starts() == ["a"]
    await assert_all_is_well(house)


@pytest.mark.parametrize(
    "shown",
    [wave(**NEW), wave(self_service_start=START - 9 * DAY), None],
    ids=["later", "earlier", "taken back and shown again"],
)
async def test_what_is_explained_is_the_job_that_goes_on(shown: MaintenanceStatus | None) -> None:
    house = await waiting(alone("a"))
    guest = house.world.guest(vm("a"))
    before, guest.status = guest.status, shown
    await look_again(house, "first")
    guest.status = shown or before
    house.clock.advance(SECOND)
    await look_again(house, "second")

    explained = await explain(house.plain, vm("a"))

    assert explained is not None
    assert (explained.job.state, len(await jobs_of(house, "a"))) == (State.PLANNED, 2)


@pytest.mark.parametrize("flickers", [0, 1, 2])
async def test_a_canary_whose_status_flickers_still_goes_first(flickers: int) -> None:
    rules = replace(AT_NIGHT, canary=Canary(machines=1, soak=HOUR))
    first = alone("z-canary", tags={"forestall-group": "shop", "forestall-canary": "on"})
    house = House(first, *(alone(name, tags={"forestall-group": "shop"}) for name in "ab"), policy=rules)
    await house.run_a_wave(HOUR)
    guest = house.world.guest(vm("z-canary"))
    for n in range(flickers):
        shown, guest.status = guest.status, None
        await look_again(house, f"gone {n}")
        guest.status = shown
        house.clock.advance(SECOND)
        await look_again(house, f"back {n}")

    await house.run()

    assert len(await jobs_of(house, "z-canary")) == flickers + 1
    assert house.starts()[0] == "z-canary"
    assert sorted(house.starts()) == ["a", "b", "z-canary"]
    await assert_all_is_well(house)


async def test_nobody_waits_for_a_canary_whose_wave_was_taken_back() -> None:
    rules = replace(AT_NIGHT, canary=Canary(machines=1, soak=HOUR))
    first = alone("z-canary", tags={"forestall-group": "shop", "forestall-canary": "on"})
    house = House(first, alone("a", tags={"forestall-group": "shop"}), policy=rules)
    await house.run_a_wave(HOUR)
    house.world.guest(vm("z-canary")).status = None
    await look_again(house)

    await house.run()

    assert house.starts() == ["a"]


async def test_an_ended_job_leaves_the_queue_of_its_lock() -> None:
    house = House(member("web-0", 0, Fate(takes=40 * MINUTE)), member("web-1", 1))
    await house.run_a_wave(20 * MINUTE)
    waiter = await house.job("web-1")
    (lock,) = [each for each in await house.plain.semaphores.all() if each.scope == waiter.placement.scope]
    assert [each.job for each in lock.waiters] == [waiter.id]
    house.world.guest(vm("web-1")).status = None

    await look_again(house)

    assert (await house.job("web-1")).state is State.SKIPPED
    assert (await house.plain.semaphores.load(waiter.placement.scope)).value.waiters == ()
    await house.run()
    assert house.starts() == ["web-0"]
    await assert_all_is_well(house)


@pytest.mark.parametrize(
    ("after", "state"),
    [(MINUTE, State.REDEPLOYING), (3 * MINUTE, State.VERIFYING)],
    ids=str,
)
@pytest.mark.parametrize("shown", [None, wave(**NEW)], ids=["cancelled", "moved"])
async def test_a_job_in_flight_is_never_ended_by_a_scan(
    after: timedelta, state: State, shown: object
) -> None:
    house = House(alone("a", Fate(takes=2 * MINUTE, agent_after=4 * MINUTE)))
    await house.run_a_wave(after)
    before = await house.job("a")
    assert before.state is state
    house.world.guest(vm("a")).status = shown  # type: ignore[assignment]

    await look_again(house)

    assert (await jobs_of(house, "a"))[0] == before


async def test_a_status_that_flickers_costs_no_machine_its_wave_and_moves_it_once() -> None:
    house = await waiting(alone("a"))
    guest = house.world.guest(vm("a"))
    for n in range(3):
        shown, guest.status = guest.status, None
        await look_again(house, f"gone {n}")
        guest.status = shown
        house.clock.advance(SECOND)
        await look_again(house, f"back {n}")

    await house.run()

    *lapsed, last = await jobs_of(house, "a")
    assert [each.state for each in lapsed] == [State.SKIPPED] * 3
    assert last.state is State.SUCCEEDED
    assert house.starts() == ["a"]
    await assert_all_is_well(house)


async def test_a_job_that_has_called_is_judged_by_its_own_step_not_by_a_scan() -> None:
    house = House(alone("a", LANDS_ON_AN_OLD_HOST), policy=policy(calendar=daily("15:00", "16:31")))
    await house.run_a_wave(6 * HOUR)
    before = await house.job("a")
    assert (before.state, before.attempts) == (State.DEFERRED, 1)
    house.world.guest(vm("a")).status = None

    await look_again(house)

    assert await house.job("a") == before
    await house.run()
    assert (await house.job("a")).state is State.SUCCEEDED
    assert house.starts() == ["a"]


class Eyes:
    """The world, some of whose machines a listing leaves out, or that cannot be read."""

    def __init__(self, house: House, *, hidden: str = "", unreadable: str = "") -> None:
        self._house = house
        self._hidden = vm(hidden) if hidden else None
        self._unreadable = vm(unreadable) if unreadable else None
        self.asked: list[MachineId] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._house.world, name)

    async def machines(self, subscription: object) -> object:
        async for each in self._house.world.machines(subscription):  # type: ignore[arg-type]
            if each.id != self._hidden:
                yield each

    async def observe(self, machine: MachineId) -> Observation | NotFound:
        self.asked.append(machine)
        if machine == self._unreadable:
            raise MachineUnreadable(f"{machine}: makes no sense")
        return await self._house.world.observe(machine)


async def scan_with(house: House, eyes: Eyes) -> None:
    app = replace(house.plain, azure=eyes)  # type: ignore[arg-type]
    await scan_subscription(app, ScanRequest(subscription=SUBSCRIPTION, tick="eyes"))


async def test_a_machine_that_cannot_be_read_ends_no_job() -> None:
    house = await waiting(alone("a"))
    house.world.guest(vm("a")).status = None
    before = await house.job("a")
    await scan_with(house, Eyes(house, unreadable="a"))
    assert await house.job("a") == before


async def test_a_machine_that_a_listing_leaves_out_is_asked_and_only_its_own_404_ends_its_job() -> None:
    house = await waiting(alone("a"), alone("b"))
    before = await house.job("a")
    eyes = Eyes(house, hidden="a")
    await scan_with(house, eyes)
    assert vm("a") in eyes.asked
    assert await house.job("a") == before

    house.world.delete(vm("a"))
    await look_again(house)

    job = await house.job("a")
    assert (job.state, job.reason) == (State.SKIPPED, "the machine was deleted")


async def test_a_machine_that_is_listed_and_answers_404_by_itself_ends_no_job() -> None:
    house = await waiting(alone("a"))
    before = await house.job("a")
    now = house.clock.now()
    house.world.missed = [(vm("a"), now, now + SECOND)]
    await look_again(house)
    assert await house.job("a") == before


async def test_what_a_step_did_after_the_look_is_not_undone_by_older_news() -> None:
    """The scan looks, is held up, and comes to its verdict when the job has been put off anew."""
    house = await waiting(alone("a"))
    before = await house.job("a")

    class Late(Eyes):
        async def observe(self, machine: MachineId) -> Observation | NotFound:
            seen = await super().observe(machine)
            assert isinstance(seen, Observation)
            return replace(seen, maintenance=None, at=before.entered_at - SECOND)

    await scan_with(house, Late(house))

    assert await house.job("a") == before
