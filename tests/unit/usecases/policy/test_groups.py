"""Each machine goes by the rules of its group: plan, gates, locks, and right before the call."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.adapters.memory import MemoryPolicies
from shared.domain.job.states import State
from shared.domain.machine.machine import Machine
from shared.domain.policy.files.document import PolicyFile
from shared.usecases.refresh_policy import REFRESHED, refresh_policy
from shared.usecases.show.plan import show_plan
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE, START, standalone_vm, vm_id

#: START is Monday 16:00 in UTC
PLATFORM = PolicyFile(
    "forestall.yaml",
    """\
version: 1
defaults:
  windows: [{ weekly: mon-sun, from: 17:00, to: 23:00 }]
  limits: { ramp: false, per_region: none, per_subscription: none, total: none }
  timing: { bake_time: 2m, sweep_period: 0s }
""",
    is_platform=True,
)


def owner(rules: str, name: str = "crm", match: str = "{ tag: { app: crm } }") -> PolicyFile:
    text = f"version: 1\ngroups:\n  - name: {name}\n    match: {match}\n{rules}"
    return PolicyFile(f"groups/{name}.yaml", text)


LATE = owner("    windows: [{ weekly: mon-sun, from: 20:00, to: 22:00 }]\n")


def crm(name: str, **more: str) -> FakeVm:
    return standalone_vm(name, tags={"app": "crm"} | more)


def harness(*vms: FakeVm, files: tuple[PolicyFile, ...] = (PLATFORM, LATE)) -> AppHarness:
    policies = MemoryPolicies()
    policies.publish(*files, by="ada")
    return AppHarness(*vms, policies=policies)


def policies_of(app: AppHarness) -> MemoryPolicies:
    found = app.app_without_hook.policies
    assert isinstance(found, MemoryPolicies)
    return found


def called(app: AppHarness) -> dict[str, timedelta]:
    """How long after START each machine was called."""
    return {each.machine.rsplit("/", 1)[-1]: each.at - START for each in app.azure.calls}


async def test_each_group_has_its_own_windows_in_the_plan_and_at_the_call() -> None:
    app = harness(crm("a"), standalone_vm("b"))
    await app.scan()
    await app.deliver_scans()
    plan = await show_plan(app.app_without_hook)
    await app.run(DAY)

    assert {each.job.machine.rsplit("/", 1)[-1]: each.start for each in plan.machines} == {
        "a": START + 4 * HOUR,
        "b": START + HOUR,
    }
    assert called(app) == {"a": 4 * HOUR, "b": HOUR}
    assert (await app.job("a")).policy_group == "crm"


async def test_the_version_of_the_rules_and_the_group_are_on_the_trail() -> None:
    app = harness(crm("a"))
    await app.run_wave(DAY)
    trail = await app.trail.of((await app.job("a")).id)
    intent = next(each for each in trail if each.event == "about_to_call")

    assert intent.detail["group"] == "crm"
    assert intent.detail["policy"] == app.app_without_hook.rules.version
    assert (await show_plan(app.app_without_hook)).policy == app.app_without_hook.rules.version


async def test_a_group_that_is_closed_keeps_no_other_from_a_lock_that_both_need() -> None:
    """The machines of the group are more urgent, and their windows open later."""
    text = PLATFORM.text.replace("total: none", "total: 1")
    one = PolicyFile(PLATFORM.name, text, True)  # noqa: FBT003
    app = harness(
        *(crm(f"a{n}") for n in range(3)),
        *(standalone_vm(f"b{n}") for n in range(3)),
        files=(one, LATE),
    )
    await app.run_wave(DAY)

    starts = called(app)
    assert all(starts[f"b{n}"] < 4 * HOUR for n in range(3))
    assert all(4 * HOUR <= starts[f"a{n}"] < 6 * HOUR for n in range(3))


async def test_observe_for_one_group_calls_nothing_there_and_acts_elsewhere() -> None:
    app = harness(crm("a"), standalone_vm("b"), files=(PLATFORM, owner("    mode: observe\n")))
    await app.run_wave(DAY)

    assert list(called(app)) == ["b"]
    assert "observe" in (await app.job("a")).reason


async def test_a_group_that_is_left_alone_has_no_jobs_and_a_job_ends_when_it_becomes_so() -> None:
    app = harness(crm("a"))
    await app.run_wave(MINUTE)
    policies_of(app).publish(PLATFORM, owner("    do: leave-alone\n    reason: ask Ada\n"))
    app.clock.advance(REFRESHED)
    await app.scan()
    await app.run(DAY)

    assert called(app) == {}
    job = await app.job("a")
    assert (job.state, job.reason) == (State.SKIPPED, "ask Ada")


async def test_a_machine_that_two_groups_claim_is_left_alone() -> None:
    app = harness(crm("a"), files=(PLATFORM, LATE, owner("", "all", "{ resource_group: rg }")))
    await app.run_wave(DAY)

    assert list(await app.app_without_hook.jobs.all()) == []


async def test_a_tag_that_is_set_after_the_plan_counts_at_the_call() -> None:
    """The machine joins a group with later windows between its last scan and its call."""
    app = harness(standalone_vm("a"))
    await app.run_wave(MINUTE)
    vm = app.azure.vm(vm_id("a"))
    vm.machine = Machine(id=vm.machine.id, location=vm.machine.location, tags={"app": "crm"})
    await app.run(DAY)

    assert called(app) == {"a": 4 * HOUR}
    assert (await app.job("a")).policy_group == "crm"


async def test_a_new_version_counts_within_minutes_and_wakes_who_may_start_now() -> None:
    """C92: a blackout that a new version shortens does not hold until the old due time."""
    freeze = PolicyFile(
        PLATFORM.name,
        PLATFORM.text
        + "blackouts: [{ name: freeze, from: 2026-11-20 00:00, to: 2026-11-23 21:00 }]\n",
        is_platform=True,
    )
    app = harness(standalone_vm("a"), files=(freeze,))
    await app.run_wave(2 * HOUR)
    assert called(app) == {}
    policies_of(app).publish(PLATFORM)
    await app.run(HOUR)

    assert 2 * HOUR <= called(app)["a"] <= 2 * HOUR + 15 * MINUTE


async def test_a_broken_version_stops_nothing_and_new_starts_go_on_under_the_last_good_one() -> (
    None
):
    app = harness(crm("a"), standalone_vm("b"))
    await app.scan()
    await app.deliver_scans()
    good = app.app_without_hook.rules.version
    policies_of(app).publish(PLATFORM, owner("    windows: [{ weekly: sun }]\n"))
    policies_of(app).put(b"{")
    await app.run(DAY)

    assert called(app) == {"a": 4 * HOUR, "b": HOUR}
    known = app.app_without_hook.policy_in_force
    assert app.app_without_hook.rules.version == good
    assert "it is no published policy" in known.problem
    assert any("the platform is closed then" in each for each in known.refused.values())
    assert known.by == "ada"


@pytest.mark.parametrize("documents", [(), (b"{",)])
async def test_without_a_good_version_nothing_new_starts_and_it_does_once_there_is_one(
    documents: tuple[bytes, ...],
) -> None:
    policies = MemoryPolicies()
    for each in documents:
        policies.put(each)
    app = AppHarness(standalone_vm("a"), policies=policies)
    await app.run_wave(2 * HOUR)
    assert called(app) == {}
    assert "no version of the policy can be read" in (await app.job("a")).reason
    policies.publish(PLATFORM)
    await app.run(HOUR)

    assert list(called(app)) == ["a"]


async def test_a_place_that_cannot_be_read_keeps_what_is_in_force() -> None:
    app = harness(crm("a"))
    await app.scan()
    policies_of(app).is_away = True
    await app.run(DAY)

    assert called(app) == {"a": 4 * HOUR}
    assert "the policy cannot be read" in app.app_without_hook.policy_in_force.problem


async def test_a_job_whose_group_is_gone_waits_for_a_scan() -> None:
    app = harness(crm("a"))
    await app.run_wave(MINUTE)
    policies_of(app).publish(PLATFORM)
    await app.run(3 * HOUR)
    assert called(app) == {}
    assert "the policy has no group crm any more" in (await app.job("a")).reason
    await app.scan()
    await app.run(HOUR)

    assert list(called(app)) == ["a"]


async def test_the_place_is_asked_once_a_minute_at_most() -> None:
    app = harness()
    asked = 0
    names = policies_of(app).names

    async def counted() -> object:
        nonlocal asked
        asked += 1
        return await names()

    object.__setattr__(policies_of(app), "names", counted)
    for _ in range(10):
        await refresh_policy(app.app_without_hook)
        app.clock.advance(REFRESHED / 2)

    assert asked == 5


async def test_an_owner_who_raises_a_rule_has_it_in_his_locks() -> None:
    spaced = owner("    limits: { spacing: 30m }\n")
    vms = [
        replace(
            crm(name),
            machine=replace(crm(name).machine, tags={"app": "crm", "forestall-group": "g"}),
        )
        for name in "abc"
    ]
    app = harness(*vms, files=(PLATFORM, spaced))
    await app.run_wave(DAY)

    starts = sorted(called(app).values())
    assert len(starts) == 3
    assert all(second - first >= 30 * MINUTE for first, second in pairwise(starts))


SLOW = owner("    timing: { bake_time: 10m }\n")
HASTY = owner("    timing: { bake_time: 30m }\n")


@pytest.mark.parametrize("files", [(PLATFORM,), (PLATFORM, HASTY), ()])
@pytest.mark.parametrize("state", [State.REDEPLOYING, State.VERIFYING])
async def test_a_redeploy_is_followed_under_the_rules_of_its_call(
    files: tuple[PolicyFile, ...], state: State
) -> None:
    """Also where its group, or the whole policy, is gone."""
    vm = crm("a")
    vm.scripts = deque([RedeployScript(duration=8 * MINUTE)])
    app = harness(vm, files=(PLATFORM, SLOW))
    await app.scan()
    await app.deliver_scans()
    for _ in range(300):
        await app.run(MINUTE)
        if (await app.job("a")).state is state:
            break
    assert (await app.job("a")).state is state
    if files:
        policies_of(app).publish(*files)
    else:
        app.app_without_hook.policy_in_force.current = None
        policies_of(app)._documents.clear()
    app.clock.advance(REFRESHED)
    await app.recover()

    await app.run(3 * HOUR)

    job = await app.job("a")
    assert job.state is State.SUCCEEDED, job.reason
    assert job.start_rules is None
    (redeploy,) = app.azure.redeploys
    assert job.finished_at is not None
    assert redeploy.ready_at is not None
    assert 10 * MINUTE <= job.finished_at - redeploy.ready_at <= 20 * MINUTE
