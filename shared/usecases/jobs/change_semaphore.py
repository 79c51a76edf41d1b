"""A change of a semaphore: compared and swapped as a whole, with the changes of other tasks."""

from collections.abc import Sequence

from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.placement import Scope
from shared.errors import RowUnreadable, StorageUnavailable
from shared.ports import Stored, Version
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.turns import Operation, QueuedChange

#: tries to store a change; with the pauses between them a few seconds
_ATTEMPTS = 50
#: seconds of the longest pause after the first refused store, and of the longest one at all
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.1


async def change(app: App, scope: Scope, operation: Operation) -> Semaphore:
    """Apply a change to the newest value of a semaphore; the value right after this change.

    Changes of other tasks of this process may be stored with it, and each is applied alone. No
    change means no store. A result is only returned after a store or a read proved that its base
    was the newest value. Raises StorageUnavailable if the store gives no answer: then the change
    may be stored or not, as after a lost response.
    """
    turn = app.turns.of(scope)
    mine = QueuedChange(operation)
    turn.waiting.append(mine)
    try:
        async with turn.lock:
            if not mine.is_done:
                await _store_all(app, scope, tuple(turn.waiting))
    finally:
        turn.waiting.remove(mine)
    return mine.outcome()


async def change_if_readable(app: App, scope: Scope, operation: Operation) -> Semaphore | None:
    """As `change`; None, with a warning, if the row cannot be read.

    Such a semaphore admits nobody, so a renewal is not missed. Recovery gives back what its holders
    left, once a release runs that can read it. The job's other semaphores are changed meanwhile.
    """
    try:
        return await change(app, scope, operation)
    except RowUnreadable as fault:
        log_warning("semaphore.unreadable", scope=scope, reason=fault)
        return None


async def _store_all(app: App, scope: Scope, changes: Sequence[QueuedChange]) -> None:
    """Store what all these changes make of the semaphore. A task that is cancelled decides nothing.

    Then the next task stores the changes again. Each changes nothing if it was already stored.
    """
    open_changes = [each for each in changes if not each.is_done]
    try:
        results = await _compare_and_swap(app, scope, open_changes)
    except StorageUnavailable as outage:
        for each in open_changes:
            each.failure = outage
        return
    for each, result in zip(open_changes, results, strict=True):
        if each.failure is None:
            each.result = result


async def _compare_and_swap(
    app: App, scope: Scope, changes: Sequence[QueuedChange]
) -> Sequence[Semaphore]:
    results = await _change_what_was_written_last(app, scope, changes)
    if results is not None:
        return results
    if app.last_written.is_shared(scope):
        # Other processes write too. Without a pause the last writer would always be the first.
        await app.clock.pause(_LONGEST_PAUSE)
    for attempt in range(_ATTEMPTS):
        stored = await app.semaphores.load(scope)
        app.last_written.read(stored)
        results = _applied(stored.value, changes)
        if results[-1] == stored.value or await _store(app, results[-1], stored.version):
            return results
        # It takes a random time, so that processes that were refused together do not meet again.
        await app.clock.pause(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt))
    raise StorageUnavailable(
        f"gave up updating semaphore {scope} after {_ATTEMPTS} conflicting writes"
    )


async def _change_what_was_written_last(
    app: App, scope: Scope, changes: Sequence[QueuedChange]
) -> Sequence[Semaphore] | None:
    """The results, stored without a read; None if a read is needed.

    A cached value without a change proves nothing, because nothing is stored against its version.
    """
    remembered = app.last_written.of(scope, is_busy=len(changes) > 1)
    if remembered is None:
        return None
    results = _applied(remembered.value, changes)
    if results[-1] == remembered.value:
        return None
    return results if await _store(app, results[-1], remembered.version) else None


def _applied(value: Semaphore, changes: Sequence[QueuedChange]) -> list[Semaphore]:
    """The value after each change. If a change raises, only its own task gets the exception."""
    results = []
    for each in changes:
        try:
            value = each.operation(value)
        except Exception as fault:  # noqa: BLE001 - any exception belongs to one task
            each.failure = fault
        results.append(value)
    return results


async def _store(app: App, changed: Semaphore, version: Version) -> bool:
    stored = await app.semaphores.store(changed, version)
    if stored is not None:
        app.last_written.wrote(Stored(value=changed, version=stored))
    return stored is not None
