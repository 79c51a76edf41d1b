"""A person has looked at the machine of a parked job, and gives its leases back."""

from dataclasses import replace

import pytest

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire
from shared.domain.lock.semaphore import Lease, LockRequest
from shared.domain.machine.placement import Lane, Scope
from shared.domain.messages import JobStep
from shared.usecases.operate.job_commands import CommandRejected, cancel, release_parked, retry
from shared.usecases.operate.release_lease import release_lease
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import RedeployScript
from tests.support.faults import CallRecorder, KillAtCall, ProcessKilled, with_hook
from tests.support.fleets import (
    HOUR,
    MINUTE,
    NEVER_READY,
    RESPONSE_LOST_AFTER_REDEPLOY,
    SECOND,
    availability_set_vm,
    refused,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

UNKNOWN_ERROR = refused(400, "NeverSeen")


async def harness_with_parked_job() -> AppHarness:
    """`web-0` is parked, though it never moved.

    `web-1`, of another update domain, waits behind it.
    """
    harness = AppHarness(
        availability_set_vm("web-0", 0, UNKNOWN_ERROR), availability_set_vm("web-1", 1)
    )
    await harness.run_wave(HOUR)
    assert await states(harness) == {"web-0": State.PARKED, "web-1": State.DEFERRED}
    return harness


async def test_the_next_one_goes_on_after_the_cool_down_and_the_job_stays_parked() -> None:
    harness = await harness_with_parked_job()
    released_at = harness.clock.now()

    freed = await release_parked(
        harness.app_without_hook, (await harness.job("web-0")).id, by="ada", reason="is well"
    )

    assert isinstance(freed, Job)
    assert (freed.state, freed.leases, freed.due) == (State.PARKED, (), None)
    assert freed == await harness.job("web-0")
    await harness.run()
    assert await states(harness) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    waited = harness.azure.calls[-1].at - released_at
    cool_down = harness.app_without_hook.policy.limits.cool_down
    assert cool_down <= waited <= cool_down + MINUTE
    await assert_all_invariants(harness)


async def test_who_released_it_and_why_stands_on_the_trail_and_with_the_job() -> None:
    harness = await harness_with_parked_job()
    was = (await harness.job("web-0")).reason

    await release_parked(
        harness.app_without_hook, (await harness.job("web-0")).id, by="ada", reason="is well"
    )

    job = await harness.job("web-0")
    assert job.reason == f"released by ada: is well; was: {was}"
    lines = [each for each in await harness.trail.of(job.id) if each.by == "ada"]
    assert [each.event for each in lines] == ["about_to_release", "job.released"]
    assert [each.detail["reason"] for each in lines] == ["is well", job.reason]
    assert lines[0].detail["was"] == was
    assert "skip_machine_check" not in lines[0].detail


async def test_a_released_job_can_still_be_retried_and_takes_its_leases_anew() -> None:
    harness = await harness_with_parked_job()
    job = (await harness.job("web-0")).id
    await release_parked(harness.app_without_hook, job, by="ada", reason="is well")

    again = await retry(harness.app_without_hook, job, by="ada", reason="the limit was raised")

    assert isinstance(again, Job)
    assert (again.state, again.leases) == (State.DEFERRED, ())
    await harness.run()
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_released_job_can_still_be_cancelled() -> None:
    harness = await harness_with_parked_job()
    job = (await harness.job("web-0")).id
    await release_parked(harness.app_without_hook, job, by="ada", reason="is well")

    assert isinstance(
        await cancel(harness.app_without_hook, job, by="ada", reason="left to Azure"), Job
    )

    assert (await harness.job("web-0")).state is State.CANCELLED
    await harness.run()
    await assert_all_invariants(harness)


async def test_nothing_is_released_on_one_404_while_the_subscription_lists_the_machine() -> None:
    harness = await harness_with_parked_job()
    before = await harness.job("web-0")
    now = harness.clock.now()
    harness.azure.missed = [(vm_id("web-0"), now, now + MINUTE)]
    for word in (release_parked, cancel):
        response = await word(harness.app_without_hook, before.id, by="ada", reason="looks fine")
        assert isinstance(response, CommandRejected)
        assert "still lists it" in response.reason
    assert await harness.job("web-0") == before

    harness.azure.delete(vm_id("web-0"))

    assert isinstance(
        await release_parked(harness.app_without_hook, before.id, by="ada", reason="was deleted"),
        Job,
    )


async def test_nothing_is_released_under_a_machine_that_moves() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=4 * HOUR)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(3 * HOUR)
    before = await harness.job("web-0")
    assert before.state is State.PARKED

    for word in (release_parked, cancel):
        response = await word(harness.app_without_hook, before.id, by="ada", reason="looks fine")
        assert isinstance(response, CommandRejected)
        assert response.reason == (
            "the machine is being moved (running, provisioning updating); wait for it, or repeat "
            "the command without the check of the machine"
        )

    assert await harness.job("web-0") == before
    assert [each.by for each in await harness.trail.of(before.id) if each.by == "ada"] == []
    await harness.run(3 * HOUR)
    assert isinstance(
        await release_parked(harness.app_without_hook, before.id, by="ada", reason="came back"), Job
    )
    await harness.run()
    assert await states(harness) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    await assert_all_invariants(harness)


@pytest.mark.parametrize("word", [release_parked, cancel])
async def test_it_is_released_though_it_moves_where_a_person_says_so_and_that_is_on_record(
    word: object,
) -> None:
    harness = AppHarness(availability_set_vm("web-0", 0, RedeployScript(duration=4 * HOUR)))
    await harness.run_wave(3 * HOUR)
    job = await harness.job("web-0")
    harness.azure.outages = [(harness.clock.now(), harness.clock.now() + HOUR)]

    freed = await word(
        harness.app_without_hook, job.id, by="ada", reason="Azure hangs", skip_machine_check=True
    )  # type: ignore[operator]

    assert isinstance(freed, Job)
    assert (await harness.job("web-0")).leases == ()
    (line,) = [
        each
        for each in await harness.trail.of(job.id)
        if each.event.startswith("about_to_") and each.by == "ada"
    ]
    assert (line.detail["reason"], line.detail["skip_machine_check"]) == ("Azure hangs", "True")


async def test_even_then_its_own_set_waits_for_it_as_for_any_machine_without_a_lease() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0, RedeployScript(duration=4 * HOUR)),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(3 * HOUR)
    await release_parked(
        harness.app_without_hook,
        (await harness.job("web-0")).id,
        by="ada",
        reason="hangs",
        skip_machine_check=True,
    )

    await harness.run(50 * MINUTE)
    assert harness.called_machines() == ["web-0"]
    assert (await harness.job("web-1")).reason == f"{vm_id('web-0')} is being moved by someone else"

    await harness.run()
    assert await states(harness) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    first, second = harness.azure.redeploys
    assert second.started_at >= first.ended_at


async def test_a_machine_that_cannot_be_asked_counts_as_moving() -> None:
    harness = await harness_with_parked_job()
    harness.azure.outages = [(harness.clock.now(), harness.clock.now() + HOUR)]
    before = await harness.job("web-0")

    response = await release_parked(harness.app_without_hook, before.id, by="ada", reason="is well")

    assert isinstance(response, CommandRejected)
    assert "cannot be asked whether it moves: 503" in response.reason
    assert await harness.job("web-0") == before


async def test_only_a_parked_job_that_holds_leases_can_be_released() -> None:
    harness = AppHarness(standalone_vm("a"), standalone_vm("b", NEVER_READY))
    await harness.run_wave(MINUTE)
    moving = await release_parked(
        harness.app_without_hook, (await harness.job("a")).id, by="me", reason="x"
    )
    assert isinstance(moving, CommandRejected)
    assert moving.reason.startswith(
        "the job is redeploying; only the leases of a parked one can be released"
    )

    await harness.run(2 * HOUR)
    failed = await release_parked(
        harness.app_without_hook, (await harness.job("b")).id, by="me", reason="x"
    )
    assert isinstance(failed, CommandRejected)
    assert "the job is failed" in failed.reason
    assert "lift the halt" in failed.reason


async def test_what_was_released_once_is_not_released_twice() -> None:
    harness = await harness_with_parked_job()
    job = (await harness.job("web-0")).id
    await release_parked(harness.app_without_hook, job, by="ada", reason="is well")

    assert await release_parked(
        harness.app_without_hook, job, by="bob", reason="is well"
    ) == CommandRejected(reason="the job is parked, and holds no lease")


async def test_a_crash_at_any_call_loses_nothing_and_the_word_can_be_said_again() -> None:
    recorder = CallRecorder()
    harness = await harness_with_parked_job()
    await release_parked(
        with_hook(harness.app_without_hook, recorder),
        (await harness.job("web-0")).id,
        by="ada",
        reason="is well",
    )
    assert {"azure.observe", "audit_trail.append", "jobs.save", "semaphores.store"} <= set(
        recorder.places
    )

    for n in range(len(recorder.places)):
        harness = await harness_with_parked_job()
        job = (await harness.job("web-0")).id
        with pytest.raises(ProcessKilled):
            await release_parked(
                with_hook(harness.app_without_hook, KillAtCall(n)), job, by="ada", reason="is well"
            )
        await release_parked(harness.app_without_hook, job, by="ada", reason="is well")

        await harness.run()

        assert await states(harness) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
        assert (await harness.job("web-0")).leases == ()
        await assert_all_invariants(harness)


class TestALeaseWithoutAJob:
    SCOPE = Scope("avset:somewhere")

    async def a_lease(self, harness: AppHarness, job: str = "s~gone") -> Lease:
        """Acquired some time ago by a job, with a waiter behind it."""
        claim = LockRequest(
            job=job, lane=Lane("ud:0"), slots=1, lease=15 * MINUTE, recheck=60 * MINUTE
        )
        stored = await harness.app_without_hook.semaphores.load(self.SCOPE)
        held, _ = acquire(stored.value, claim, harness.clock.now())
        held, _ = acquire(
            held, replace(claim, job="s~next", lane=Lane("ud:1")), harness.clock.now()
        )
        await harness.app_without_hook.semaphores.store(held, stored.version)
        return held.holders[0]

    async def test_it_is_given_back_by_its_token_and_the_next_one_is_woken_after_the_cool_down(
        self,
    ) -> None:
        harness = AppHarness()
        lease = await self.a_lease(harness)

        given_back = await release_lease(
            harness.app_without_hook, self.SCOPE, lease.token, by="ada", reason="its job is gone"
        )

        assert given_back == lease
        semaphore = (await harness.app_without_hook.semaphores.load(self.SCOPE)).value
        assert semaphore.holders == ()
        assert semaphore.last_release is not None
        # A message is not scheduled half an hour ahead: recovery wakes it in time.
        assert harness.queues.steps == []
        harness.clock.advance(25 * MINUTE)
        await harness.recover()
        (woken,) = harness.queues.steps
        assert (woken.message, woken.at) == (
            JobStep(job=JobId("s~next")),
            semaphore.last_release.at + harness.app_without_hook.policy.limits.cool_down,
        )
        (line, *_) = await harness.trail.of(f"scope:{self.SCOPE}")
        assert (line.event, line.by, line.detail["reason"], line.detail["job"]) == (
            "about_to_release",
            "ada",
            "its job is gone",
            "s~gone",
        )

    async def test_another_token_is_told_which_there_are(self) -> None:
        harness = AppHarness()
        await self.a_lease(harness)

        response = await release_lease(
            harness.app_without_hook, self.SCOPE, 7, by="ada", reason="x"
        )

        assert response == CommandRejected(
            reason="avset:somewhere has no lease 7 (it has: 1)", not_found=True
        )
        assert (await harness.app_without_hook.semaphores.load(self.SCOPE)).value.holders

    async def test_a_lease_that_a_job_works_under_goes_with_its_job_only(self) -> None:
        harness = await harness_with_parked_job()
        job = await harness.job("web-0")
        (held,) = job.leases

        response = await release_lease(
            harness.app_without_hook, held.scope, held.token, by="ada", reason="x"
        )

        assert isinstance(response, CommandRejected)
        assert response.reason == (
            f"job {job.id} is parked and works under it, or may; once it is parked, release the job"
        )

    async def test_a_lease_left_by_a_failed_job_halts_its_scope_as_recovery_would(self) -> None:
        harness = AppHarness(
            availability_set_vm("web-0", 0, NEVER_READY), availability_set_vm("web-1", 1)
        )
        await harness.run_wave(MINUTE)
        job = await harness.job("web-0")
        stored = await harness.app_without_hook.jobs.get(job.id)
        assert stored is not None
        failed = replace(
            job, state=State.FAILED, due=None, leases=(), reason="the agent is not ready"
        )
        await harness.app_without_hook.jobs.save(failed, stored.version)
        (held,) = job.leases

        given_back = await release_lease(
            harness.app_without_hook, held.scope, held.token, by="ada", reason="seen"
        )

        assert isinstance(given_back, Lease)
        (halt,) = (await harness.app_without_hook.semaphores.load(held.scope)).value.halts
        assert halt.reason == "the agent is not ready"


async def test_a_lost_answer_that_was_parked_at_once_is_not_released_before_it_is_known() -> None:
    harness = AppHarness(
        availability_set_vm(
            "web-0",
            0,
            replace(
                RESPONSE_LOST_AFTER_REDEPLOY, duration=10 * SECOND, lands_on_updated_host=False
            ),
        )
    )
    await harness.run_wave(0 * MINUTE)
    job = await harness.job("web-0")
    stored = await harness.app_without_hook.jobs.get(job.id)
    assert stored is not None
    assert job.called_at is not None
    await harness.app_without_hook.jobs.save(
        replace(job, state=State.PARKED, due=None), stored.version
    )
    harness.clock.advance(MINUTE)

    early = await release_parked(harness.app_without_hook, job.id, by="ada", reason="is well")
    harness.clock.advance(harness.app_without_hook.policy.timing.grace_period)
    late = await release_parked(harness.app_without_hook, job.id, by="ada", reason="is well")

    assert isinstance(early, CommandRejected)
    assert "whether its call arrived is not known before 16:15:00 UTC" in early.reason
    assert isinstance(late, Job)
