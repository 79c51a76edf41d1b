"""The pauses in force: those of operators, and the one that follows from a loss of state."""

from datetime import datetime

from shared.domain import reasons
from shared.domain.generation import Loss
from shared.domain.redeploy.pauses import EVERYTHING, Pause
from shared.domain.utc import rfc3339
from shared.ports import PauseListing
from shared.usecases.app import App
from shared.usecases.generation.marks import mark_with


async def pauses_in_force(app: App) -> PauseListing:
    """All pauses in order of target. After a loss of state the first one holds everything.

    It costs no read beside that of the pauses, unless their mark is uncertain.
    """
    pauses = without_ended(await app.pauses.all(), app.now())
    mark = await mark_with(app, pauses.mark)
    if mark.loss is None or not mark.holds(app.now()):
        return pauses
    return PauseListing([pause_of(mark.loss), *pauses], pauses.unreadable, mark)


def without_ended(pauses: PauseListing, now: datetime) -> PauseListing:
    """The pauses less those whose time is over: recovery removes them within minutes."""
    kept = [each for each in pauses if not each.has_ended(now)]
    return PauseListing(kept, pauses.unreadable, pauses.mark)


def pause_of(loss: Loss) -> Pause:
    """The loss as a pause of everything. `resume` does not end it."""
    return Pause(target=EVERYTHING, reason=reason_of(loss), by="forestall", at=loss.found_at)


def reason_of(loss: Loss) -> str:
    """Why nothing starts, and what ends it."""
    if loss.lifted_at is None:
        return reasons.state_lost(loss.reason)
    return reasons.rests_after_loss(rfc3339(loss.rests_until), loss.lifted_by)
