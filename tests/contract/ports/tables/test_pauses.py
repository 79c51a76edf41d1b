"""What every store of pauses promises."""

from datetime import timedelta

from shared.domain.redeploy.pauses import EVERYTHING, Pause
from shared.ports import Pauses
from tests.contract.ports.samples import NOW, ONE, a_machine

PAUSE = Pause(target=EVERYTHING, reason="quarter end", by="kim", at=NOW)


async def test_nothing_is_paused_at_first(pauses: Pauses) -> None:
    assert await pauses.all() == []


async def test_pauses_come_back_in_order_of_target(pauses: Pauses) -> None:
    machine = Pause(target=f"machine:{a_machine().id}", reason="busy", by="kim", at=NOW)
    group = Pause(target=f"group:{ONE}/shop", reason="busy", by="kim", at=NOW)
    for pause in (machine, PAUSE, group):
        await pauses.add(pause)

    assert await pauses.all() == [PAUSE, group, machine]


async def test_a_pause_thrown_again_replaces_the_first(pauses: Pauses) -> None:
    await pauses.add(PAUSE)
    again = Pause(target=EVERYTHING, reason="still", by="lee", at=NOW + timedelta(hours=1))

    await pauses.add(again)

    assert await pauses.all() == [again]


async def test_a_pause_is_lifted_once(pauses: Pauses) -> None:
    await pauses.add(PAUSE)

    assert await pauses.remove(EVERYTHING)
    assert not await pauses.remove(EVERYTHING)
    assert await pauses.all() == []


async def test_a_pause_is_lifted_only_as_it_was_read(pauses: Pauses) -> None:
    ends = Pause(target=EVERYTHING, reason="a", by="kim", at=NOW, until=NOW + timedelta(hours=2))
    await pauses.add(ends)
    assert await pauses.all() == [ends]
    assert not await pauses.remove_unchanged(PAUSE)
    await pauses.add(PAUSE)
    assert not await pauses.remove_unchanged(ends)
    assert await pauses.all() == [PAUSE]
    assert await pauses.remove_unchanged(PAUSE)
    assert not await pauses.remove_unchanged(PAUSE)
    assert await pauses.all() == []


async def test_lifting_what_was_never_thrown_says_so(pauses: Pauses) -> None:
    await pauses.add(PAUSE)

    assert not await pauses.remove(f"subscription:{ONE}")
    assert await pauses.all() == [PAUSE]
