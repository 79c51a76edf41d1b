"""Kinds that Azure's guidance leaves out, machines without an agent, and sets without domains."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.job.job import AgentCheck
from shared.domain.job.states import State
from shared.domain.machine.kinds.harms import Harm
from shared.domain.machine.kinds.kinds import Kind
from shared.domain.machine.machine import Machine, Orchestration
from shared.domain.machine.traits import Traits
from shared.domain.policy.kind_rules import KindRules
from shared.domain.policy.policy import Policy
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm
from tests.support.fleets import (
    DAY,
    HOUR,
    LANDS_ON_SCHEDULED_HOST,
    MINUTE,
    REGION,
    availability_set_vm,
    daily,
    maintenance,
    policy,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

SPOT = Traits(size="Standard_D2s_v5", is_spot=True)
SCALE_SET = (
    "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachinescalesets/f"
)


def spot(name: str, **tags: str) -> FakeVm:
    machine = Machine(
        id=vm_id(name),
        location=REGION,
        traits=SPOT,
        tags={key.replace("_", "-"): value for key, value in tags.items()},
    )
    return standalone_vm(name, machine=machine)


def flexible_vm(name: str) -> FakeVm:
    """A member of a Flexible scale set for which Azure names no domain and no zone."""
    machine = Machine(
        id=vm_id(name),
        location=REGION,
        scale_set=SCALE_SET,
        orchestration=Orchestration.FLEXIBLE,
    )
    return FakeVm(machine=machine, maintenance=maintenance())


def with_kinds(base: Policy, **rules: Any) -> Policy:
    return replace(base, kinds=KindRules(**rules))


async def test_a_kind_is_left_alone_while_the_others_go() -> None:
    harness = AppHarness(spot("a"), standalone_vm("b"))
    await harness.run_wave()
    assert await states(harness) == {"b": State.SUCCEEDED}
    assert harness.called_machines() == ["b"]


@pytest.mark.parametrize(
    ("vm", "rules"),
    [(spot("a", forestall_allow="spot"), {}), (spot("a"), {"allow": (Kind.SPOT,)})],
)
async def test_a_kind_that_its_owner_or_the_policy_allows_goes(
    vm: FakeVm, rules: dict[str, Any]
) -> None:
    harness = AppHarness(vm, policy=with_kinds(policy(), **rules))
    await harness.run_wave()
    assert await states(harness) == {"a": State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_tag_that_the_policy_forbids_allows_nothing() -> None:
    forbidding = with_kinds(policy(), tag_may_allow=())
    harness = AppHarness(spot("a", forestall_allow="spot"), policy=forbidding)
    await harness.run_wave()
    assert harness.azure.calls == []


@pytest.mark.parametrize("scanned", [True, False])
async def test_a_permission_that_is_taken_back_while_the_job_waits_is_heard(
    *, scanned: bool
) -> None:
    at_night = policy(calendar=daily("22:00", "04:00"))
    harness = AppHarness(spot("a", forestall_allow="spot"), policy=at_night)
    await harness.run_wave(HOUR)
    assert (await harness.job("a")).state is State.DEFERRED
    vm = harness.azure.vm(vm_id("a"))
    vm.machine = replace(vm.machine, tags={})
    if scanned:
        await harness.scan()

    await harness.run(DAY)

    assert await states(harness) == {"a": State.SKIPPED}
    assert "it is a Spot machine" in (await harness.job("a")).reason
    assert harness.azure.calls == []


async def test_a_machine_that_becomes_spot_between_two_attempts_waits_with_its_attempts() -> None:
    harness = AppHarness(standalone_vm("a", LANDS_ON_SCHEDULED_HOST))
    await harness.run_wave(5 * MINUTE)
    vm = harness.azure.vm(vm_id("a"))
    vm.machine = replace(vm.machine, traits=SPOT)

    await harness.run(DAY)

    job = await harness.job("a")
    assert (job.state, job.attempts) == (State.DEFERRED, 1)
    assert "it is a Spot machine" in job.reason


async def test_what_a_redeploy_harms_is_on_the_job_and_on_record_before_the_call() -> None:
    machine = Machine(
        id=vm_id("a"),
        location=REGION,
        traits=Traits(size="Standard_L8s_v3", has_dynamic_public_ip=True),
        tags={"forestall-allow": "local-nvme"},
    )
    harness = AppHarness(standalone_vm("a", machine=machine))
    await harness.run_wave()
    job = await harness.job("a")
    assert job.harms == (Harm.LOCAL_NVME, Harm.TEMPORARY_DISK, Harm.DYNAMIC_PUBLIC_IP)
    intents = [
        each.detail["harms"]
        for each in await harness.trail.of(job.id)
        if each.event == "about_to_call"
    ]
    assert intents == ["local-nvme, temporary-disk, dynamic-public-ip"]


class TestWithoutAnAgent:
    async def test_a_machine_waits_and_people_are_told_at_once_with_what_lets_it_go(self) -> None:
        harness = AppHarness(standalone_vm("a", has_agent=False))
        await harness.run_wave(HOUR)

        job = await harness.job("a")
        assert (job.state, job.agent) == (State.DEFERRED, AgentCheck.MISSING)
        assert "agent not ready" in job.reason
        assert harness.azure.calls == []
        told = harness.notifications[0]
        assert told.kind == "deadline.at_risk"
        assert "allow the kind no-agent" in told.text

    async def test_the_tag_lets_power_and_provisioning_decide(self) -> None:
        tags = {"forestall-allow": "no-agent"}
        harness = AppHarness(
            standalone_vm("a", has_agent=False, tags=tags), standalone_vm("b", tags=tags)
        )
        await harness.run_wave()

        assert await states(harness) == {"a": State.SUCCEEDED, "b": State.SUCCEEDED}
        assert (await harness.job("a")).agent is AgentCheck.WAIVED
        assert (await harness.job("b")).agent is AgentCheck.REQUIRED
        assert harness.notifications == []
        await assert_all_invariants(harness)

    async def test_a_tag_that_is_set_while_it_waits_lets_it_go_without_a_scan(self) -> None:
        harness = AppHarness(standalone_vm("a", has_agent=False))
        await harness.run_wave(HOUR)
        vm = harness.azure.vm(vm_id("a"))
        vm.machine = replace(vm.machine, tags={"forestall-allow": "no-agent"})
        await harness.run()
        assert await states(harness) == {"a": State.SUCCEEDED}
        await assert_all_invariants(harness)

    async def test_an_agent_that_answered_before_has_to_answer_afterwards_whatever_is_allowed(
        self,
    ) -> None:
        tags = {"forestall-allow": "no-agent"}
        harness = AppHarness(standalone_vm("a", tags=tags))
        await harness.run_wave(MINUTE)
        harness.azure.vm(vm_id("a")).has_agent = False
        await harness.run()
        assert await states(harness) == {"a": State.FAILED}


class TestWithoutADomain:
    async def test_members_of_a_flexible_set_go_one_at_a_time_whatever_the_slots(self) -> None:
        harness = AppHarness(*(flexible_vm(f"f-{n}") for n in range(4)), policy=policy(slots=3))
        await harness.run_wave()
        assert set((await states(harness)).values()) == {State.SUCCEEDED}
        assert {(await harness.job(f"f-{n}")).placement.lane for n in range(4)} == {"domain:none"}
        await assert_all_invariants(harness)

    async def test_members_of_an_availability_set_keep_the_cool_down_as_well(self) -> None:
        hidden = [availability_set_vm(f"w-{n}", n % 2, hides_update_domain=True) for n in range(3)]
        named = [availability_set_vm(f"x-{n}", n) for n in range(2)]
        harness = AppHarness(*hidden, *named, policy=policy(slots=3, cool_down=20 * MINUTE))
        await harness.run_wave()
        assert set((await states(harness)).values()) == {State.SUCCEEDED}
        await assert_all_invariants(harness)

    async def test_the_record_says_what_the_machine_is(self) -> None:
        harness = AppHarness(flexible_vm("f-0"))
        await harness.run_wave(MINUTE)
        (planned,) = [
            each
            for each in await harness.trail.of((await harness.job("f-0")).id)
            if each.event == "job.planned"
        ]
        assert planned.detail["goes_alone"] == (
            "Azure names neither zone nor fault domain for this member of a Flexible scale set"
        )
