"""When a rehearsal is over. Pure: it looks at what was seen, and at no clock."""

from collections.abc import Sequence
from enum import StrEnum

from sandbox.demo.live.answers import Job
from sandbox.demo.live.board import Board

#: after the last machine is maintained the app may still be verifying; it is given this long to see it itself
_APP_CATCHES_UP = 10.0
#: with every job over and nothing in flight, a machine that is still scheduled will not move any more
_NOTHING_MOVES = 15.0


class End(StrEnum):
    """Why it is over."""

    SETTLED = "every eligible machine is settled"
    STUCK = "the app has finished all its jobs, and machines are left"
    TIME = "the time is up"


def ending(board: Board, jobs: Sequence[Job], *, elapsed: float, quiet: float, limit: float) -> End | None:
    """Why the run is over, or None. `quiet`: seconds since anything happened to a machine."""
    all_over = all(job.is_over for job in jobs)
    if board.is_settled and (all_over or quiet >= _APP_CATCHES_UP):
        return End.SETTLED
    if jobs and all_over and quiet >= _NOTHING_MOVES and not any(s.is_in_flight for s in board.eligible):
        return End.STUCK
    return End.TIME if elapsed >= limit else None
