"""Owners and operators change their minds after the plan was made.

A tag, a group, a host, the list of subscriptions.
"""

from dataclasses import replace

import pytest

from shared.domain.job.states import State
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    daily,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

AT_NIGHT = policy(calendar=daily("22:00", "04:00"))
ANOTHER_SUBSCRIPTION = "00000000-0000-4000-8000-00000000ffff"


async def waiting(*vms: FakeVm) -> AppHarness:
    """A harness whose jobs wait for the night."""
    harness = AppHarness(*vms, policy=AT_NIGHT)
    await harness.run_wave(HOUR)
    return harness


def tag(harness: AppHarness, name: str, **tags: str) -> None:
    vm = harness.azure.vm(vm_id(name))
    vm.machine = replace(
        vm.machine, tags={key.replace("_", "-"): value for key, value in tags.items()}
    )


@pytest.mark.parametrize("value", ["off", "false", "no", "never", ""])
async def test_a_machine_that_is_tagged_off_while_its_job_waits_is_not_called_without_a_scan(
    value: str,
) -> None:
    harness = await waiting(standalone_vm("a"))
    tag(harness, "a", forestall=value)

    await harness.run(DAY)

    assert await states(harness) == {"a": State.SKIPPED}
    assert (await harness.job("a")).reason.startswith(f"tagged forestall={value}")
    assert harness.azure.calls == []
    assert harness.notifications == []
    await assert_all_invariants(harness)


async def test_a_scan_ends_the_waiting_job_of_a_machine_tagged_off_and_plans_it_again() -> None:
    harness = await waiting(standalone_vm("a"))
    tag(harness, "a", forestall="off")
    await harness.scan()
    await harness.run(MINUTE)
    assert await states(harness) == {"a": State.SKIPPED}

    harness.clock.advance(MINUTE)
    tag(harness, "a")
    await harness.run_wave(DAY)

    states_of_a = sorted(each.state for each in await harness.app_without_hook.jobs.all())
    assert states_of_a == [State.SKIPPED, State.SUCCEEDED]
    assert harness.called_machines() == ["a"]
    await assert_all_invariants(harness)


async def test_a_machine_that_is_tagged_off_between_two_attempts_waits_with_its_attempts() -> None:
    harness = AppHarness(standalone_vm("a", LANDS_ON_SCHEDULED_HOST))
    await harness.run_wave(5 * MINUTE)
    assert (await harness.job("a")).state is State.VERIFYING
    tag(harness, "a", forestall="off")

    await harness.run(DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts, job.reason) == (State.DEFERRED, 1, "tagged forestall=off")
    assert harness.called_machines() == ["a"]
    tag(harness, "a")
    await harness.run()
    assert (await harness.job("a")).state is State.SUCCEEDED
    assert harness.called_machines() == ["a", "a"]
    await assert_all_invariants(harness)


async def test_a_machine_that_moved_to_a_dedicated_host_is_not_called() -> None:
    harness = await waiting(standalone_vm("a"))
    vm = harness.azure.vm(vm_id("a"))
    vm.machine = replace(vm.machine, dedicated_host="/hosts/h")
    await harness.run(DAY)
    assert await states(harness) == {"a": State.SKIPPED}
    assert harness.azure.calls == []


@pytest.mark.parametrize("scanned", [True, False])
async def test_two_machines_that_are_put_into_one_group_while_they_wait_do_not_go_together(
    *, scanned: bool
) -> None:
    harness = await waiting(standalone_vm("a"), standalone_vm("b"))
    for name in "ab":
        tag(harness, name, forestall_group="db")
    if scanned:
        await harness.scan()

    await harness.run(DAY)

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    first, second = sorted(harness.azure.redeploys, key=lambda move: move.started_at)
    assert first.ready_at is not None
    assert second.started_at >= first.ready_at
    await assert_all_invariants(harness)


async def test_a_subscription_that_is_taken_out_is_left_alone_until_it_is_put_back() -> None:
    harness = await waiting(standalone_vm("a"))
    harness.app_without_hook = replace(
        harness.app_without_hook, subscriptions=(ANOTHER_SUBSCRIPTION,)
    )
    harness.app = harness.app_without_hook
    await harness.run(DAY)
    assert await states(harness) == {"a": State.SKIPPED}
    assert (await harness.job("a")).reason == "its subscription is not watched any more"
    assert harness.azure.calls == []
    assert harness.notifications == []

    harness.app_without_hook = replace(harness.app_without_hook, subscriptions=())
    harness.app = harness.app_without_hook
    await harness.run_wave(DAY)

    assert harness.called_machines() == ["a"]
    await assert_all_invariants(harness)


async def test_what_is_in_flight_goes_to_its_end_when_its_subscription_is_taken_out() -> None:
    harness = AppHarness(standalone_vm("a"), standalone_vm("b"), policy=policy(total=1))
    await harness.run_wave(MINUTE)
    harness.app_without_hook = replace(
        harness.app_without_hook, subscriptions=(ANOTHER_SUBSCRIPTION,)
    )
    harness.app = harness.app_without_hook

    await harness.run(DAY)

    assert await states(harness) == {"a": State.SUCCEEDED, "b": State.SKIPPED}
    assert harness.called_machines() == ["a"]
    await assert_all_invariants(harness)


async def test_a_scan_that_was_asked_for_before_its_subscription_was_taken_out_plans_nothing() -> (
    None
):
    harness = AppHarness(standalone_vm("a"))
    await harness.scan()
    harness.app_without_hook = replace(
        harness.app_without_hook, subscriptions=(ANOTHER_SUBSCRIPTION,)
    )
    harness.app = harness.app_without_hook
    await harness.run(DAY)
    assert await harness.app_without_hook.jobs.all() == []
