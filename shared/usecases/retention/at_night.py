"""When the sweep runs: in one hour of the night, while the stored state is known to be whole."""

from datetime import datetime

from shared.domain import reasons
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.generation.marks import current_mark
from shared.usecases.generation.pauses import reason_of
from shared.usecases.notices.inbox import Inbox
from shared.usecases.retention.sweep import sweep, sweep_notices
from shared.usecases.retention.trail import sweep_trail

#: the hour of the day, in UTC, in which the timer of recovery sweeps
_HOUR = 2


def is_time_to_sweep(now: datetime) -> bool:
    """Whether a run of the timer of recovery sweeps.

    That are several runs in one night: the second one continues, or finds nothing.
    """
    return now.hour == _HOUR


async def sweep_at_night(app: App) -> None:
    """Sweep if it is time, and rows may be removed."""
    if is_time_to_sweep(app.now()) and await _may_remove(app):
        await sweep(app)


async def sweep_notices_at_night(inbox: Inbox) -> None:
    """Sweep the notices if it is time, and rows may be removed."""
    if is_time_to_sweep(inbox.app.now()) and await _may_remove(inbox.app):
        await sweep_notices(inbox.app, inbox.notices)


async def sweep_trail_at_night(app: App) -> None:
    """Sweep the audit trail if it is time, and rows may be removed."""
    if is_time_to_sweep(app.now()) and await _may_remove(app):
        await sweep_trail(app)


async def _may_remove(app: App) -> bool:
    """False while a loss of stored state holds every start, and while no policy can be read.

    After a loss the locks do not name every job that counts, and an operator looks at what is left.
    Without a policy nobody knows how long rows are kept.
    """
    mark = await current_mark(app)
    if mark.loss is not None and mark.holds(app.now()):
        reason = reason_of(mark.loss)
    elif app.no_policy is not None:
        reason = reasons.no_policy(app.no_policy)
    else:
        return True
    log_warning("retention.postponed", reason=reason)
    return False
