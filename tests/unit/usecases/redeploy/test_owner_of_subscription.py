"""A subscription that belongs to another installation by its tag is only observed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from tests.support.app_harness import AppHarness
from tests.support.fleets import DAY, HOUR, MINUTE, SUBSCRIPTION, policy, standalone_vm
from tests.support.invariants import assert_all_invariants

OURS = "stforestall/forestall"
TAG = "forestall-installation"


def harness_of(*names: str) -> AppHarness:
    """One machine goes at a time."""
    harness = AppHarness(*(standalone_vm(each) for each in names), policy=policy(total=1))
    harness.app_without_hook = replace(harness.app_without_hook, installation=OURS)
    harness.app = replace(harness.app, installation=OURS)
    return harness


@pytest.mark.parametrize("value", ["stother/forestall", "", f"{OURS}2"])
async def test_the_name_of_another_installation_or_none_starts_nothing(value: str) -> None:
    harness = harness_of("a")
    harness.azure.tags[SUBSCRIPTION] = {TAG: value}

    await harness.run_wave(DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts, job.leases) == (State.DEFERRED, 0, ())
    assert job.reason.startswith(f"the tag {TAG} of its subscription says {value!r}")
    assert harness.azure.calls == []
    await assert_all_invariants(harness)


@pytest.mark.parametrize("tags", [{}, {TAG: OURS}, {TAG: f" {OURS.upper()} "}, {"env": "prod"}])
async def test_our_own_name_or_no_tag_lets_machines_go(tags: dict[str, str]) -> None:
    harness = harness_of("a")
    harness.azure.tags[SUBSCRIPTION] = tags

    await harness.run_wave(DAY)

    assert harness.called_machines() == ["a"]


async def test_a_tag_that_comes_in_the_middle_of_a_wave_finishes_what_is_in_flight() -> None:
    harness = harness_of("a", "b")
    await harness.run_wave(MINUTE)
    first = harness.called_machines()
    assert len(first) == 1
    harness.azure.tags[SUBSCRIPTION] = {TAG: "stother/forestall"}

    await harness.run(DAY)

    assert harness.called_machines() == first
    assert (await harness.job(first[0])).state is State.SUCCEEDED
    other = next(each for each in "ab" if each not in first)
    assert (await harness.job(other)).state is State.DEFERRED

    harness.azure.tags[SUBSCRIPTION] = {}
    await harness.run(DAY)

    assert sorted(harness.called_machines()) == ["a", "b"]
    await assert_all_invariants(harness)


async def test_tags_that_cannot_be_read_start_nothing() -> None:
    harness = harness_of("a")
    harness.azure.unreadable_tags.add(SUBSCRIPTION)
    await harness.run_wave(HOUR)
    assert harness.azure.calls == []
    assert "AuthorizationFailed" in (await harness.job("a")).reason

    harness.azure.unreadable_tags.clear()
    await harness.run(DAY)

    assert harness.called_machines() == ["a"]


async def test_a_job_of_another_installation_asks_seldom_and_holds_no_lock() -> None:
    harness = harness_of("a")
    harness.azure.tags[SUBSCRIPTION] = {TAG: "stother/forestall"}
    asked = 0
    read = harness.azure.subscription_tags

    async def counted(subscription: SubscriptionId) -> Mapping[str, str]:
        nonlocal asked
        asked += 1
        return await read(subscription)

    harness.azure.subscription_tags = counted  # type: ignore[method-assign]
    await harness.run_wave(DAY)

    assert 1 < asked <= 40
    locks = await harness.app_without_hook.semaphores.all()
    assert not any(each.holders for each in locks)
