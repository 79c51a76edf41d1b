"""What recovery finds and what it leaves alone, outages, and messages that the queue gave up."""

import pytest

from shared.domain.job.job import HeldLease, Job, JobId, job_id
from shared.domain.job.required_locks import needs_of
from shared.domain.job.states import Event, State
from shared.domain.lock.operations import acquire, stop
from shared.domain.lock.semaphore import Acquired, Halt
from shared.domain.messages import JobStep, Notification, Queue, encode
from shared.usecases.jobs.locks import change
from shared.usecases.operate.job_commands import retry
from shared.usecases.operate.pause import end_halt
from shared.usecases.recover.dead_letters import settle_dead_letter
from shared.usecases.recover.recover import Recovered, recover
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import Broken, Recorder
from tests.support.fleets import DAY, HOUR, MINUTE, START, alone, member, refused, vm
from tests.support.house import House

JOB = job_id(vm("web-0"), START - DAY)
#: an outage of one kind of call ends every one of these, whatever the state of the job
OUTAGES = [
    "jobs.get",
    "jobs.save",
    "jobs.insert",
    "jobs.of_subscription",
    "jobs.overdue",
    "jobs.waiting",
    "semaphores.load",
    "semaphores.store",
    "semaphores.all",
    "trail.append",
    "queues.send_step",
    "sightings.note",
    "sightings.members",
]


async def take_leases(house: House, job: Job) -> tuple[HeldLease, ...]:
    """As a worker does just before it saves the job."""
    taken = []
    for need in needs_of(job, house.plain.policy):
        stored = await house.plain.semaphores.load(need.scope)
        changed, answer = acquire(stored.value, need.claim, house.clock.now())
        assert isinstance(answer, Acquired)
        assert await house.plain.semaphores.store(changed, stored.version)
        taken.append(HeldLease(scope=need.scope, token=answer.lease.token))
    return tuple(taken)


async def save(house: House, job: Job) -> None:
    stored = await house.plain.jobs.get(job.id)
    assert stored is not None
    assert await house.plain.jobs.save(job, stored.version) is not None


async def dead_worker(state: State) -> House:
    """A house in which a worker took the leases of web-0 and died; the job is in the state given."""
    house = House(member("web-0", 0))
    await house.scan()
    await house.deliver_scans()
    job = await house.job("web-0")
    leases = await take_leases(house, job)
    admitted = job.on(Event.ADMITTED, house.clock.now(), leases=leases, attempts=1)
    following = {
        State.PLANNED: job,
        State.ADMITTED: admitted,
        State.REDEPLOYING: admitted.on(Event.ACCEPTED, house.clock.now()),
        State.PARKED: admitted.on(Event.PARKED, house.clock.now()),
        State.CANCELLED: job.on(Event.CANCELLED, house.clock.now()),
    }
    await save(house, following[state])
    return house


@pytest.mark.parametrize("state", [State.ADMITTED, State.REDEPLOYING, State.PARKED])
async def test_the_lease_of_a_dead_worker_stays_held_while_its_machine_may_move(state: State) -> None:
    house = await dead_worker(state)
    house.clock.advance(DAY)

    found = await recover(house.plain)

    assert found.leases == 0
    (semaphore,) = await house.plain.semaphores.all()
    assert semaphore.lease_of(JOB) is not None


async def test_the_lease_of_a_dead_worker_is_reclaimed_when_it_expired_before_anything_was_called() -> None:
    house = await dead_worker(State.PLANNED)
    assert (await recover(house.plain)).leases == 0, "the worker may still live"
    house.clock.advance(house.plain.policy.pace.lease + MINUTE)

    assert (await recover(house.plain)).leases == 1

    (semaphore,) = await house.plain.semaphores.all()
    assert semaphore.holders == ()
    assert "lease.reclaimed" in await house.events("web-0")


async def test_the_lease_of_a_job_that_ended_is_reclaimed_at_once() -> None:
    house = await dead_worker(State.CANCELLED)
    assert (await recover(house.plain)).leases == 1
    (semaphore,) = await house.plain.semaphores.all()
    assert semaphore.holders == ()


async def test_a_house_that_is_well_is_left_as_it_is() -> None:
    house = House(member("web-0", 0), member("web-1", 1))
    await house.run_a_wave()
    before = await house.plain.semaphores.all(), await house.plain.jobs.all()

    assert await recover(house.plain) == Recovered()

    assert (await house.plain.semaphores.all(), await house.plain.jobs.all()) == before
    assert house.on_the_way() == []


async def test_azure_that_is_away_for_an_hour_makes_jobs_wait_visibly_and_finish_afterwards() -> None:
    house = House(*(member(f"web-{n}", n) for n in range(3)))
    house.world.outages.append((START + MINUTE, START + HOUR))

    await house.run_a_wave(30 * MINUTE)
    job = await house.job("web-0")
    assert job.state is State.REDEPLOYING
    assert "Azure cannot be asked" in job.reason
    assert job.due is not None
    await house.run()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert house.dead_letters == 0
    await assert_all_is_well(house)


async def test_azure_that_goes_away_right_before_the_call_costs_no_attempt() -> None:
    house = House(alone("a"))
    await house.scan()
    await house.deliver_scans()
    house.world.outages.append((START, START + HOUR))

    await house.run(30 * MINUTE)
    job = await house.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "Azure cannot be asked: 503" in job.reason
    await house.run()

    assert (await house.job("a")).attempts == 1
    await assert_all_is_well(house)


async def test_a_store_that_goes_away_right_before_the_call_costs_no_attempt() -> None:
    broken = Broken("sightings.members")
    house = House(alone("a"), hook=broken)

    await house.run_a_wave(MINUTE)

    assert (await house.job("a")).attempts == 0
    assert "a store cannot be asked" in (await house.job("a")).reason
    broken.broken = False
    await house.run()
    assert (await house.job("a")).attempts == 1
    await assert_all_is_well(house)


@pytest.mark.parametrize("minutes", [0, 1, 3])
@pytest.mark.parametrize("place", OUTAGES)
async def test_a_store_or_queue_that_is_away_for_an_hour_stops_nobody_for_good(
    place: str, minutes: int
) -> None:
    broken = Broken(place)
    broken.broken = False
    house = House(member("web-0", 0), member("web-1", 1), hook=broken)
    await house.run_a_wave(minutes * MINUTE)

    broken.broken = True
    await house.run(HOUR)
    broken.broken = False
    for name in [name for name, state in (await states(house)).items() if state is State.PARKED]:
        await retry(house.plain, (await house.job(name)).id, by="me", reason="seen")
    await house.run_a_wave()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert len(house.world.moves) == 2
    await assert_all_is_well(house)


async def test_every_place_of_the_list_is_called_in_a_run() -> None:
    recorder = Recorder()
    await House(member("web-0", 0), member("web-1", 1), hook=recorder).run_a_wave()
    assert set(OUTAGES) <= set(recorder.places)


async def test_messages_that_are_given_up_are_tried_again_and_then_left_to_a_person() -> None:
    broken = Broken("pauses.all")
    house = House(alone("a"), hook=broken)

    await house.run_a_wave()

    job = await house.job("a")
    assert (job.state, job.mishaps, house.dead_letters) == (State.PARKED, 3, 3)
    assert "given up 3 times in a row: pauses.all refused" in job.reason
    assert [each.kind for each in house.told] == ["job.parked"]
    assert house.clock.now() - START >= 10 * MINUTE
    broken.broken = False
    await retry(house.plain, job.id, by="me", reason="seen")
    await house.run()
    assert (await house.job("a")).state is State.SUCCEEDED
    await assert_all_is_well(house)


async def test_a_step_forward_starts_the_count_of_mishaps_anew() -> None:
    broken = Broken("pauses.all")
    house = House(alone("a", refused(429, retry_after=HOUR)), hook=broken)
    await house.run_a_wave(8 * MINUTE)
    assert (await house.job("a")).mishaps == 2

    broken.broken = False
    await house.run(30 * MINUTE)

    assert (await house.job("a")).mishaps == 0


async def test_a_dead_letter_of_a_parked_job_changes_nothing_of_it() -> None:
    house = House(alone("a", refused(400, "NeverSeen")))
    await house.run_a_wave()
    parked = await house.job("a")

    for step in (None, parked.step):
        body = encode(JobStep(job=parked.id, step=step))
        await settle_dead_letter(house.plain, Queue.REDEPLOYS, body, "MaxDeliveryCountExceeded")

    assert await house.job("a") == parked
    assert house.on_the_way() == []


async def test_a_dead_letter_of_a_job_that_ended_or_of_a_former_step_changes_nothing() -> None:
    house = House(alone("a"))
    await house.run_a_wave(MINUTE)
    running = await house.job("a")
    former = encode(JobStep(job=running.id, step=running.step - 1))
    await settle_dead_letter(house.plain, Queue.REDEPLOYS, former, "MaxDeliveryCountExceeded")
    assert await house.job("a") == running

    await house.run()
    ended = await house.job("a")
    await settle_dead_letter(house.plain, Queue.REDEPLOYS, encode(JobStep(job=ended.id)), "the same")
    assert await house.job("a") == ended


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        (Queue.REDEPLOYS, "not JSON"),
        (Queue.REDEPLOYS, encode(JobStep(job=JobId("s~unknown")))),
        (Queue.SCANS, "{}"),
        (Queue.NOTIFICATIONS, "{}"),
    ],
)
async def test_a_dead_letter_that_no_job_can_be_told_from_is_on_record(queue: Queue, body: str) -> None:
    house = House()
    await settle_dead_letter(house.plain, queue, body, "why not")
    (line,) = await house.trail.of(f"dead-letter:{queue.value}")
    assert (line.detail["body"], line.detail["reason"]) == (body, "why not")
    assert house.on_the_way() == []


async def test_a_job_whose_worker_died_with_its_lease_does_not_start_on_a_scope_that_was_halted_since() -> (
    None
):
    house = await dead_worker(State.PLANNED)
    job = await house.job("web-0")
    halt = Halt(reason="web-1 did not come back", job=job_id(vm("web-1"), START - DAY), at=house.clock.now())
    await change(house.plain, job.placement.scope, lambda value: stop(value, halt))

    await house.run(2 * HOUR)

    assert house.starts() == []
    assert "halted" in (await house.job("web-0")).reason
    await end_halt(house.plain, job.placement.scope, by="me", reason="repaired")
    await house.run()
    assert (await house.job("web-0")).state is State.SUCCEEDED


async def test_a_notification_that_the_queue_gave_up_is_told_from_its_dead_letter() -> None:
    house = House(member("web-0", 0))
    lost = Notification(kind="scope.halted", subject=JOB, text="web-0: it did not come back")

    await settle_dead_letter(house.plain, Queue.NOTIFICATIONS, encode(lost), "MaxDeliveryCountExceeded")

    told = [each for each in await house.trail.of(JOB) if each.event == "notification.told"]
    assert [each.detail["text"] for each in told] == [lost.text]


async def test_a_notification_that_nobody_can_read_is_put_on_record_as_it_came() -> None:
    house = House(member("web-0", 0))

    await settle_dead_letter(house.plain, Queue.NOTIFICATIONS, "{", "MaxDeliveryCountExceeded")

    (dead,) = await house.trail.of("dead-letter:notifications")
    assert dead.detail["body"] == "{"
