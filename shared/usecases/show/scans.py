"""Where the scans of each subscription stand, and the hints, as an operator asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.hints.status import HintStatus
from shared.domain.scan.status import ScanStatus
from shared.usecases.app import App

#: groups of 1,000 subscriptions whose hints are shown
_MOST_GROUPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOverview:
    """Every subscription that was ever scanned, and since when Resource Graph fails, if it does."""

    #: those that fail first, and among them those that fail longest; then in order of id
    statuses: Sequence[ScanStatus]
    #: rows of scans that this release cannot read
    unreadable: int
    hints: Sequence[HintStatus]


async def list_scans(app: App) -> ScanOverview:
    """The statuses of watched subscriptions. Changes nothing."""
    found = await app.scans.all()
    statuses = [each for each in found if app.watches(each.subscription)]
    return ScanOverview(
        statuses=sorted(statuses, key=_urgency),
        unreadable=len(found.unreadable),
        hints=await _hints(app),
    )


def _urgency(status: ScanStatus) -> tuple[bool, str, str]:
    since = status.failing_since
    return (since is None, "" if since is None else since.isoformat(), status.subscription)


async def _hints(app: App) -> list[HintStatus]:
    """The groups in order, up to the first that nothing was stored of."""
    hints: list[HintStatus] = []
    for number in range(_MOST_GROUPS):
        status = (await app.scans.load_hints(str(number))).value
        if status == HintStatus(chunk=str(number)):
            break
        hints.append(status)
    return hints
