"""The lock as a value: who may take a slot, and what becomes of it."""

import ast
from dataclasses import replace
from datetime import datetime

from shared.domain.lock.operations import (
    _with_lease_kept,
    _without_lapsed_waiters,
    acquire,
    release,
    withdraw,
)
from shared.domain.lock.scheduling import end_of_cool_down, obstacle_to
from shared.domain.lock.semaphore import Lease, Left, Obstacle, Semaphore
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.patches import after, always, instead, never, only, returns, swap, without


def _strike_expired(semaphore: Semaphore, now: datetime) -> None:
    semaphore = replace(semaphore, holders=tuple(h for h in semaphore.holders if not h.has_expired(now)))


def _the_first_left(semaphore: Semaphore, lease: Lease, old: Left) -> Left:
    return semaphore.left if semaphore.left and semaphore.left.lane == lease.lane else old


LOCK = (
    Mutant("steal a lease on expiry", acquire, after(_without_lapsed_waiters, _strike_expired)),
    Mutant("release without a token", release, without(Lease.token)),
    Mutant("withdraw without a token", withdraw, without(Lease.token)),
    Mutant(
        "forget that a machine moved under a lease that was taken over", _with_lease_kept, only(Lease.worked)
    ),
    Mutant("no new token for a later step", _with_lease_kept, always(Lease.token)),
    Mutant("a former step takes its lease back", acquire, never(Obstacle.OVERTAKEN)),
    Mutant("forget the cool-down", end_of_cool_down, returns(Left.at, None)),
    Mutant("cool down from the first release of a lane only", release, instead(Left, _the_first_left)),
    Mutant("let two lanes in", obstacle_to, never(Obstacle.OTHER_LANE)),
    Mutant("one slot too many", obstacle_to, swap(ast.GtE, ast.Gt)),
    Mutant("ignore a halt", obstacle_to, never(Obstacle.HALTED)),
    Mutant("let a holder go on though its scope was halted meanwhile", acquire, never(Obstacle.HALTED)),
    Mutant("newcomers overtake waiters", obstacle_to, never(Obstacle.TURN)),
)
