"""A person has looked at the machine of a parked job, and gives its leases back."""

from dataclasses import replace

import pytest

from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.operations import acquire
from shared.domain.lock.semaphore import Claim, Lease
from shared.domain.machine.placement import Lane, Scope
from shared.domain.messages import JobStep
from shared.usecases.operate.job_commands import NotPossible, cancel, release, retry
from shared.usecases.operate.release_lease import release_lease
from tests.support.checks import assert_all_is_well, states
from tests.support.faults import Killed, KillOnce, Recorder, watched
from tests.support.fleets import (
    ANSWER_LOST_AFTER_THE_ACT,
    HOUR,
    MINUTE,
    NEVER_COMES_BACK,
    SECOND,
    alone,
    member,
    refused,
    vm,
)
from tests.support.house import House
from tests.support.world import Fate

NEVER_SEEN = refused(400, "NeverSeen")


async def parked_house() -> House:
    """`web-0` is parked, though it never moved; `web-1`, of another update domain, waits behind it."""
    house = House(member("web-0", 0, NEVER_SEEN), member("web-1", 1))
    await house.run_a_wave(HOUR)
    assert await states(house) == {"web-0": State.PARKED, "web-1": State.DEFERRED}
    return house


async def test_the_next_one_goes_on_after_the_cool_down_and_the_job_stays_parked() -> None:
    house = await parked_house()
    released_at = house.clock.now()

    freed = await release(house.plain, (await house.job("web-0")).id, by="ada", reason="is well")

    assert isinstance(freed, Job)
    assert (freed.state, freed.leases, freed.due) == (State.PARKED, (), None)
    assert freed == await house.job("web-0")
    await house.run()
    assert await states(house) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    waited = house.world.calls[-1].at - released_at
    cool_down = house.plain.policy.limits.cool_down
    assert cool_down <= waited <= cool_down + MINUTE
    await assert_all_is_well(house)


async def test_who_released_it_and_why_stands_on_the_trail_and_with_the_job() -> None:
    house = await parked_house()
    was = (await house.job("web-0")).reason

    await release(house.plain, (await house.job("web-0")).id, by="ada", reason="is well")

    job = await house.job("web-0")
    assert job.reason == f"released by ada: is well; was: {was}"
    lines = [each for each in await house.trail.of(job.id) if each.by == "ada"]
    assert [each.event for each in lines] == ["about_to_release", "job.released"]
    assert [each.detail["reason"] for each in lines] == ["is well", job.reason]
    assert lines[0].detail["was"] == was
    assert "even_though_moving" not in lines[0].detail


async def test_a_released_job_can_still_be_retried_and_takes_its_leases_anew() -> None:
    house = await parked_house()
    job = (await house.job("web-0")).id
    await release(house.plain, job, by="ada", reason="is well")

    again = await retry(house.plain, job, by="ada", reason="the limit was raised")

    assert isinstance(again, Job)
    assert (again.state, again.leases) == (State.DEFERRED, ())
    await house.run()
    assert set((await states(house)).values()) == {State.SUCCEEDED}
    await assert_all_is_well(house)


async def test_a_released_job_can_still_be_cancelled() -> None:
    house = await parked_house()
    job = (await house.job("web-0")).id
    await release(house.plain, job, by="ada", reason="is well")

    assert isinstance(await cancel(house.plain, job, by="ada", reason="left to Azure"), Job)

    assert (await house.job("web-0")).state is State.CANCELLED
    await house.run()
    await assert_all_is_well(house)


async def test_nothing_is_released_on_one_404_while_the_subscription_lists_the_machine() -> None:
    house = await parked_house()
    before = await house.job("web-0")
    now = house.clock.now()
    house.world.missed = [(vm("web-0"), now, now + MINUTE)]
    for word in (release, cancel):
        answer = await word(house.plain, before.id, by="ada", reason="looks fine")
        assert isinstance(answer, NotPossible)
        assert "still lists it" in answer.reason
    assert await house.job("web-0") == before

    house.world.delete(vm("web-0"))

    assert isinstance(await release(house.plain, before.id, by="ada", reason="was deleted"), Job)


async def test_nothing_is_released_under_a_machine_that_moves() -> None:
    house = House(member("web-0", 0, Fate(takes=4 * HOUR)), member("web-1", 1))
    await house.run_a_wave(3 * HOUR)
    before = await house.job("web-0")
    assert before.state is State.PARKED

    for word in (release, cancel):
        answer = await word(house.plain, before.id, by="ada", reason="looks fine")
        assert isinstance(answer, NotPossible)
        assert answer.reason == (
            "the machine is being moved (running, provisioning updating); wait for it, or say that it is to be done "
            "even though it is moving"
        )

    assert await house.job("web-0") == before
    assert [each.by for each in await house.trail.of(before.id) if each.by == "ada"] == []
    await house.run(3 * HOUR)
    assert isinstance(await release(house.plain, before.id, by="ada", reason="came back"), Job)
    await house.run()
    assert await states(house) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    await assert_all_is_well(house)


@pytest.mark.parametrize("word", [release, cancel])
async def test_it_is_released_even_though_moving_where_a_person_says_so_and_that_is_on_record(
    word: object,
) -> None:
    house = House(member("web-0", 0, Fate(takes=4 * HOUR)))
    await house.run_a_wave(3 * HOUR)
    job = await house.job("web-0")
    house.world.outages = [(house.clock.now(), house.clock.now() + HOUR)]

    freed = await word(house.plain, job.id, by="ada", reason="Azure hangs", even_though_moving=True)  # type: ignore[operator]

    assert isinstance(freed, Job)
    assert (await house.job("web-0")).leases == ()
    (line,) = [
        each
        for each in await house.trail.of(job.id)
        if each.event.startswith("about_to_") and each.by == "ada"
    ]
    assert (line.detail["reason"], line.detail["even_though_moving"]) == ("Azure hangs", "True")


async def test_even_then_its_own_set_waits_for_it_as_for_any_machine_that_moves_on_nobodys_lease() -> None:
    house = House(member("web-0", 0, Fate(takes=4 * HOUR)), member("web-1", 1))
    await house.run_a_wave(3 * HOUR)
    await release(
        house.plain, (await house.job("web-0")).id, by="ada", reason="hangs", even_though_moving=True
    )

    await house.run(50 * MINUTE)
    assert house.starts() == ["web-0"]
    assert (await house.job("web-1")).reason == f"{vm('web-0')} is being moved by someone else"

    await house.run()
    assert await states(house) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
    first, second = house.world.moves
    assert second.began >= first.ended


async def test_a_machine_that_cannot_be_asked_counts_as_moving() -> None:
    house = await parked_house()
    house.world.outages = [(house.clock.now(), house.clock.now() + HOUR)]
    before = await house.job("web-0")

    answer = await release(house.plain, before.id, by="ada", reason="is well")

    assert isinstance(answer, NotPossible)
    assert "cannot be asked whether it moves: 503" in answer.reason
    assert await house.job("web-0") == before


async def test_only_a_parked_job_that_holds_leases_can_be_released() -> None:
    house = House(alone("a"), alone("b", NEVER_COMES_BACK))
    await house.run_a_wave(MINUTE)
    moving = await release(house.plain, (await house.job("a")).id, by="me", reason="x")
    assert isinstance(moving, NotPossible)
    assert moving.reason.startswith("the job is redeploying; only a parked one's leases can be released")

    await house.run(2 * HOUR)
    failed = await release(house.plain, (await house.job("b")).id, by="me", reason="x")
    assert isinstance(failed, NotPossible)
    assert "the job is failed" in failed.reason
    assert "the halt is lifted" in failed.reason


async def test_what_was_released_once_is_not_released_twice() -> None:
    house = await parked_house()
    job = (await house.job("web-0")).id
    await release(house.plain, job, by="ada", reason="is well")

    assert await release(house.plain, job, by="bob", reason="is well") == NotPossible(
        reason="the job is parked, and holds no lease"
    )


async def test_a_crash_at_any_call_loses_nothing_and_the_word_can_be_said_again() -> None:
    recorder = Recorder()
    house = await parked_house()
    await release(watched(house.plain, recorder), (await house.job("web-0")).id, by="ada", reason="is well")
    assert {"azure.observe", "trail.append", "jobs.save", "semaphores.store"} <= set(recorder.places)

    for n in range(len(recorder.places)):
        house = await parked_house()
        job = (await house.job("web-0")).id
        with pytest.raises(Killed):
            await release(watched(house.plain, KillOnce(n)), job, by="ada", reason="is well")
        await release(house.plain, job, by="ada", reason="is well")

        await house.run()

        assert await states(house) == {"web-0": State.PARKED, "web-1": State.SUCCEEDED}
        assert (await house.job("web-0")).leases == ()
        await assert_all_is_well(house)


class TestALeaseWithoutAJob:
    SCOPE = Scope("avset:somewhere")

    async def a_lease(self, house: House, job: str = "s~gone") -> Lease:
        """Taken a while ago by a job, with somebody waiting behind it."""
        claim = Claim(job=job, lane=Lane("ud:0"), slots=1, lease=15 * MINUTE)
        stored = await house.plain.semaphores.load(self.SCOPE)
        held, _ = acquire(stored.value, claim, house.clock.now())
        held, _ = acquire(held, replace(claim, job="s~next", lane=Lane("ud:1")), house.clock.now())
        await house.plain.semaphores.store(held, stored.version)
        return held.holders[0]

    async def test_it_is_given_back_by_its_token_and_the_next_one_is_woken_after_the_cool_down(self) -> None:
        house = House()
        lease = await self.a_lease(house)

        given_back = await release_lease(
            house.plain, self.SCOPE, lease.token, by="ada", reason="its job is gone"
        )

        assert given_back == lease
        semaphore = (await house.plain.semaphores.load(self.SCOPE)).value
        assert semaphore.holders == ()
        assert semaphore.left is not None
        (woken,) = house.queues.steps
        assert (woken.message, woken.at) == (
            JobStep(job=JobId("s~next")),
            semaphore.left.at + house.plain.policy.limits.cool_down,
        )
        (line, *_) = await house.trail.of(f"scope:{self.SCOPE}")
        assert (line.event, line.by, line.detail["reason"], line.detail["job"]) == (
            "about_to_release",
            "ada",
            "its job is gone",
            "s~gone",
        )

    async def test_another_token_is_told_which_there_are(self) -> None:
        house = House()
        await self.a_lease(house)

        answer = await release_lease(house.plain, self.SCOPE, 7, by="ada", reason="x")

        assert answer == NotPossible(reason="avset:somewhere has no lease 7 (it has: 1)", unknown=True)
        assert (await house.plain.semaphores.load(self.SCOPE)).value.holders

    async def test_a_lease_that_a_job_works_under_goes_with_its_job_only(self) -> None:
        house = await parked_house()
        job = await house.job("web-0")
        (held,) = job.leases

        answer = await release_lease(house.plain, held.scope, held.token, by="ada", reason="x")

        assert isinstance(answer, NotPossible)
        assert answer.reason == (
            f"job {job.id} is parked and works under it, or may; once it is parked, release the job"
        )

    async def test_a_lease_left_by_a_failed_job_halts_its_scope_as_recovery_would(self) -> None:
        house = House(member("web-0", 0, NEVER_COMES_BACK), member("web-1", 1))
        await house.run_a_wave(MINUTE)
        job = await house.job("web-0")
        stored = await house.plain.jobs.get(job.id)
        assert stored is not None
        failed = replace(job, state=State.FAILED, due=None, leases=(), reason="the agent is not ready")
        await house.plain.jobs.save(failed, stored.version)
        (held,) = job.leases

        given_back = await release_lease(house.plain, held.scope, held.token, by="ada", reason="seen")

        assert isinstance(given_back, Lease)
        (halt,) = (await house.plain.semaphores.load(held.scope)).value.halts
        assert halt.reason == "the agent is not ready"


async def test_a_lost_answer_that_was_parked_at_once_is_not_released_before_it_is_known() -> None:
    house = House(member("web-0", 0, replace(ANSWER_LOST_AFTER_THE_ACT, takes=10 * SECOND, maintained=False)))
    await house.run_a_wave(0 * MINUTE)
    job = await house.job("web-0")
    stored = await house.plain.jobs.get(job.id)
    assert stored is not None
    assert job.called_at is not None
    await house.plain.jobs.save(replace(job, state=State.PARKED, due=None), stored.version)
    house.clock.advance(MINUTE)

    early = await release(house.plain, job.id, by="ada", reason="is well")
    house.clock.advance(house.plain.policy.pace.grace)
    late = await release(house.plain, job.id, by="ada", reason="is well")

    assert isinstance(early, NotPossible)
    assert "whether its call arrived is not known before 16:15:00 UTC" in early.reason
    assert isinstance(late, Job)
