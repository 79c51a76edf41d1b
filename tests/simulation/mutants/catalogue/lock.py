"""The lock as a value: who may take a slot, and what happens to it."""

import ast
from dataclasses import replace
from datetime import datetime

from shared.domain.lock.operations import (
    _with_lease_kept,
    _without_expired_waiters,
    acquire,
    release,
    release_unused,
)
from shared.domain.lock.scheduling import blocked_by, end_of_cool_down
from shared.domain.lock.semaphore import LastRelease, Lease, Semaphore
from shared.domain.reasons import WaitReason
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import (
    after,
    always,
    drop,
    instead,
    never,
    only,
    returns,
    swap,
    without,
)


def _remove_expired(semaphore: Semaphore, now: datetime) -> None:
    semaphore = replace(
        semaphore, holders=tuple(h for h in semaphore.holders if not h.has_expired(now))
    )


def _the_first_left(semaphore: Semaphore, lease: Lease, old: LastRelease) -> LastRelease:
    return (
        semaphore.last_release
        if semaphore.last_release and semaphore.last_release.lane == lease.lane
        else old
    )


LOCK = (
    Mutant("steal a lease on expiry", acquire, after(_without_expired_waiters, _remove_expired)),
    Mutant("release without a token", release, without(Lease.token)),
    Mutant("withdraw without a token", release_unused, without(Lease.token)),
    Mutant(
        "ignore that a machine moved under a lease that was taken over",
        _with_lease_kept,
        only(Lease.used),
    ),
    Mutant("no new token for a later step", _with_lease_kept, always(Lease.token)),
    Mutant("a former step takes its lease back", acquire, never(WaitReason.STALE_STEP)),
    Mutant("ignore the cool-down", end_of_cool_down, returns(LastRelease.at, None)),
    Mutant(
        "cool down from the first release of a lane only",
        release,
        instead(LastRelease, _the_first_left),
    ),
    Mutant(
        "drop the cool-down of the lane before the last one",
        release,
        drop(Semaphore.release_before),
    ),
    Mutant("admit two lanes", blocked_by, never(WaitReason.OTHER_LANE)),
    Mutant("one slot too many", blocked_by, swap(ast.GtE, ast.Gt)),
    Mutant("ignore a halt", blocked_by, never(WaitReason.HALTED)),
    Mutant(
        "let a holder continue although its scope was halted meanwhile",
        acquire,
        never(WaitReason.HALTED),
    ),
    Mutant("newcomers overtake waiters", blocked_by, never(WaitReason.QUEUED)),
)
