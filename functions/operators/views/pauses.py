"""Pauses as operators see them."""

from functions.views import Time, View
from shared.domain.audit import AuditRecord
from shared.domain.redeploy.pauses import Pause
from shared.ports import Page
from shared.usecases.operate.pause_target import Paused


class PauseView(View, frozen=True, kw_only=True):
    """One pause: nothing new starts in its target. `until`: when it ends automatically."""

    target: str
    reason: str
    by: str
    at: Time
    until: Time | None


class HeldView(View, frozen=True, kw_only=True):
    """What a pause holds: jobs that wait, and their machines.

    `inFlight`: jobs whose machine is in flight, which are followed to their end.
    """

    waiting: int
    machines: int
    in_flight: int


class PausedView(View, frozen=True, kw_only=True):
    """A pause that was added. `held` is null where it could not be counted in time."""

    target: str
    reason: str
    by: str
    at: Time
    until: Time | None
    held: HeldView | None


class AlreadyView(View, frozen=True, kw_only=True):
    """Who did before what a command asks for, and when."""

    by: str
    at: Time


class PauseList(View, frozen=True, kw_only=True):
    """Pauses in force, in order of target.

    `next`: what to give as `after` for the next page; null on the last one.
    """

    pauses: tuple[PauseView, ...]
    next: str | None


class Resumed(View, frozen=True, kw_only=True):
    """The target that continues. `already`: who resumed it before; null: this command did."""

    resumed: str
    already: AlreadyView | None


def already_view(before: AuditRecord) -> AlreadyView:
    """The line of the trail that did it."""
    return AlreadyView(by=before.by, at=before.at)


def pause_view(pause: Pause) -> PauseView:
    """One pause."""
    return PauseView(
        target=pause.target, reason=pause.reason, by=pause.by, at=pause.at, until=pause.until
    )


def paused_view(paused: Paused) -> PausedView:
    """A pause that was added, with what it holds."""
    pause, held = paused.pause, paused.held
    return PausedView(
        target=pause.target,
        reason=pause.reason,
        by=pause.by,
        at=pause.at,
        until=pause.until,
        held=None
        if held is None
        else HeldView(waiting=held.waiting, machines=held.machines, in_flight=held.in_flight),
    )


def pause_list(pauses: Page[Pause]) -> PauseList:
    """A page of pauses."""
    return PauseList(pauses=tuple(map(pause_view, pauses)), next=pauses.last)
