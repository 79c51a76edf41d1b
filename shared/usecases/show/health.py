"""The health of the app itself. Health checks of machines are in `redeploy/check_health`."""

from dataclasses import dataclass

from shared.domain.clocks import ClockStatus, TimerKind, limits, silent
from shared.domain.policy.mode import Mode
from shared.errors import SettingsError
from shared.usecases.app import App
from shared.usecases.generation.marks import mark_with
from shared.usecases.generation.pauses import reason_of, without_ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a healthy app reports."""

    mode: Mode
    #: the name that the owner tag of a subscription gives to this installation
    installation: str
    #: how many pauses are in force
    pauses: int
    #: the point of the stored state that its tables and messages agree on
    generation: str
    #: why nothing starts until `go-on`; None: nothing was lost
    held: str | None
    #: when the timers and the ticks last ran
    clocks: ClockStatus
    #: timers that have not fired for too long, or not yet
    silent: tuple[TimerKind, ...]


async def report_health(app: App) -> Health:
    """Read the smallest table, and the row of the clocks.

    Raises StorageUnavailable if the state cannot be read.
    Raises SettingsError if the policy of the setting cannot be read. A deployment with it is not
    healthy, although the app follows what runs. The other settings are sound, as an App exists.
    Azure and the queues are not called.
    """
    if app.policy_problems:
        raise SettingsError(app.policy_problems)
    pauses_stored = await app.pauses.all()
    clocks = await app.scans.load_clocks()
    pauses = without_ended(pauses_stored, app.now())
    mark = await mark_with(app, pauses.mark)
    held = mark.loss if mark.holds(app.now()) else None
    return Health(
        mode=app.mode,
        installation=app.installation,
        pauses=len(pauses),
        generation=str(mark.point),
        held=None if held is None else reason_of(held),
        clocks=clocks.value,
        silent=silent(clocks.value, app.now(), limits(app.rules.platform.timing.scan_overdue)),
    )
