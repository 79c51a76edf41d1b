"""The health of the app as operators, monitors and the smoke test see it."""

from typing import Literal

from functions.views import Time, View
from shared.domain.clocks import TimerKind
from shared.domain.generation import Mark
from shared.domain.policy.mode import Mode
from shared.usecases.show.health import Health
from shared.version import VERSION


class AnonymousHealthView(View, frozen=True, kw_only=True):
    """The app can work. Anybody may ask, so it says no more than its version."""

    status: Literal["ok"]
    version: str


class ClocksView(View, frozen=True, kw_only=True):
    """When each clock last ran; null: never. `tick`: the message that does what timers leave out.

    `silent`: timers that have not fired for too long, or not yet. The tick does their work.
    """

    scan_timer: Time | None
    recovery_timer: Time | None
    tick: Time | None
    silent: tuple[TimerKind, ...]


class HealthView(View, frozen=True, kw_only=True):
    """The app can work. `pauses`: how many are in force.

    `installation`: its name in the tag `forestall-installation` of a subscription.

    `held`: why nothing starts until `go-on`, after stored state was lost; null: nothing was lost.
    `generation`: the point of the stored state, as messages carry it.
    """

    status: Literal["ok"]
    version: str
    mode: Mode
    installation: str
    pauses: int
    generation: str
    held: str | None
    clocks: ClocksView


class WentOn(View, frozen=True, kw_only=True):
    """Jobs may start again from this instant on."""

    starts_at: Time
    generation: str


def went_on(mark: Mark) -> WentOn:
    """The mark after an operator's decision."""
    at = mark.at if mark.loss is None else max(mark.at, mark.loss.rests_until)
    return WentOn(starts_at=at, generation=str(mark.point))


def health_view(health: Health) -> HealthView:
    """The health of the app."""
    return HealthView(
        status="ok",
        version=VERSION,
        mode=health.mode,
        installation=health.installation,
        pauses=health.pauses,
        generation=health.generation,
        held=health.held,
        clocks=ClocksView(
            scan_timer=health.clocks.scans.timer,
            recovery_timer=health.clocks.recovery.timer,
            tick=health.clocks.ticked_at,
            silent=health.silent,
        ),
    )
