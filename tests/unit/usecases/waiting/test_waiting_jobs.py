"""Jobs that wait in the table: no message far ahead, no herd, and no job is left waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.job.states import State
from shared.domain.lock.semaphore import MAX_WAITERS
from shared.domain.messages import MAX_AHEAD, JobStep
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.usecases.operate.pause import pause, resume
from shared.usecases.redeploy.take_step import take_step
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.faults import CallRecorder
from tests.support.fleets import DAY, HOUR, MINUTE, daily, policy, standalone_vm
from tests.support.invariants import assert_all_invariants, states

SLOW = RedeployScript(duration=12 * MINUTE)


def vms(count: int) -> list[FakeVm]:
    return [standalone_vm(f"vm-{n:03}", SLOW) for n in range(count)]


class CountingHarness(AppHarness):
    """A harness that counts the requests of the app."""

    def __init__(self, *machines: FakeVm, rules: Policy, mode: Mode = Mode.ACT) -> None:
        self.recorder = CallRecorder()
        super().__init__(*machines, policy=rules, mode=mode, hook=self.recorder)

    def steps(self) -> int:
        """How many step messages were sent so far."""
        return self.recorder.places.count("queues.send_step")


@pytest.mark.parametrize("count", [10, 40])
async def test_the_steps_of_a_machine_do_not_depend_on_how_many_wait(count: int) -> None:
    harness = CountingHarness(*vms(count), rules=policy(total=2))

    await harness.run_wave(20 * DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert harness.steps() / count <= 12
    await assert_all_invariants(harness)


async def test_no_message_is_scheduled_far_ahead() -> None:
    harness = AppHarness(*vms(5), policy=policy(calendar=daily("22:00", "23:30"), total=1))
    await harness.scan()
    await harness.deliver_scans()

    for _ in range(40):
        await harness.run(30 * MINUTE)
        now = harness.clock.now()
        assert all(each.at - now <= MAX_AHEAD for each in harness.queued_messages())

    await harness.run(20 * DAY)
    assert set((await states(harness)).values()) == {State.SUCCEEDED}


async def test_when_a_window_opens_only_as_many_are_woken_as_can_start() -> None:
    harness = CountingHarness(*vms(30), rules=policy(calendar=daily("22:00", "23:30"), total=3))
    await harness.scan()
    await harness.run(5 * HOUR)
    before = harness.steps()

    # Recovery before the opening wakes the first three; each looks at its operation some times.
    await harness.run(HOUR + 4 * MINUTE)

    assert len(harness.azure.calls) == 3
    assert harness.steps() - before <= 3 * 4


async def test_jobs_beyond_the_stored_waiters_are_all_served() -> None:
    count = 2 * MAX_WAITERS
    harness = AppHarness(*vms(count), policy=policy(total=20))

    await harness.run_wave(20 * DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    semaphore = (await harness.app_without_hook.semaphores.all())[0]
    assert len(semaphore.waiters) <= MAX_WAITERS


async def test_jobs_that_a_pause_holds_sleep_and_go_on_after_it() -> None:
    harness = CountingHarness(*vms(6), rules=policy(total=2))
    await pause(harness.app_without_hook, "everything", reason="incident", by="ada")
    await harness.scan()
    await harness.run(HOUR)
    before = harness.steps()

    await harness.run(3 * DAY)
    assert harness.steps() == before
    await resume(harness.app, "everything", by="ada", reason="over")
    await harness.run(DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}


async def test_observe_mode_looks_at_a_machine_at_most_twice_a_day() -> None:
    harness = CountingHarness(*vms(3), rules=policy(), mode=Mode.OBSERVE)
    await harness.scan()

    await harness.run(10 * DAY)

    assert harness.steps() / 3 <= 2 * 10
    assert harness.azure.calls == []


async def test_a_wake_up_takes_no_healthy_start_away_from_its_worker() -> None:
    """The hint comes while the job is claimed, admitted and called: it changes nothing."""
    hints: list[str] = []

    async def wake_at_each_call(place: str) -> None:
        jobs = await harness.app_without_hook.jobs.all()
        job = jobs[0] if jobs else None
        if job is not None and job.step > 0 and not busy and not harness.azure.calls:
            busy.append(place)
            await take_step(harness.app_without_hook, JobStep(job=job.id))
            hints.append(place)
            busy.clear()

    busy: list[str] = []
    harness = AppHarness(standalone_vm("a"), hook=wake_at_each_call)
    await harness.scan()
    await harness.run(timedelta(seconds=1))

    assert hints
    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.REDEPLOYING, 1)
    assert len(harness.azure.calls) == 1


async def test_a_worker_that_died_in_its_claim_keeps_no_hint_out_for_long() -> None:
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    await harness.deliver_scans()
    job = await harness.job("a")
    stored = await harness.app_without_hook.jobs.get(job.id)
    assert stored is not None
    claimed = replace(job, step=job.step + 1, claimed_at=harness.clock.now(), due=None)
    await harness.app_without_hook.jobs.save(claimed, stored.version)

    await take_step(harness.app, JobStep(job=job.id))
    assert harness.azure.calls == []
    harness.clock.advance(2 * MINUTE)
    await take_step(harness.app, JobStep(job=job.id))

    assert len(harness.azure.calls) == 1
