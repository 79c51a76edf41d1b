"""Begin a rehearsal: it gets an id, and the audit trail a line."""

from dataclasses import dataclass

from shared.domain.machine.machine import SubscriptionId
from shared.domain.policy.mode import Mode
from shared.domain.rehearsal import is_rehearsal_id, rehearsal_id, subject_of
from shared.usecases.app import App

_STARTED = "rehearsal.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRefused:
    """Why nothing is rehearsed."""

    reason: str
    #: there is no such rehearsal
    not_found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal that began, and the subscription of its test notice."""

    id: str
    #: None: none is watched
    subscription: SubscriptionId | None


async def start(app: App, *, token: str, by: str, reason: str) -> Rehearsal | RehearsalRefused:
    """A new rehearsal. RehearsalRefused in the mode `act`. `token`: eight random hex digits."""
    if app.mode is not Mode.OBSERVE:
        return RehearsalRefused(
            reason="the app is in the mode act; a rehearsal needs the mode observe."
            " Set FORESTALL_MODE to observe and deploy, or rehearse in another installation"
        )
    rehearsal = rehearsal_id(app.now(), token)
    watched = await app.watched()
    await app.record(subject_of(rehearsal), "rehearsal.started", by=by, why=reason)
    return Rehearsal(id=rehearsal, subscription=min(watched, default=None))


async def refusal(app: App, rehearsal: str) -> RehearsalRefused | None:
    """Why a rehearsal may not continue: another mode, or it never began; None: it may."""
    if app.mode is not Mode.OBSERVE:
        return RehearsalRefused(reason="the app is in the mode act now")
    if is_rehearsal_id(rehearsal):
        lines = await app.audit_trail.of(subject_of(rehearsal))
        if any(each.event == _STARTED for each in lines):
            return None
    return RehearsalRefused(reason="there is no such rehearsal: start one first", not_found=True)
