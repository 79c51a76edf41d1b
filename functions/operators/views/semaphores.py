"""Locks as operators see them: who holds them, who waits for them, and why nothing may start."""

from functions.operators.views.jobs import UnreadableView, unreadable_views
from functions.operators.views.pauses import AlreadyView
from functions.views import Time, View
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.ports import Page


class HolderView(View, frozen=True, kw_only=True):
    """A job that holds a slot. `expiresAt`: when its lease ends unless the job renews it."""

    job: str
    lane: str | None
    token: int
    expires_at: Time


class WaiterView(View, frozen=True, kw_only=True):
    """A job that waits for a slot."""

    job: str
    lane: str | None
    since: Time


class HaltView(View, frozen=True, kw_only=True):
    """Why nothing starts in the scope until an operator lifts it.

    With a `lane`, jobs of that lane still start.
    """

    reason: str
    job: str
    lane: str | None
    at: Time


class SemaphoreView(View, frozen=True, kw_only=True):
    """One lock. Its holders are all in `lane`, if the scope has lanes."""

    scope: str
    lane: str | None
    slots: int
    holders: tuple[HolderView, ...]
    waiters: tuple[WaiterView, ...]
    halts: tuple[HaltView, ...]


class SemaphoreList(View, frozen=True, kw_only=True):
    """A page of locks in order of scope. `unreadable`: locks whose rows cannot be read.

    They admit nobody. `next`: what to give as `after` for the next page; null on the last one.
    """

    semaphores: tuple[SemaphoreView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class Lifted(View, frozen=True, kw_only=True):
    """The scope whose halts were lifted. `already`: who did it before; null: this command did."""

    lifted: str
    already: AlreadyView | None


class ReleasedLease(View, frozen=True, kw_only=True):
    """A lease that was given back, and the job that had held it."""

    scope: str
    token: int
    job: str


class Released(View, frozen=True, kw_only=True):
    """What was given back."""

    released: ReleasedLease


def semaphore_view(semaphore: Semaphore) -> SemaphoreView:
    """One lock with its holders, waiters and halts."""
    return SemaphoreView(
        scope=semaphore.scope,
        lane=semaphore.lane,
        slots=semaphore.slots,
        holders=tuple(
            HolderView(job=each.job, lane=each.lane, token=each.token, expires_at=each.expires_at)
            for each in semaphore.holders
        ),
        waiters=tuple(
            WaiterView(job=each.job, lane=each.lane, since=each.since) for each in semaphore.waiters
        ),
        halts=tuple(
            HaltView(reason=each.reason, job=each.job, lane=each.lane, at=each.at)
            for each in semaphore.halts
        ),
    )


def semaphore_list(semaphores: Page[Semaphore]) -> SemaphoreList:
    """Locks in the given order."""
    return SemaphoreList(
        semaphores=tuple(map(semaphore_view, semaphores)),
        unreadable=unreadable_views(semaphores.unreadable),
        next=semaphores.last,
    )


def released(scope: str, lease: Lease) -> Released:
    """A lease of a scope that was given back."""
    return Released(released=ReleasedLease(scope=scope, token=lease.token, job=lease.job))
