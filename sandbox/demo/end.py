"""When a rehearsal is over. Pure: it looks at what was seen, and at no clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.demo.live.fleet_state import FleetState, MachineState
from sandbox.demo.live.responses import Job

#: after the last machine is maintained the app may still be verifying; it is given this long to see
#: it itself
_APP_CATCH_UP_SECONDS = 10.0
#: with nothing in flight and nothing that can move, a machine that is still scheduled stays so
_STUCK_SECONDS = 15.0
#: a machine without a job after this long gets none any more: several scans have come and gone
_NO_JOB_SECONDS = 45.0


class End(StrEnum):
    """Why it is over."""

    SETTLED = "every eligible machine is settled"
    STUCK = "nothing can move any more, and machines are left"
    TIME = "the time is up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what. Seconds, and the instant at which the time is up."""

    limit: float
    #: a waiter for a lock may sleep this long after the last release
    between_starts: float = 0.0
    until: datetime | None = None


def end_of(
    fleet: FleetState,
    jobs: Sequence[Job],
    halted: Collection[str] = (),
    *,
    elapsed: float,
    quiet: float,
    patience: Patience,
) -> End | None:
    """Why the run is over, or None. `quiet`: seconds since anything happened to a machine.

    `halted`: the scopes that a failure has halted.
    """
    all_over = all(job.is_over for job in jobs)
    if fleet.is_settled and (all_over or quiet >= _APP_CATCH_UP_SECONDS):
        return End.SETTLED
    by_machine = {job.machine: job for job in jobs}
    if (
        fleet.machines
        and quiet >= _STUCK_SECONDS
        and not any(each.is_in_flight for each in fleet.eligible)
        and not any(
            _can_move(each, by_machine.get(each.id), halted, quiet, patience)
            for each in fleet.unsettled
        )
    ):
        return End.STUCK
    return End.TIME if elapsed >= patience.limit else None


def _can_move(
    machine: MachineState,
    job: Job | None,
    halted: Collection[str],
    quiet: float,
    patience: Patience,
) -> bool:
    """Whether something may still happen to the machine before the time is up."""
    if machine.is_over:
        return False
    if not machine.is_scheduled:
        return True  # its wave may still come
    if job is None:
        return quiet < _NO_JOB_SECONDS
    if job.is_over:
        return False
    if not job.waits:
        return True
    if job.is_behind(halted):
        return False
    if job.waits_for_a_lock:
        return quiet < _STUCK_SECONDS + patience.between_starts
    return job.due is None or patience.until is None or job.due <= patience.until
