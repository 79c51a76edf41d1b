"""What recovery finds and what it leaves alone, outages, and messages that the queue gave up."""

import logging
from dataclasses import replace

import pytest

from shared.adapters.memory import MemoryJobs
from shared.domain.job.job import HeldLease, Job, JobId, job_id
from shared.domain.job.required_locks import required_locks
from shared.domain.job.states import Event, State
from shared.domain.lock.operations import acquire, add_halt
from shared.domain.lock.semaphore import Acquired, Halt
from shared.domain.messages import JobStep, Notification, Queue, encode
from shared.usecases.jobs.change_semaphore import change
from shared.usecases.operate.job_commands import retry
from shared.usecases.operate.pause import lift_scope_halts
from shared.usecases.operate.release_lease import release_lease
from shared.usecases.recover.dead_letters import handle_dead_letter
from shared.usecases.recover.recover import RecoveryResult, recover
from tests.support.app_harness import AppHarness
from tests.support.faults import CallRecorder, FailingStore
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    START,
    availability_set_vm,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

JOB = job_id(vm_id("web-0"), START - DAY)
#: an outage of one kind of call ends every one of these, in any state of the job
OUTAGES = [
    "jobs.get",
    "jobs.save",
    "jobs.insert",
    "jobs.of_subscription",
    "jobs.open_or_due",
    "semaphores.load",
    "semaphores.store",
    "semaphores.all",
    "audit_trail.append",
    "queues.send_step",
    "inventory.note",
    "inventory.members",
]


async def take_leases(harness: AppHarness, job: Job) -> tuple[HeldLease, ...]:
    """As a worker does just before it saves the job."""
    taken = []
    for required in required_locks(job, harness.app_without_hook.policy):
        stored = await harness.app_without_hook.semaphores.load(required.scope)
        changed, response = acquire(stored.value, required.request, harness.clock.now())
        assert isinstance(response, Acquired)
        assert await harness.app_without_hook.semaphores.store(changed, stored.version)
        taken.append(HeldLease(scope=required.scope, token=response.lease.token))
    return tuple(taken)


async def save(harness: AppHarness, job: Job) -> None:
    stored = await harness.app_without_hook.jobs.get(job.id)
    assert stored is not None
    assert await harness.app_without_hook.jobs.save(job, stored.version) is not None


async def dead_worker(state: State) -> AppHarness:
    """A harness in which a worker took the leases of web-0 and died.

    The job is in the state given.
    """
    harness = AppHarness(availability_set_vm("web-0", 0))
    await harness.scan()
    await harness.deliver_scans()
    job = await harness.job("web-0")
    leases = await take_leases(harness, job)
    admitted = job.after_event(Event.ADMITTED, harness.clock.now(), leases=leases, attempts=1)
    following = {
        State.PLANNED: job,
        State.ADMITTED: admitted,
        State.REDEPLOYING: admitted.after_event(Event.ACCEPTED, harness.clock.now()),
        State.PARKED: admitted.after_event(Event.PARKED, harness.clock.now()),
        State.CANCELLED: job.after_event(Event.CANCELLED, harness.clock.now()),
    }
    await save(harness, following[state])
    return harness


@pytest.mark.parametrize("state", [State.ADMITTED, State.REDEPLOYING, State.PARKED])
async def test_the_lease_of_a_dead_worker_stays_held_while_its_machine_may_move(
    state: State,
) -> None:
    harness = await dead_worker(state)
    harness.clock.advance(DAY)

    found = await recover(harness.app_without_hook)

    assert found.leases == 0
    (semaphore,) = await harness.app_without_hook.semaphores.all()
    assert semaphore.lease_of(JOB) is not None


async def test_the_lease_of_a_dead_worker_that_called_nothing_is_reclaimed_once_expired() -> None:
    harness = await dead_worker(State.PLANNED)
    assert (await recover(harness.app_without_hook)).leases == 0, "the worker may still live"
    harness.clock.advance(harness.app_without_hook.policy.timing.lease_duration + MINUTE)

    assert (await recover(harness.app_without_hook)).leases == 1

    (semaphore,) = await harness.app_without_hook.semaphores.all()
    assert semaphore.holders == ()
    assert "lease.reclaimed" in await harness.audit_events("web-0")


async def test_the_lease_of_a_job_that_ended_is_reclaimed_at_once() -> None:
    harness = await dead_worker(State.CANCELLED)
    assert (await recover(harness.app_without_hook)).leases == 1
    (semaphore,) = await harness.app_without_hook.semaphores.all()
    assert semaphore.holders == ()


async def test_a_lease_stays_held_if_the_table_of_jobs_was_emptied(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    harness = await dead_worker(State.REDEPLOYING)
    emptied = replace(harness.app_without_hook, jobs=MemoryJobs())
    harness.clock.advance(DAY)

    with caplog.at_level(logging.WARNING, logger="forestall"):
        found = await recover(emptied)

    assert found.leases == 0
    (semaphore,) = await emptied.semaphores.all()
    assert semaphore.lease_of(JOB) is not None
    assert "lease.job_missing" in caplog.text

    # An operator who has looked at the machine releases it.
    lease = semaphore.holders[0]
    released = await release_lease(emptied, semaphore.scope, lease.token, by="ada", reason="ready")
    assert released == lease


async def test_an_app_with_nothing_to_recover_is_left_as_it_is() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))
    await harness.run_wave()
    before = (
        await harness.app_without_hook.semaphores.all(),
        await harness.app_without_hook.jobs.all(),
    )

    assert await recover(harness.app_without_hook) == RecoveryResult()

    assert (
        await harness.app_without_hook.semaphores.all(),
        await harness.app_without_hook.jobs.all(),
    ) == before
    assert harness.queued_messages() == []


async def test_azure_that_is_away_for_an_hour_makes_jobs_wait_visibly_and_finish_afterwards() -> (
    None
):
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(3)))
    harness.azure.outages.append((START + MINUTE, START + HOUR))

    await harness.run_wave(30 * MINUTE)
    job = await harness.job("web-0")
    assert job.state is State.REDEPLOYING
    assert "Azure cannot be asked" in job.reason
    assert job.due is not None
    await harness.run()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert harness.dead_letters == 0
    await assert_all_invariants(harness)


async def test_azure_that_goes_away_right_before_the_call_costs_no_attempt() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    harness.azure.outages.append((START, START + HOUR))

    await harness.run(30 * MINUTE)
    job = await harness.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert "Azure cannot be asked: 503" in job.reason
    await harness.run()

    assert (await harness.job("a")).attempts == 1
    await assert_all_invariants(harness)


async def test_a_store_that_goes_away_right_before_the_call_costs_no_attempt() -> None:
    broken = FailingStore("inventory.members")
    harness = AppHarness(availability_set_vm("a", 0), hook=broken)

    await harness.run_wave(MINUTE)

    assert (await harness.job("a")).attempts == 0
    assert "a store cannot be asked" in (await harness.job("a")).reason
    broken.is_failing = False
    await harness.run()
    assert (await harness.job("a")).attempts == 1
    await assert_all_invariants(harness)


@pytest.mark.parametrize("minutes", [0, 1, 3])
@pytest.mark.parametrize("place", OUTAGES)
async def test_a_store_or_queue_that_is_away_for_an_hour_stops_nobody_for_good(
    place: str, minutes: int
) -> None:
    broken = FailingStore(place)
    broken.is_failing = False
    harness = AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 1), hook=broken
    )
    await harness.run_wave(minutes * MINUTE)

    broken.is_failing = True
    await harness.run(HOUR)
    broken.is_failing = False
    for name in [name for name, state in (await states(harness)).items() if state is State.PARKED]:
        await retry(harness.app_without_hook, (await harness.job(name)).id, by="me", reason="seen")
    await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert len(harness.azure.redeploys) == 2
    await assert_all_invariants(harness)


async def test_every_place_of_the_list_is_called_in_a_run() -> None:
    recorder = CallRecorder()
    await AppHarness(
        availability_set_vm("web-0", 0), availability_set_vm("web-1", 1), hook=recorder
    ).run_wave()
    assert set(OUTAGES) <= set(recorder.places)


@pytest.mark.parametrize("place", ["pauses.all", "semaphores.load", "audit_trail.append"])
async def test_a_store_that_is_away_for_hours_makes_a_job_wait_and_never_parks_it(
    place: str,
) -> None:
    broken = FailingStore(place)
    # A machine without a set would take its lock without a read.
    harness = AppHarness(availability_set_vm("a", 0), hook=broken)

    await harness.run_wave(10 * HOUR)

    job = await harness.job("a")
    assert (job.attempts, job.dead_letters, harness.dead_letters) == (0, 0, 0)
    assert not job.state.is_final
    assert job.state is not State.PARKED
    assert harness.called_machines() == []
    broken.is_failing = False
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_a_job_that_waits_for_a_store_says_so() -> None:
    harness = AppHarness(standalone_vm("a"), hook=FailingStore("pauses.all"))

    await harness.run_wave(HOUR)

    assert "a store cannot be asked: pauses.all refused" in (await harness.job("a")).reason


@pytest.mark.parametrize("place", ["jobs.get", "jobs.save"])
async def test_copies_of_a_step_do_not_multiply_in_a_long_outage(place: str) -> None:
    """Recovery sends the step again every five minutes, and each copy ends after as long."""
    broken = FailingStore(place)
    # A machine without a set would take its lock without a read.
    harness = AppHarness(availability_set_vm("a", 0), hook=broken)

    await harness.run_wave(10 * HOUR)

    steps = [each for each in harness.queued_messages() if isinstance(each.message, JobStep)]
    assert len(steps) <= 3
    broken.is_failing = False
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED


async def give_up(harness: AppHarness, name: str) -> None:
    """As after too many deliveries to processes that died."""
    job = await harness.job(name)
    body = encode(JobStep(job=job.id, step=job.step))
    await handle_dead_letter(harness.app_without_hook, Queue.REDEPLOYS, body, "it kills its worker")


async def test_messages_that_are_given_up_are_tried_again_and_then_left_to_a_person() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()

    for _ in range(3):
        await give_up(harness, "a")

    job = await harness.job("a")
    assert (job.state, job.dead_letters) == (State.PARKED, 3)
    assert "given up 3 times in a row: it kills its worker" in job.reason
    await harness.run(HOUR)
    assert [each.kind for each in harness.notifications] == ["job.parked"]
    await retry(harness.app_without_hook, job.id, by="me", reason="seen")
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_a_step_forward_starts_the_count_of_dead_letters_anew() -> None:
    harness = AppHarness(standalone_vm("a", refused(429, retry_after=HOUR)))
    await harness.scan()
    await harness.deliver_scans()
    for _ in range(2):
        await give_up(harness, "a")
    assert (await harness.job("a")).dead_letters == 2

    await harness.run(30 * MINUTE)

    assert (await harness.job("a")).dead_letters == 0


async def test_a_dead_letter_of_a_parked_job_changes_nothing_of_it() -> None:
    harness = AppHarness(standalone_vm("a", refused(400, "NeverSeen")))
    await harness.run_wave()
    parked = await harness.job("a")

    for step in (None, parked.step):
        body = encode(JobStep(job=parked.id, step=step))
        await handle_dead_letter(
            harness.app_without_hook, Queue.REDEPLOYS, body, "MaxDeliveryCountExceeded"
        )

    assert await harness.job("a") == parked
    assert harness.queued_messages() == []


async def test_a_dead_letter_of_a_job_that_ended_or_of_a_former_step_changes_nothing() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.run_wave(MINUTE)
    running = await harness.job("a")
    former = encode(JobStep(job=running.id, step=running.step - 1))
    await handle_dead_letter(
        harness.app_without_hook, Queue.REDEPLOYS, former, "MaxDeliveryCountExceeded"
    )
    assert await harness.job("a") == running

    await harness.run()
    ended = await harness.job("a")
    await handle_dead_letter(
        harness.app_without_hook, Queue.REDEPLOYS, encode(JobStep(job=ended.id)), "the same"
    )
    assert await harness.job("a") == ended


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        (Queue.REDEPLOYS, "not JSON"),
        (Queue.REDEPLOYS, encode(JobStep(job=JobId("s~unknown")))),
        (Queue.SCANS, "{}"),
        (Queue.NOTIFICATIONS, "{}"),
    ],
)
async def test_a_dead_letter_that_no_job_can_be_told_from_is_on_record(
    queue: Queue, body: str
) -> None:
    harness = AppHarness()
    await handle_dead_letter(harness.app_without_hook, queue, body, "why not")
    (line,) = await harness.trail.of(f"dead-letter:{queue.value}")
    assert (line.detail["body"], line.detail["reason"]) == (body, "why not")
    assert harness.queued_messages() == []


async def test_a_job_whose_worker_died_does_not_start_on_a_scope_that_was_halted_since() -> None:
    harness = await dead_worker(State.PLANNED)
    job = await harness.job("web-0")
    halt = Halt(
        reason="web-1 did not come back",
        job=job_id(vm_id("web-1"), START - DAY),
        at=harness.clock.now(),
    )
    await change(harness.app_without_hook, job.placement.scope, lambda value: add_halt(value, halt))

    await harness.run(2 * HOUR)

    assert harness.called_machines() == []
    assert "halted" in (await harness.job("web-0")).reason
    await lift_scope_halts(
        harness.app_without_hook, job.placement.scope, by="me", reason="repaired"
    )
    await harness.run()
    assert (await harness.job("web-0")).state is State.SUCCEEDED


async def test_a_notification_that_the_queue_gave_up_is_told_from_its_dead_letter() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0))
    lost = Notification(kind="scope.halted", subject=JOB, text="web-0: it did not come back")

    await handle_dead_letter(
        harness.app_without_hook, Queue.NOTIFICATIONS, encode(lost), "MaxDeliveryCountExceeded"
    )

    told = [each for each in await harness.trail.of(JOB) if each.event == "notification.delivered"]
    assert [each.detail["text"] for each in told] == [lost.text]


async def test_a_notification_that_nobody_can_read_is_put_on_record_as_it_came() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0))

    await handle_dead_letter(
        harness.app_without_hook, Queue.NOTIFICATIONS, "{", "MaxDeliveryCountExceeded"
    )

    (dead,) = await harness.trail.of("dead-letter:notifications")
    assert dead.detail["body"] == "{"
