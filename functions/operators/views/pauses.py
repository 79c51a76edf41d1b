"""Pauses as operators see them."""

from collections.abc import Iterable

from functions.views import Time, View
from shared.domain.audit import AuditRecord
from shared.domain.redeploy.pauses import Pause


class PauseView(View, frozen=True, kw_only=True):
    """One pause: nothing new starts in its target."""

    target: str
    reason: str
    by: str
    at: Time


class AlreadyView(View, frozen=True, kw_only=True):
    """Who did before what a command asks for, and when."""

    by: str
    at: Time


class PauseList(View, frozen=True, kw_only=True):
    """All pauses in force, in order of target."""

    pauses: tuple[PauseView, ...]


class Resumed(View, frozen=True, kw_only=True):
    """The target that continues. `already`: who resumed it before; null: this command did."""

    resumed: str
    already: AlreadyView | None


def already_view(before: AuditRecord) -> AlreadyView:
    """The line of the trail that did it."""
    return AlreadyView(by=before.by, at=before.at)


def pause_view(pause: Pause) -> PauseView:
    """One pause."""
    return PauseView(target=pause.target, reason=pause.reason, by=pause.by, at=pause.at)


def pause_list(pauses: Iterable[Pause]) -> PauseList:
    """Pauses in the given order."""
    return PauseList(pauses=tuple(map(pause_view, pauses)))
