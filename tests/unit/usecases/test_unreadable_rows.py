"""A row that this release cannot read stops its own work only.

Its machine counts as in flight.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.adapters.memory.cells import Cells
from shared.domain.job.job import job_id
from shared.domain.job.states import State
from shared.domain.machine.placement import Scope
from shared.domain.messages import JobStep, Queue, encode
from shared.domain.policy.error_budget import ErrorBudget, ErrorBudgets
from shared.domain.redeploy.pauses import EVERYTHING
from shared.errors import RowUnreadable
from shared.usecases.notify.deadlines import watch_deadlines
from shared.usecases.operate.pause import lift_scope_halts, pause, resume
from shared.usecases.operate.release_lease import release_lease
from shared.usecases.recover.dead_letters import handle_dead_letter
from shared.usecases.recover.recover import recover
from shared.usecases.show.explain import explain
from shared.usecases.show.jobs import list_jobs
from shared.usecases.show.semaphores import list_semaphores
from tests.support import fleets
from tests.support.app_harness import AppHarness
from tests.support.fleets import (
    DAY,
    HOUR,
    MINUTE,
    NEVER_READY,
    SET,
    START,
    availability_set_vm,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

type Damage = Callable[[dict[str, Any]], str]

DAMAGES: dict[str, Damage] = {
    "a newer schema": lambda row: json.dumps(row | {"schema": 99}),
    "no schema": lambda row: json.dumps({k: v for k, v in row.items() if k != "schema"}),
    "an unknown state": lambda row: json.dumps(row | {"state": "draining"}),
    "a missing field": lambda row: json.dumps({k: v for k, v in row.items() if k != "machine"}),
    "no JSON": lambda _: "{",
    "nothing": lambda _: "",
}


def cells_of(store: object) -> Cells:
    return cast("Cells", cast("Any", store)._cells)


def damage(store: object, key: str, how: Damage = DAMAGES["a newer schema"]) -> str:
    """Damage one row; what it was, to repair it with."""
    cell = cells_of(store).get(key)
    assert cell is not None
    cells_of(store).put(key, how(json.loads(cell.text)))
    return cell.text


async def waiting_harness(*names: str) -> AppHarness:
    """Jobs that wait for a window which opens in some hours."""
    policy = fleets.policy(calendar=fleets.daily("22:00", "04:00"))
    harness = AppHarness(*(standalone_vm(name) for name in names), policy=policy)
    await harness.scan()
    await harness.run(HOUR)
    return harness


def job_of(name: str) -> str:
    return job_id(vm_id(name), START - DAY)


@pytest.mark.parametrize("how", DAMAGES)
async def test_a_bad_job_row_stops_its_own_job_only(how: str) -> None:
    harness = await waiting_harness("a", "b")
    app = harness.app_without_hook
    damage(app.jobs, job_of("a"), DAMAGES[how])

    await recover(app)
    await watch_deadlines(app)
    explained = await explain(app, vm_id("b"))
    assert explained is not None
    listed = await list_jobs(app)
    assert [each.id for each in listed] == [job_of("b")]
    assert [each.key for each in listed.unreadable] == [job_of("a")]
    await pause(app, EVERYTHING, reason="x", by="ada")
    assert await resume(app, EVERYTHING, reason="x", by="ada")
    await harness.scan()
    await harness.run(8 * HOUR)

    assert harness.called_machines() == ["b"]
    assert (await harness.job("b")).state is State.SUCCEEDED


async def test_a_bad_job_row_is_told_by_each_recovery(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("forestall"), "disabled", False)
    harness = await waiting_harness("a", "b")
    damage(harness.app_without_hook.jobs, job_of("a"))
    harness.clock.advance(DAY)

    with caplog.at_level(logging.WARNING, logger="forestall"):
        await recover(harness.app_without_hook)

    lines = [each for each in caplog.messages if each.startswith("row.unreadable ")]
    assert len(lines) == 1
    assert f"key={job_of('a')}" in lines[0]
    assert "schema version 99" in lines[0]


async def test_a_job_that_can_be_read_again_goes_on() -> None:
    """As after a rollback and the next upgrade."""
    harness = await waiting_harness("a")
    row = damage(harness.app_without_hook.jobs, job_of("a"))
    await harness.run(8 * HOUR)
    assert harness.called_machines() == []

    cells_of(harness.app_without_hook.jobs).put(job_of("a"), row)
    await harness.run(8 * HOUR)

    assert (await harness.job("a")).state is State.SUCCEEDED
    await assert_all_invariants(harness)


async def test_the_machine_of_a_bad_row_counts_as_in_flight_for_its_placement() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 1))
    await harness.scan()
    await harness.run(MINUTE)
    assert (await harness.job("web-0")).state is State.REDEPLOYING
    row = damage(harness.app_without_hook.jobs, job_of("web-0"))

    await harness.run(8 * HOUR)

    assert harness.called_machines() == ["web-0"]
    (web_1,) = await harness.app_without_hook.jobs.all()
    assert "another lane is in flight" in web_1.reason
    cells_of(harness.app_without_hook.jobs).put(job_of("web-0"), row)
    await harness.run(8 * HOUR)
    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    await assert_all_invariants(harness)


async def test_a_lease_of_a_bad_job_row_is_given_back_by_nobody() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0))
    await harness.scan()
    await harness.run(2 * MINUTE)
    damage(harness.app_without_hook.jobs, job_of("web-0"))
    (before,) = await harness.app_without_hook.semaphores.all()
    harness.clock.advance(DAY)

    assert (await recover(harness.app_without_hook)).leases == 0
    with pytest.raises(RowUnreadable):
        await release_lease(
            harness.app_without_hook, before.scope, before.holders[0].token, by="ada", reason="x"
        )
    assert await harness.app_without_hook.semaphores.all() == [before]


async def test_a_bad_semaphore_row_admits_nobody_and_stops_no_other_scope() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), standalone_vm("a"))
    fresh = await harness.app_without_hook.semaphores.load(Scope(f"avset:{SET}"))
    await harness.app_without_hook.semaphores.store(fresh.value, fresh.version)
    row = damage(harness.app_without_hook.semaphores, f"avset:{SET}")

    await harness.run_wave(DAY)

    assert harness.called_machines() == ["a"]
    held = await harness.job("web-0")
    assert (held.state, held.leases) == (State.DEFERRED, ())
    assert "its row cannot be read, so it counts as held" in held.reason
    listed = await list_semaphores(harness.app_without_hook)
    assert [each.key for each in listed.unreadable] == [f"avset:{SET}"]
    with pytest.raises(RowUnreadable):
        await lift_scope_halts(
            harness.app_without_hook, Scope(f"avset:{SET}"), by="ada", reason="looked"
        )
    cells_of(harness.app_without_hook.semaphores).put(f"avset:{SET}", row)
    await harness.run(HOUR)
    assert (await harness.job("web-0")).state is State.SUCCEEDED


async def test_a_redeploy_is_followed_to_its_end_though_a_lock_cannot_be_read_meanwhile() -> None:
    """Its other locks go back, and the bad one does when it can be read again."""
    policy = fleets.policy(total=1)
    harness = AppHarness(availability_set_vm("web-0", 0), policy=policy)
    await harness.scan()
    await harness.run(2 * MINUTE)
    row = damage(harness.app_without_hook.semaphores, "cap:all")

    await harness.run(2 * HOUR)

    assert (await harness.job("web-0")).state is State.SUCCEEDED
    assert all(not each.holders for each in await harness.app_without_hook.semaphores.all())
    cells_of(harness.app_without_hook.semaphores).put("cap:all", row)
    await recover(harness.app_without_hook)
    assert all(not each.holders for each in await harness.app_without_hook.semaphores.all())


async def test_a_bad_pause_row_holds_its_target_until_a_person_resumes_it() -> None:
    harness = await waiting_harness("a")
    await pause(harness.app_without_hook, f"machine:{vm_id('a')}", reason="x", by="ada")
    damage(harness.app_without_hook.pauses, f"machine:{vm_id('a')}")

    await harness.run(8 * HOUR)
    assert harness.called_machines() == []
    assert "the row of this pause cannot be read" in (await harness.job("a")).reason
    assert await resume(
        harness.app_without_hook, f"machine:{vm_id('a')}", reason="looked", by="ada"
    )
    await harness.run(8 * HOUR)

    assert harness.called_machines() == ["a"]


async def test_a_machine_whose_only_job_cannot_be_read_is_explained_by_that() -> None:
    harness = await waiting_harness("a", "b")
    damage(harness.app_without_hook.jobs, job_of("a"))

    with pytest.raises(RowUnreadable, match="schema version 99"):
        await explain(harness.app_without_hook, vm_id("a"))


async def test_a_scan_plans_no_second_job_beside_one_that_cannot_be_read() -> None:
    harness = await waiting_harness("a")
    damage(harness.app_without_hook.jobs, job_of("a"))

    await harness.scan()
    await harness.run(HOUR)

    found = await harness.app_without_hook.jobs.all()
    assert found == []
    assert len(found.unreadable) == 1


async def test_a_dead_letter_of_a_job_that_cannot_be_read_is_put_on_record_and_ends() -> None:
    harness = await waiting_harness("a")
    job = await harness.job("a")
    damage(harness.app_without_hook.jobs, job_of("a"))

    await handle_dead_letter(
        harness.app_without_hook, Queue.REDEPLOYS, encode(JobStep(job=job.id)), "why"
    )

    assert len(await harness.trail.of("dead-letter:redeploys")) == 1


async def test_jobs_that_cannot_be_read_count_as_failed_for_the_error_budget() -> None:
    """Two failures spend it; one is seen, and one more may be behind the row."""
    budgets = ErrorBudgets(group=ErrorBudget(failures=2))
    harness = AppHarness(
        availability_set_vm("web-0", 0, NEVER_READY),
        availability_set_vm("web-1", 1),
        availability_set_vm("web-2", 2),
        policy=replace(fleets.policy(), error_budgets=budgets),
    )
    await harness.scan()
    await harness.run(2 * MINUTE)
    damage(harness.app_without_hook.jobs, job_of("web-2"))

    await harness.run(2 * HOUR)

    failed = await harness.job("web-0")
    assert failed.state is State.FAILED
    semaphore = await harness.app_without_hook.semaphores.load(failed.placement.scope)
    assert [each.job for each in semaphore.value.halts] == [failed.id]


async def test_a_machine_left_alone_by_a_rule_of_a_newer_release_keeps_its_row() -> None:
    off = standalone_vm("a")
    off.machine = replace(off.machine, tags={"forestall": "off"})
    harness = AppHarness(off, standalone_vm("b"))
    app = harness.app_without_hook
    await harness.run_wave(HOUR)
    cells = cells_of(app.exemptions)
    row = cells.get(vm_id("a"))
    assert row is not None
    newer = json.dumps(json.loads(row.text) | {"rule": "rule-of-2027", "since": "2026-11-01"})
    cells.put(vm_id("a"), newer)
    version = cells.get(vm_id("a"))

    await harness.run_with_scans(DAY, 6 * HOUR)

    assert cells.get(vm_id("a")) == version
    assert harness.called_machines() == ["b"]
