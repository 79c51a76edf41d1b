"""Whole waves over the fakes: what the machines went through, for every behaviour of the queues."""

import zlib
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.domain.job.states import State
from shared.domain.machine.placement import Scope
from shared.domain.policy.policy import Policy
from tests.support.app_harness import AppHarness, QueueFaults
from tests.support.fake_azure import RedeployScript
from tests.support.fleets import HOUR, MINUTE, availability_set_vm, policy, standalone_vm
from tests.support.invariants import assert_all_invariants, states


def about_one_in(n: int, number: int) -> bool:
    """Whether a message is meant.

    No pattern that could keep step with the recovery, and yet the same in every run.
    """
    return zlib.crc32(str(number).encode()) % n == 0


QUEUE_FAULTS = {
    "each message twice": QueueFaults(copies=2),
    "the newest first": QueueFaults(newest_first=True),
    "each message twice, the newest first": QueueFaults(copies=2, newest_first=True),
    "a third of the messages is lost": QueueFaults(drops=lambda n: about_one_in(3, n)),
    "half of the messages is lost": QueueFaults(drops=lambda n: about_one_in(2, n)),
    "a fourth of the messages is ten minutes late": QueueFaults(
        delay=lambda n: about_one_in(4, n) * 10 * MINUTE
    ),
    "late, lost, twice": QueueFaults(
        copies=2,
        drops=lambda n: about_one_in(5, n),
        delay=lambda n: about_one_in(3, n) * 3 * MINUTE,
    ),
}


async def test_one_machine_goes_from_the_scan_to_succeeded() -> None:
    harness = AppHarness(standalone_vm("a"))

    await harness.run_wave()

    job = await harness.job("a")
    assert job.state is State.SUCCEEDED
    assert job.attempts == 1
    assert job.leases == ()
    assert job.finished_at is not None
    assert harness.called_machines() == ["a"]
    assert await harness.audit_events("a") == [
        "job.planned",
        "about_to_call",
        "call_response",
        "job.redeploying",
        "job.verifying",
        "job.succeeded",
    ]
    await assert_all_invariants(harness)


async def test_five_update_domains_never_overlap_and_keep_the_cool_down() -> None:
    harness = AppHarness(*(availability_set_vm(f"web-{n}", n % 5) for n in range(10)))

    await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    lanes = [each.update_domain or 0 for each in harness.azure.redeploys]
    assert lanes == sorted(lanes), "a lane was left before all of it was done"
    assert len(lanes) == 10
    await assert_all_invariants(harness)


async def test_as_many_machines_of_one_update_domain_as_it_has_slots_are_down_together() -> None:
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", n % 2) for n in range(6)), policy=policy(slots=3)
    )

    await harness.run_wave()

    first, second, third, *_ = harness.azure.redeploys
    assert first.update_domain == second.update_domain == third.update_domain
    assert third.started_at - first.started_at < MINUTE
    assert len(harness.azure.redeploys) == 6
    await assert_all_invariants(harness)


async def test_the_spacing_lies_between_the_starts_of_two_machines() -> None:
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", 0) for n in range(3)),
        policy=policy(spacing=HOUR, slots=2),
    )

    await harness.run_wave()

    first, second, third = (each.started_at for each in harness.azure.redeploys)
    assert second - first >= HOUR
    assert third - second >= HOUR
    await assert_all_invariants(harness)


async def test_a_job_that_waits_for_one_lock_holds_no_other_meanwhile() -> None:
    harness = AppHarness(
        availability_set_vm("web-0", 0), standalone_vm("b"), policy=policy(total=1)
    )

    await harness.run_wave(MINUTE)

    assert len(harness.azure.calls) == 1
    running = {
        each.job
        for each in (await harness.app_without_hook.semaphores.load(Scope("cap:all"))).value.holders
    }
    for semaphore in await harness.app_without_hook.semaphores.all():
        assert {each.job for each in semaphore.holders} <= running


async def test_a_lease_is_renewed_for_as_long_as_its_redeploy_takes() -> None:
    harness = AppHarness(standalone_vm("a", RedeployScript(duration=HOUR)))

    await harness.run_wave(50 * MINUTE)

    (semaphore,) = await harness.app_without_hook.semaphores.all()
    assert len(semaphore.holders) == 1
    assert semaphore.expired(harness.clock.now()) == ()


async def test_a_machine_that_was_let_in_and_stopped_by_a_cap_does_not_wait_for_the_spacing() -> (
    None
):
    harness = AppHarness(
        *(standalone_vm(f"vm-{n}") for n in range(4)), policy=policy(spacing=HOUR, total=1)
    )

    await harness.run_wave()

    for earlier, later in pairwise(harness.azure.redeploys):
        assert later.started_at - earlier.started_at < 10 * MINUTE
    await assert_all_invariants(harness)


@pytest.mark.parametrize("rules", [policy(per_subscription=2), policy(total=2)])
async def test_a_cap_counts_across_placements(rules: Policy) -> None:
    harness = AppHarness(*(standalone_vm(f"vm-{n}") for n in range(5)), policy=rules)

    await harness.run_wave()

    for move in harness.azure.redeploys:
        down = [
            each
            for each in harness.azure.redeploys
            if each.ready_at is not None and each.started_at <= move.started_at < each.ready_at
        ]
        assert len(down) <= 2
    assert len(harness.azure.redeploys) == 5
    await assert_all_invariants(harness)


async def test_machines_with_the_same_group_tag_go_one_by_one() -> None:
    harness = AppHarness(
        *(standalone_vm(f"db-{n}", tags={"Forestall-Group": "Orders"}) for n in range(3))
    )

    await harness.run_wave()

    moves = harness.azure.redeploys
    assert all(
        later.started_at >= (earlier.ready_at or later.started_at + HOUR)
        for earlier, later in pairwise(moves)
    )
    assert len(moves) == 3
    await assert_all_invariants(harness)


@pytest.mark.parametrize("queue_faults", QUEUE_FAULTS.values(), ids=QUEUE_FAULTS.keys())
async def test_every_machine_is_moved_exactly_once_however_badly_the_post_works(
    queue_faults: QueueFaults,
) -> None:
    harness = AppHarness(
        *(availability_set_vm(f"web-{n}", n % 3) for n in range(6)),
        standalone_vm("lonely"),
        queue_faults=queue_faults,
    )

    await harness.scan()
    await harness.scan()
    await harness.run()
    if (
        not await harness.app_without_hook.jobs.all()
    ):  # the scan itself was lost; the next tick asks again
        harness.clock.advance(15 * MINUTE)
        await harness.run_wave()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert sorted(harness.called_machines()) == ["lonely", *(f"web-{n}" for n in range(6))]
    await assert_all_invariants(harness)


async def test_a_waiter_is_woken_at_the_release_and_does_not_wait_for_its_recheck() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 0))

    await harness.run_wave()

    handed_over = (await harness.job("web-0")).finished_at
    assert handed_over is not None
    assert harness.azure.redeploys[1].started_at - handed_over < timedelta(seconds=1)


async def test_a_waiter_of_another_update_domain_is_woken_at_the_end_of_the_cool_down() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))

    await harness.run_wave()

    handed_over = (await harness.job("web-0")).finished_at
    assert handed_over is not None
    assert (
        harness.azure.redeploys[1].started_at - handed_over
        == harness.app_without_hook.policy.limits.cool_down
    )
