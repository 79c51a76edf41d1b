"""The kill switch.

Nothing new starts, machines in flight are followed, and the rest continues later.
"""

import pytest

from shared.domain.job.states import State
from shared.usecases.operate.pause import pause, resume
from tests.support.app_harness import AppHarness
from tests.support.fleets import (
    HOUR,
    MINUTE,
    SUBSCRIPTION,
    availability_set_vm,
    standalone_vm,
    vm_id,
)
from tests.support.invariants import assert_all_invariants, states

IN_GROUP = {"forestall-group": "orders"}
TARGETS = {
    "everything": ["a", "b"],
    f"subscription:{SUBSCRIPTION}": ["a", "b"],
    f"Group:{SUBSCRIPTION}/Orders": ["b"],
    f"machine:{vm_id('b').upper()}": ["b"],
}


@pytest.mark.parametrize(("target", "held_back"), TARGETS.items(), ids=list(TARGETS))
async def test_a_pause_holds_back_what_lies_in_its_target_until_it_is_lifted(
    target: str, held_back: list[str]
) -> None:
    harness = AppHarness(standalone_vm("a"), standalone_vm("b", tags=IN_GROUP))
    await pause(harness.app_without_hook, target, reason="a release", by="me")

    await harness.run_wave(3 * HOUR)

    found = await states(harness)
    assert [name for name, state in sorted(found.items()) if state is State.DEFERRED] == held_back
    assert sorted(harness.called_machines()) == sorted({"a", "b"} - set(held_back))
    reason = (await harness.job("b")).reason
    assert "by me: a release" in reason
    lifted_at = harness.clock.now()

    assert await resume(harness.app_without_hook, target, by="me", reason="done")
    await harness.run()

    assert set((await states(harness)).values()) == {State.SUCCEEDED}
    assert all(each.at - lifted_at < MINUTE for each in harness.azure.calls[-len(held_back) :])
    await assert_all_invariants(harness)


async def test_what_is_in_flight_is_followed_to_its_end_though_everything_is_paused() -> None:
    harness = AppHarness(availability_set_vm("web-0", 0), availability_set_vm("web-1", 0))
    await harness.run_wave(MINUTE)
    await pause(harness.app_without_hook, "everything", reason="stop", by="me")

    await harness.run(2 * HOUR)

    assert await states(harness) == {"web-0": State.SUCCEEDED, "web-1": State.DEFERRED}
    await assert_all_invariants(harness)


async def test_lifting_one_pause_leaves_the_other_in_force() -> None:
    harness = AppHarness(standalone_vm("a"))
    await pause(harness.app_without_hook, "everything", reason="stop", by="me")
    await pause(harness.app_without_hook, f"subscription:{SUBSCRIPTION}", reason="stop", by="you")
    await harness.run_wave(HOUR)

    await resume(harness.app_without_hook, "everything", by="me", reason="over")
    await harness.run(HOUR)

    job = await harness.job("a")
    assert job.state is State.DEFERRED
    assert "by you" in job.reason


async def test_a_pause_that_was_not_thrown_cannot_be_lifted() -> None:
    harness = AppHarness()
    assert not await resume(harness.app_without_hook, "everything", by="me", reason="over")


async def test_a_target_that_is_none_is_refused_with_the_allowed_forms() -> None:
    harness = AppHarness()
    with pytest.raises(ValueError, match="use everything, region:<name>, subscription:"):
        await pause(harness.app_without_hook, "all of it", reason="stop", by="me")
    assert await harness.app_without_hook.pauses.all() == []


async def test_who_paused_and_who_lifted_is_on_record() -> None:
    harness = AppHarness()
    await pause(harness.app_without_hook, "everything", reason="stop", by="me")
    await resume(harness.app_without_hook, "everything", by="you", reason="mended")
    lines = await harness.trail.of("pause:everything")
    assert [(each.event, each.by, each.detail["reason"]) for each in lines] == [
        ("pause.added", "me", "stop"),
        ("about_to_resume", "you", "mended"),
        ("pause.removed", "you", "mended"),
    ]
