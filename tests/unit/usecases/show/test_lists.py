"""What operators list: jobs, semaphores, pauses, each complete and in order.

And the health of the app.
"""

from datetime import timedelta

import pytest

from shared.domain.job.states import State
from shared.domain.machine.placement import Scope
from shared.domain.policy.mode import Mode
from shared.errors import StorageUnavailable
from shared.usecases.operate.pause import pause
from shared.usecases.show.health import report_health
from shared.usecases.show.jobs import list_jobs
from shared.usecases.show.pauses import list_pauses
from shared.usecases.show.semaphores import list_semaphores
from tests.support.app_harness import AppHarness
from tests.support.fleets import HOUR, availability_set_vm, refused
from tests.support.invariants import states


async def a_wave() -> AppHarness:
    """web-0 is parked, and web-1 and web-2 wait for it; they were found in another order."""
    harness = AppHarness(
        availability_set_vm("web-2", 2),
        availability_set_vm("web-0", 0, refused(400, "NeverSeen")),
        availability_set_vm("web-1", 1),
    )
    await harness.run_wave(HOUR)
    assert (await states(harness))["web-0"] is State.PARKED
    return harness


async def test_jobs_come_in_order_of_machine() -> None:
    harness = await a_wave()

    found = await list_jobs(harness.app_without_hook)

    assert [job.machine.rpartition("/")[2] for job in found] == ["web-0", "web-1", "web-2"]
    assert {job.id for job in found} == {
        job.id for job in await harness.app_without_hook.jobs.all()
    }


async def test_jobs_are_narrowed_by_subscription_and_by_state() -> None:
    harness = await a_wave()
    every = await list_jobs(harness.app_without_hook)
    ours = every[0].subscription

    assert await list_jobs(harness.app_without_hook, subscription=ours) == every
    assert await list_jobs(harness.app_without_hook, subscription=type(ours)(f"{ours}-other")) == []
    for state in State:
        expected = [job for job in every if job.state is state]
        assert await list_jobs(harness.app_without_hook, state=state) == expected
        assert await list_jobs(harness.app_without_hook, subscription=ours, state=state) == expected


async def test_semaphores_come_in_order_of_scope_with_free_ones() -> None:
    harness = AppHarness()
    for scope in map(Scope, ("vm:b", "avset:z", "cap:all", "avset:a")):
        fresh = await harness.app_without_hook.semaphores.load(scope)
        await harness.app_without_hook.semaphores.store(fresh.value, fresh.version)

    found = await list_semaphores(harness.app_without_hook)

    assert [each.scope for each in found] == ["avset:a", "avset:z", "cap:all", "vm:b"]


async def test_pauses_come_in_order_of_target_and_health_counts_them() -> None:
    harness = AppHarness(mode=Mode.OBSERVE)
    for target in ("subscription:b", "everything", "subscription:a"):
        await pause(harness.app_without_hook, target, reason="drill", by="ada")
        harness.clock.advance(timedelta(minutes=1))

    targets = [each.target for each in await list_pauses(harness.app_without_hook)]

    assert targets == ["everything", "subscription:a", "subscription:b"]
    health = await report_health(harness.app_without_hook)
    assert (health.mode, health.pauses, health.held) == (Mode.OBSERVE, 3, None)


async def test_pauses_page_without_a_gap() -> None:
    app = AppHarness().app_without_hook
    for number in range(5):
        await pause(app, f"subscription:{number}", reason="drill", by="ada")
    found, after = list[str](), None
    while True:
        page = await list_pauses(app, after=after, at_most=2)
        assert len(page) <= 2
        found += [each.target for each in page]
        after = page.last
        if after is None:
            break

    assert found == [f"subscription:{number}" for number in range(5)]
    assert await list_pauses(app, after="subscription:4") == []


async def test_an_app_that_cannot_read_its_state_is_not_healthy() -> None:
    harness = AppHarness()

    async def out_of_reach() -> object:
        raise StorageUnavailable("no route")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harness.app_without_hook.pauses, "all", out_of_reach)
        with pytest.raises(StorageUnavailable):
            await report_health(harness.app_without_hook)
