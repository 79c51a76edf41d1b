"""The health of the app itself. Health checks of machines are in `redeploy/check_health`."""

from dataclasses import dataclass

from shared.domain.policy.mode import Mode
from shared.usecases.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a healthy app reports."""

    mode: Mode
    #: how many pauses are in force
    pauses: int


async def report_health(app: App) -> Health:
    """Read the smallest table. Raises StorageUnavailable if the state cannot be read.

    That an App exists proves that its settings are sound. Azure and the queues are not called.
    """
    return Health(mode=app.mode, pauses=len(await app.pauses.all()))
