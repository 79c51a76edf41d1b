"""Tiers of a group: a tier starts when every earlier one is done, and its soak time has passed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.job.states import State
from shared.domain.policy.files.document import PolicyFile
from shared.domain.schedule.plan import Feasibility
from shared.usecases.operate.job_commands import cancel
from shared.usecases.operate.pause import pause
from shared.usecases.show.plan import show_plan
from tests.support.app_harness import AppHarness
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import DAY, HOUR, MINUTE, START, standalone_vm
from tests.unit.usecases.policy.test_groups import called, harness, owner

PLATFORM = PolicyFile(
    "forestall.yaml",
    """\
version: 1
defaults:
  limits: { ramp: false, per_region: none, per_subscription: none, total: none }
  timing: { expected_duration: 12m, bake_time: 2m, sweep_period: 0s, recheck_interval: 1m }
""",
    is_platform=True,
)
TIERS = """\
    tiers:
      - { name: replicas, match: { tag: { role: replica } } }
      - { name: primary, match: { tag: { role: primary } }, soak: 2h }
"""
TAKES = RedeployScript(duration=10 * MINUTE)


def vm(name: str, role: str = "", **more: str) -> FakeVm:
    tags = {"app": "crm"} | ({"role": role} if role else {}) | more
    return standalone_vm(name, TAKES, tags=tags)


def crm(*vms: FakeVm, rules: str = TIERS) -> AppHarness:
    return harness(*vms, files=(PLATFORM, owner(rules)))


async def test_tiers_start_in_order_with_their_soak_and_the_plan_says_so() -> None:
    app = crm(vm("web"), vm("p", "primary"), vm("r1", "replica"), vm("r2", "replica"))
    await app.scan()
    await app.deliver_scans()
    plan = await show_plan(app.app_without_hook)
    await app.run(DAY)
    starts = called(app)

    assert starts["r1"] < MINUTE
    assert starts["r2"] < MINUTE
    assert starts["p"] >= 2 * HOUR + 12 * MINUTE
    assert starts["p"] < 3 * HOUR
    assert starts["web"] > starts["p"] + 12 * MINUTE
    planned = {each.job.machine.rsplit("/", 1)[-1]: each for each in plan.machines}
    assert {name: each.tier for name, each in planned.items()} == {
        "r1": "replicas",
        "r2": "replicas",
        "p": "primary",
        "web": "others",
    }
    for name, each in planned.items():
        assert each.start is not None
        # A job of a later tier looks each minute, and a redeploy takes less than is expected.
        assert abs(starts[name] - (each.start - START)) <= 5 * MINUTE, name
    assert plan.feasibility is Feasibility.FITS


async def test_a_later_tier_says_which_machine_it_waits_for() -> None:
    app = crm(vm("p", "primary"), vm("r", "replica"))
    await app.run_wave(5 * MINUTE)

    assert (await app.job("p")).reason.startswith("an earlier tier goes first (replicas): ")


async def test_a_tier_that_failed_halts_the_group_until_somebody_looks() -> None:
    dead = standalone_vm(
        "r", replace(TAKES, agent_ready_after=None), tags={"app": "crm", "role": "replica"}
    )
    app = crm(dead, vm("p", "primary"), vm("web"))
    await app.run_wave(DAY)

    assert list(called(app)) == ["r"]
    assert (await app.job("r")).state is State.FAILED
    assert "halted" in (await app.job("p")).reason


async def test_a_tier_whose_machine_is_cancelled_is_done() -> None:
    app = crm(vm("p", "primary"), vm("r", "replica"))
    await pause(app.app_without_hook, f"machine:{vm('r').machine.id}", reason="x", by="kim")
    await app.run_wave(HOUR)
    assert called(app) == {}
    plan = await show_plan(app.app_without_hook)
    blocked = {each.job.machine.rsplit("/", 1)[-1]: each for each in plan.machines}
    assert blocked["p"].certainty == "blocked"
    assert "an earlier tier goes first (replicas)" in blocked["p"].reason
    assert "paused" in blocked["p"].reason

    await cancel(app.app_without_hook, (await app.job("r")).id, reason="x", by="kim")
    await app.run(HOUR)
    assert list(called(app)) == ["p"]


async def test_tiers_hold_across_subscriptions_and_other_groups_do_not_wait() -> None:
    app = harness(
        vm("p", "primary"),
        vm("r", "replica"),
        standalone_vm("other", TAKES),
        files=(PLATFORM, owner(TIERS)),
    )
    await app.run_wave(30 * MINUTE)

    assert list(called(app)) in (["r", "other"], ["other", "r"])


async def test_a_new_role_tag_counts_before_the_call() -> None:
    app = crm(vm("a", "replica"), vm("b", "primary"))
    await app.scan()
    await app.deliver_scans()
    seen = app.azure.vm(vm("a").machine.id)
    seen.machine = replace(seen.machine, tags={"app": "crm"})
    await app.run(DAY)

    tier = (await app.job("a")).tier
    assert tier is not None
    assert tier.lane == "tier:3"
    assert called(app)["b"] < called(app)["a"]


@settings(max_examples=25, deadline=None)
@given(roles=st.lists(st.sampled_from(["replica", "primary", ""]), min_size=2, max_size=6))
async def test_no_machine_is_called_before_every_earlier_tier_is_verified(
    roles: list[str],
) -> None:
    app = crm(*(vm(f"m{n}", role) for n, role in enumerate(roles)))
    await app.run_wave(DAY)
    order = {"replica": 1, "primary": 2, "": 3}
    jobs = [await app.job(f"m{n}") for n in range(len(roles))]

    for later, role in zip(jobs, roles, strict=True):
        for earlier, other in zip(jobs, roles, strict=True):
            if order[other] < order[role]:
                soak = 2 * HOUR if role == "primary" else timedelta(0)
                assert earlier.finished_at is not None
                assert later.started_at is not None
                assert later.started_at >= earlier.finished_at + soak


@pytest.mark.parametrize("count", [1, 3])
async def test_machines_of_one_tier_move_together(count: int) -> None:
    app = crm(*(vm(f"r{n}", "replica") for n in range(count)))
    await app.run_wave(HOUR)

    assert all(each < MINUTE for each in called(app).values())
    assert len(called(app)) == count
