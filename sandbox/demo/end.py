"""When a rehearsal is over. Pure: it looks at what was seen, and at no clock."""

from collections.abc import Sequence
from enum import StrEnum

from sandbox.demo.live.fleet_state import FleetState
from sandbox.demo.live.responses import Job

#: after the last machine is maintained the app may still be verifying; it is given this long to see
#: it itself
_APP_CATCH_UP_SECONDS = 10.0
#: with every job over and nothing in flight, a machine that is still scheduled will not move any
#: more
_STUCK_SECONDS = 15.0


class End(StrEnum):
    """Why it is over."""

    SETTLED = "every eligible machine is settled"
    STUCK = "the app has finished all its jobs, and machines are left"
    TIME = "the time is up"


def end_of(
    fleet: FleetState, jobs: Sequence[Job], *, elapsed: float, quiet: float, limit: float
) -> End | None:
    """Why the run is over, or None. `quiet`: seconds since anything happened to a machine."""
    all_over = all(job.is_over for job in jobs)
    if fleet.is_settled and (all_over or quiet >= _APP_CATCH_UP_SECONDS):
        return End.SETTLED
    if (
        jobs
        and all_over
        and quiet >= _STUCK_SECONDS
        and not any(s.is_in_flight for s in fleet.eligible)
    ):
        return End.STUCK
    return End.TIME if elapsed >= limit else None
