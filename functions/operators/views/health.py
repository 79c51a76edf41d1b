"""The health of the app as operators, monitors and the smoke test see it."""

from typing import Literal

from functions.views import View
from shared.domain.policy.mode import Mode
from shared.usecases.operate.health import Health


class AnonymousHealthView(View, frozen=True, kw_only=True):
    """The app can work. Anybody may ask, so it says no more."""

    status: Literal["ok"]


class HealthView(View, frozen=True, kw_only=True):
    """The app can work. `pauses`: how many are in force."""

    status: Literal["ok"]
    mode: Mode
    pauses: int


def health_view(health: Health) -> HealthView:
    """The health of the app."""
    return HealthView(status="ok", mode=health.mode, pauses=health.pauses)
