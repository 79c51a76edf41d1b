"""What a process caches of the semaphores.

It saves reads, costs little where others write too, and never misleads.
"""

from dataclasses import replace

from shared.adapters.memory import MemorySemaphores
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope
from shared.ports import Stored, Version
from shared.usecases.app import App
from shared.usecases.jobs.change_semaphore import change
from shared.usecases.last_written import LastWritten
from tests.support.app_harness import AppHarness
from tests.support.fleets import standalone_vm

SCOPE = Scope("vm:web-0")


class Counted(MemorySemaphores):
    """Counts what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []

    async def load(self, scope: Scope) -> Stored[Semaphore]:
        self.requests.append("load")
        return await super().load(scope)

    async def store(self, semaphore: Semaphore, version: Version) -> Version | None:
        stored = await super().store(semaphore, version)
        self.requests.append("store" if stored else "refused")
        return stored


def one_more(value: Semaphore) -> Semaphore:
    return replace(value, slots=value.slots + 1)


def processes(count: int) -> tuple[Counted, list[App]]:
    semaphores = Counted()
    plain = AppHarness(standalone_vm("web-0")).app_without_hook
    return semaphores, [
        replace(plain, semaphores=semaphores, last_written=LastWritten()) for _ in range(count)
    ]


async def test_who_wrote_last_changes_a_semaphore_with_one_request() -> None:
    semaphores, [app] = processes(1)
    await change(app, SCOPE, one_more)
    semaphores.requests.clear()

    changed = await change(app, SCOPE, one_more)

    assert semaphores.requests == ["store"]
    assert (await MemorySemaphores.load(semaphores, SCOPE)).value == changed
    assert changed.slots == 3


async def test_what_others_wrote_in_between_is_never_overwritten() -> None:
    _, [mine, theirs] = processes(2)
    await change(mine, SCOPE, one_more)
    await change(theirs, SCOPE, one_more)

    changed = await change(mine, SCOPE, one_more)

    assert changed.slots == 4


async def test_that_nothing_is_to_be_changed_is_believed_of_a_fresh_value_only() -> None:
    semaphores, [mine, theirs] = processes(2)
    await change(mine, SCOPE, lambda value: replace(value, slots=5))
    await change(theirs, SCOPE, lambda value: replace(value, slots=6))

    changed = await change(mine, SCOPE, lambda value: replace(value, slots=5))

    assert changed.slots == 5
    assert (await semaphores.load(SCOPE)).value.slots == 5


async def test_scopes_that_are_written_by_turns_are_soon_read_first() -> None:
    semaphores, [mine, theirs] = processes(2)
    for _ in range(20):
        await change(mine, SCOPE, one_more)
        await change(theirs, SCOPE, one_more)
    semaphores.requests.clear()

    for _ in range(20):
        await change(mine, SCOPE, one_more)
        await change(theirs, SCOPE, one_more)

    assert semaphores.requests == ["load", "store"] * 40


async def test_a_scope_that_has_become_quiet_is_remembered_again() -> None:
    semaphores, [mine, theirs] = processes(2)
    for _ in range(20):
        await change(mine, SCOPE, one_more)
        await change(theirs, SCOPE, one_more)
    for _ in range(20):
        await change(mine, SCOPE, one_more)
    semaphores.requests.clear()

    await change(mine, SCOPE, one_more)

    assert semaphores.requests == ["store"]


async def test_of_many_scopes_the_ones_used_last_are_remembered() -> None:
    last_written = LastWritten(most=2)

    for name in ("a", "b", "c"):
        last_written.wrote(Stored(value=Semaphore(scope=Scope(f"vm:{name}")), version=Version("1")))

    assert last_written.of(Scope("vm:a")) is None
    assert last_written.of(Scope("vm:c")) is not None


async def test_what_is_expected_to_be_missing_is_inserted_without_a_read() -> None:
    semaphores, [app] = processes(1)

    app.last_written.expect_none(SCOPE)
    await change(app, SCOPE, one_more)

    assert semaphores.requests == ["store"]
    assert (await MemorySemaphores.load(semaphores, SCOPE)).value.slots == 2


async def test_what_is_there_against_the_expectation_is_read_and_not_overwritten() -> None:
    semaphores, [first, second] = processes(2)
    await change(first, SCOPE, one_more)
    semaphores.requests.clear()

    second.last_written.expect_none(SCOPE)
    changed = await change(second, SCOPE, one_more)

    assert semaphores.requests == ["refused", "load", "store"]
    assert changed.slots == 3


async def test_what_a_process_wrote_counts_more_than_the_expectation_that_nothing_is_there() -> (
    None
):
    semaphores, [app] = processes(1)
    await change(app, SCOPE, one_more)
    semaphores.requests.clear()

    app.last_written.expect_none(SCOPE)
    await change(app, SCOPE, one_more)

    assert semaphores.requests == ["store"]
