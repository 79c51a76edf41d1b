"""A window that an operator opens for one machine: it may start now, and blackouts stay closed."""

from datetime import timedelta

import pytest

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.policy.files.document import PolicyFile
from shared.usecases.operate.job_commands import CommandRejected, cancel
from shared.usecases.operate.open_window import open_window
from shared.usecases.operate.pause import pause, resume
from shared.usecases.operate.reopen import reopen
from shared.usecases.show.plan import show_plan
from tests.support.app_harness import AppHarness
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    START,
    availability_set_vm,
    daily,
    policy,
    standalone_vm,
)
from tests.unit.usecases.policy.test_groups import called, harness, owner

#: START is a Monday at 16:00Z; the window opens at 22:00Z
CLOSED = policy(calendar=daily("22:00", "23:00"))
PLATFORM = PolicyFile(
    "forestall.yaml",
    """\
version: 1
defaults:
  windows: [{ weekly: sat, from: 22:00, to: 23:00 }]
blackouts: [{ name: release week, from: 2026-11-24 00:00, to: 2026-11-25 00:00 }]
""",
    is_platform=True,
)


async def one(app: AppHarness, name: str = "a", length: timedelta = 2 * HOUR) -> object:
    job = (await app.job(name)).id
    return await open_window(app.app_without_hook, job, length=length, by="ada", reason="I am here")


async def test_the_machine_starts_now_and_no_other_one() -> None:
    app = AppHarness(standalone_vm("a"), standalone_vm("b"), policy=CLOSED)
    await app.run_wave(MINUTE)
    assert "outside the change window" in (await app.job("a")).reason

    assert isinstance(await one(app), Job)
    plan = await show_plan(app.app_without_hook)
    await app.run(HOUR)

    assert [each.job.machine[-1] for each in plan.machines] == ["a", "b"]
    assert plan.machines[0].start == START + MINUTE
    assert list(called(app)) == ["a"]
    assert (await app.job("a")).state is State.SUCCEEDED
    assert {"about_to_open_window", "job.window_opened"} <= set(await app.audit_events("a"))


async def test_machines_of_one_set_start_in_their_windows_one_after_the_other() -> None:
    app = AppHarness(*(availability_set_vm(f"web-{n}", n) for n in range(4)), policy=CLOSED)
    await app.run_wave(MINUTE)
    for name in ("web-3", "web-1"):
        assert isinstance(await one(app, name, 4 * HOUR), Job)
    await app.run(2 * HOUR)

    starts = called(app)
    assert list(starts) == ["web-3", "web-1"]
    assert starts["web-1"] >= starts["web-3"] + 30 * MINUTE  # the cool-down


async def test_after_its_time_the_windows_of_the_policy_count_alone() -> None:
    app = AppHarness(standalone_vm("a"), policy=CLOSED)
    await app.run_wave(MINUTE)
    await pause(app.app_without_hook, "everything", reason="x", by="kim")
    await one(app, length=HOUR)
    await app.run(40 * MINUTE)  # less than the expected duration is left
    await resume(app.app_without_hook, "everything", reason="x", by="kim")
    await app.run(5 * HOUR)

    assert called(app) == {}
    await app.run(HOUR)
    assert called(app)["a"] >= 6 * HOUR


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (4 * HOUR + timedelta(microseconds=1), "lasts 4h at most"),
        (29 * MINUTE, "a redeploy is expected to take 30m"),
    ],
)
async def test_a_window_that_is_too_long_or_too_short_is_refused(
    length: timedelta, said: str
) -> None:
    app = AppHarness(standalone_vm("a"), policy=CLOSED)
    await app.run_wave(MINUTE)

    no = await one(app, length=length)

    assert isinstance(no, CommandRejected)
    assert said in no.reason
    assert (await app.job("a")).window is None


@pytest.mark.parametrize(
    ("at", "said"),
    [(8 * HOUR, "in the blackout release week"), (7 * HOUR + 45 * MINUTE, "a blackout comes")],
)
@pytest.mark.parametrize("rules", ["    windows: [{ weekly: sat, from: 22:00, to: 23:00 }]\n", ""])
async def test_a_blackout_of_the_platform_stays_closed(
    at: timedelta, said: str, rules: str
) -> None:
    app = harness(
        standalone_vm("a", tags={"app": "crm"}), files=(PLATFORM, owner(rules or "    mode: act\n"))
    )
    await app.run_wave(at)

    no = await one(app)

    assert isinstance(no, CommandRejected)
    assert said in no.reason
    await app.run(DAY)
    assert called(app) == {}


async def test_an_owners_blackout_stays_closed_too_and_comes_before_the_window() -> None:
    rules = "    blackouts: [{ name: own, from: 2026-11-23 17:30, to: 2026-11-23 19:00 }]\n"
    app = harness(standalone_vm("a", tags={"app": "crm"}), files=(PLATFORM, owner(rules)))
    await app.run_wave(45 * MINUTE)
    await pause(app.app_without_hook, "everything", reason="x", by="kim")
    assert isinstance(await one(app, length=4 * HOUR), Job)
    await app.run(20 * MINUTE)
    await resume(app.app_without_hook, "everything", reason="x", by="kim")
    await app.run(DAY)

    # From 17:05 it does not fit before the blackout; it ends at 19:00, and the window at 20:45.
    assert 3 * HOUR <= called(app)["a"] <= 3 * HOUR + 30 * MINUTE


async def test_only_a_job_that_waits_for_its_start_has_one_and_it_ends_with_the_job() -> None:
    app = AppHarness(standalone_vm("a"), policy=CLOSED)
    await app.run_wave(MINUTE)
    await pause(app.app_without_hook, "everything", reason="x", by="kim")
    await one(app)
    job = (await app.job("a")).id
    await cancel(app.app_without_hook, job, by="ada", reason="no")

    no = await one(app)
    assert isinstance(no, CommandRejected)
    assert "only a job that waits for its start" in no.reason
    await reopen(app.app_without_hook, job, by="ada", reason="yes")
    assert (await app.job("a")).window is None
    gone = await open_window(
        app.app_without_hook, type(job)("s~1"), length=HOUR, by="ada", reason="x"
    )
    assert isinstance(gone, CommandRejected)
    assert gone.not_found
