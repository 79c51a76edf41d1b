"""What every store of semaphores promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from shared.domain.lock.operations import acquire, add_halt, release
from shared.domain.lock.semaphore import Acquired, Halt, LockRequest, Semaphore
from shared.domain.machine.placement import Lane, Scope
from shared.ports import Semaphores
from tests.contract.ports.samples import NOW, SCOPE


def a_claim(job: str, slots: int = 1) -> LockRequest:
    return LockRequest(job=job, lane=Lane("ud:0"), slots=slots, lease=timedelta(minutes=15))


async def test_a_scope_that_nobody_claimed_has_a_fresh_semaphore(semaphores: Semaphores) -> None:
    loaded = await semaphores.load(SCOPE)

    assert loaded.value == Semaphore(scope=SCOPE)
    assert await semaphores.all() == []


async def test_a_semaphore_comes_back_as_it_was_stored(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    held, _ = acquire(fresh.value, a_claim("first"), NOW)
    held, _ = acquire(held, a_claim("second"), NOW)
    held = add_halt(held, Halt(reason="web-0 did not come back", job="first", at=NOW))
    held = release(held, "first", 1, NOW)

    assert await semaphores.store(held, fresh.version)

    assert (await semaphores.load(SCOPE)).value == held


async def test_a_scope_with_every_character_an_arm_id_may_have_is_stored(
    semaphores: Semaphores,
) -> None:
    scope = Scope("vmss:/subscriptions/1/resourcegroups/a(b).c_-/scalesets/x|pg:ä#?\\%")
    fresh = await semaphores.load(scope)

    assert await semaphores.store(replace(fresh.value, slots=4), fresh.version)

    assert (await semaphores.load(scope)).value.slots == 4


async def test_scopes_do_not_meet(semaphores: Semaphores) -> None:
    for number in range(3):
        fresh = await semaphores.load(Scope(f"vm:{number}"))
        await semaphores.store(replace(fresh.value, slots=number + 1), fresh.version)

    assert [(await semaphores.load(Scope(f"vm:{number}"))).value.slots for number in range(3)] == [
        1,
        2,
        3,
    ]
    assert len(await semaphores.all()) == 3


async def test_a_store_tells_the_version_to_store_against_next(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    first = await semaphores.store(replace(fresh.value, slots=2), fresh.version)
    assert first is not None

    second = await semaphores.store(replace(fresh.value, slots=3), first)

    assert (await semaphores.load(SCOPE)).version == second
    assert await semaphores.store(replace(fresh.value, slots=4), first) is None


async def test_a_store_against_an_older_version_changes_nothing(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    await semaphores.store(replace(fresh.value, slots=2), fresh.version)
    read = await semaphores.load(SCOPE)
    await semaphores.store(replace(read.value, slots=3), read.version)

    assert not await semaphores.store(replace(read.value, slots=4), read.version)
    assert not await semaphores.store(replace(read.value, slots=5), fresh.version)
    assert (await semaphores.load(SCOPE)).value.slots == 3


async def test_one_of_sixteen_takes_the_only_slot(semaphores: Semaphores) -> None:
    """The app's loop of read, acquire and swap, run by sixteen concurrently over a new scope."""

    async def take(job: str) -> Acquired | None:
        while True:
            loaded = await semaphores.load(SCOPE)
            changed, response = acquire(loaded.value, a_claim(job), NOW)
            if await semaphores.store(changed, loaded.version):
                return response if isinstance(response, Acquired) else None

    responses = await asyncio.gather(*(take(f"job-{number}") for number in range(16)))

    final = (await semaphores.load(SCOPE)).value
    winners = [each.lease for each in responses if each is not None]
    assert winners == list(final.holders)
    assert len(winners) == 1
    assert len(final.waiters) == 15


async def test_one_of_sixteen_who_store_the_same_value_at_once_wins(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    first = await asyncio.gather(*(semaphores.store(fresh.value, fresh.version) for _ in range(16)))
    read = await semaphores.load(SCOPE)
    second = await asyncio.gather(*(semaphores.store(read.value, read.version) for _ in range(16)))

    assert [len([each for each in stores if each]) for stores in (first, second)] == [1, 1]


async def test_a_semaphore_is_removed_only_as_it_was_read(semaphores: Semaphores) -> None:
    fresh = await semaphores.load(SCOPE)
    first = await semaphores.store(fresh.value, fresh.version)
    assert first is not None
    second = await semaphores.store(replace(fresh.value, slots=2), first)
    assert second is not None

    assert not await semaphores.remove(SCOPE, first)
    assert (await semaphores.load(SCOPE)).value.slots == 2
    assert await semaphores.remove(SCOPE, second)

    assert await semaphores.load(SCOPE) == fresh
    # Who read it before stores nothing any more.
    assert await semaphores.store(fresh.value, second) is None
    assert await semaphores.all() == []


async def test_pages_have_each_semaphore_once(semaphores: Semaphores) -> None:
    scopes = {Scope(f"vm:{number}") for number in range(5)}
    for scope in scopes:
        fresh = await semaphores.load(scope)
        await semaphores.store(fresh.value, fresh.version)
    found, after = list[Scope](), None
    while True:
        page = await semaphores.page(after, 2)
        found += [each.scope for each in page]
        if (after := page.last) is None:
            break
    assert (set(found), len(found)) == (scopes, 5)
