"""The kill switch: nothing new starts, what is in flight is followed, and the rest goes on where it stood."""

import pytest

from shared.domain.job.states import State
from shared.usecases.operate.pause import pause, resume
from tests.support.checks import assert_all_is_well, states
from tests.support.fleets import HOUR, MINUTE, SUBSCRIPTION, alone, member, vm
from tests.support.house import House

IN_GROUP = {"forestall-group": "orders"}
TARGETS = {
    "everything": ["a", "b"],
    f"subscription:{SUBSCRIPTION}": ["a", "b"],
    f"Group:{SUBSCRIPTION}/Orders": ["b"],
    f"machine:{vm('b').upper()}": ["b"],
}


@pytest.mark.parametrize(("target", "held_back"), TARGETS.items(), ids=list(TARGETS))
async def test_a_pause_holds_back_what_lies_in_its_target_until_it_is_lifted(
    target: str, held_back: list[str]
) -> None:
    house = House(alone("a"), alone("b", tags=IN_GROUP))
    await pause(house.plain, target, reason="a release", by="me")

    await house.run_a_wave(3 * HOUR)

    found = await states(house)
    assert [name for name, state in sorted(found.items()) if state is State.DEFERRED] == held_back
    assert sorted(house.starts()) == sorted({"a", "b"} - set(held_back))
    reason = (await house.job("b")).reason
    assert "by me: a release" in reason
    lifted_at = house.clock.now()

    assert await resume(house.plain, target, by="me", reason="done")
    await house.run()

    assert set((await states(house)).values()) == {State.SUCCEEDED}
    assert all(each.at - lifted_at < MINUTE for each in house.world.calls[-len(held_back) :])
    await assert_all_is_well(house)


async def test_what_is_in_flight_is_followed_to_its_end_though_everything_is_paused() -> None:
    house = House(member("web-0", 0), member("web-1", 0))
    await house.run_a_wave(MINUTE)
    await pause(house.plain, "everything", reason="stop", by="me")

    await house.run(2 * HOUR)

    assert await states(house) == {"web-0": State.SUCCEEDED, "web-1": State.DEFERRED}
    await assert_all_is_well(house)


async def test_lifting_one_pause_leaves_the_other_in_force() -> None:
    house = House(alone("a"))
    await pause(house.plain, "everything", reason="stop", by="me")
    await pause(house.plain, f"subscription:{SUBSCRIPTION}", reason="stop", by="you")
    await house.run_a_wave(HOUR)

    await resume(house.plain, "everything", by="me", reason="over")
    await house.run(HOUR)

    job = await house.job("a")
    assert job.state is State.DEFERRED
    assert "by you" in job.reason


async def test_a_pause_that_was_not_thrown_cannot_be_lifted() -> None:
    house = House()
    assert not await resume(house.plain, "everything", by="me", reason="over")


async def test_a_target_that_is_none_is_refused_with_the_allowed_forms() -> None:
    house = House()
    with pytest.raises(ValueError, match="use everything, subscription:"):
        await pause(house.plain, "all of it", reason="stop", by="me")
    assert await house.plain.pauses.all() == []


async def test_who_paused_and_who_lifted_is_on_record() -> None:
    house = House()
    await pause(house.plain, "everything", reason="stop", by="me")
    await resume(house.plain, "everything", by="you", reason="mended")
    lines = await house.trail.of("pause:everything")
    assert [(each.event, each.by, each.detail["reason"]) for each in lines] == [
        ("pause.thrown", "me", "stop"),
        ("about_to_resume", "you", "mended"),
        ("pause.lifted", "you", "mended"),
    ]
