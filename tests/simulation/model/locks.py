"""Semaphores of the model, each kept once.

The result of the app's functions for one is computed once and cached.

The verbs are `shared.domain.lock.operations`, unchanged; an exploration asks the same few questions
a million times.
"""

from dataclasses import replace
from functools import cache

from shared.domain.lock import operations as locking
from shared.domain.lock.semaphore import Acquired, LastRelease, LockRequest, Semaphore
from tests.simulation.model.instants import NOW, PAST


class Lock:
    """A semaphore that is the same object wherever it is equal: comparing and hashing are cheap."""

    __slots__ = ("value",)

    def __init__(self, value: Semaphore) -> None:
        self.value = value


_KNOWN: dict[Semaphore, Lock] = {}


def lock(value: Semaphore) -> Lock:
    """The one lock that stands for a semaphore."""
    # When a machine started last counts for the spacing alone, and the model has none.
    value = replace(value, last_start=None)
    return _KNOWN.setdefault(value, Lock(value))


@cache
def acquired(taken: Lock, request: LockRequest) -> tuple[Lock, int | None]:
    """The lock after a claim, and the token; None where the claim has to wait."""
    changed, response = locking.acquire(taken.value, request, NOW)
    return lock(changed), response.lease.token if isinstance(response, Acquired) else None


@cache
def released(taken: Lock, job: int, token: int) -> Lock:
    """After work was done under the lease."""
    return lock(locking.release(taken.value, str(job), token, NOW))


@cache
def withdrawn(taken: Lock, job: int, token: int) -> Lock:
    """After nothing was done under it."""
    return lock(locking.release_unused(taken.value, str(job), token, NOW))


@cache
def without_waiter(taken: Lock, job: int) -> Lock:
    """After a job left the queue, or its place expired."""
    return lock(locking.remove_waiter(taken.value, str(job)))


@cache
def woken(free: Lock) -> frozenset[int]:
    """Whom a release wakes."""
    return frozenset(int(job) for job in locking.next_waiters(free.value, NOW, NOW - NOW).jobs)


@cache
def expired(taken: Lock, job: int) -> Lock:
    """The lease of a job has not been renewed in time."""
    holders = tuple(
        replace(each, expires_at=PAST) if each.job == str(job) else each
        for each in taken.value.holders
    )
    return lock(replace(taken.value, holders=holders))


@cache
def cooled(taken: Lock) -> Lock:
    """The cool-down is over."""
    left = taken.value.last_release
    return (
        taken
        if left is None
        else lock(replace(taken.value, last_release=LastRelease(lane=left.lane, at=PAST)))
    )


@cache
def renumbered(
    taken: Lock, tokens: tuple[tuple[int, int], ...], steps: tuple[tuple[tuple[int, int], ...], ...]
) -> Lock:
    """With other numbers for tokens, and for the steps of each job."""
    ranks = dict(tokens)
    holders = tuple(
        replace(each, token=ranks[each.token], step=dict(steps[int(each.job)])[each.step])
        for each in taken.value.holders
    )
    return lock(replace(taken.value, holders=holders, next_token=len(tokens) + 1))
