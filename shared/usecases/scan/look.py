"""Machines read by their own instance views, several at a time.

The fault of one machine ends nothing for the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.concurrency import map_concurrently
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.scan.status import Scan, with_unreadable
from shared.errors import AzureUnavailable, MachineUnreadable, QuotaUsedUp
from shared.telemetry import log_warning
from shared.usecases.app import App

#: reads that run concurrently; how many there are in a second, the quota decides
AT_ONCE = 32

#: responses that concern our identity or our quota, so the next machine would get the same
_STOPS = (401, 429)

#: so many machines without a usable response, and more than half of those asked, are an outage
_FEW = 3
_SERVER_ERROR = 500

NOT_FOUND = "Azure lists it, and does not find it now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at several machines gave."""

    seen: list[tuple[Machine, Observation]] = field(default_factory=list)
    #: why each of the others was not seen
    reasons: Mapping[MachineId, str] = field(default_factory=dict)
    #: why the rest was not read; what was read counts
    outage: AzureUnavailable | None = None

    @property
    def known(self) -> set[MachineId]:
        """The machines of which the look gave something, be it a reason."""
        return {machine.id for machine, _ in self.seen} | set(self.reasons)

    def counted_in(self, scan: Scan) -> Scan:
        """The scan with these machines counted, and the unreadable ones in the log."""
        for machine, reason in self.reasons.items():
            if reason != NOT_FOUND:
                log_warning("machine.unreadable", machine=machine, reason=reason)
                scan = with_unreadable(scan, machine, reason)
        return replace(scan, looked_at=scan.looked_at + len(self.seen))


async def look_at(app: App, machines: Sequence[Machine], *, insist: bool = True) -> Looked:
    """Read the instance views of machines.

    With `insist`, a refusal that concerns all machines stops the look, and nothing is asked after
    it. Without, it counts as the fault of its machine: so a machine that is refused each time does
    not keep the others waiting.
    """
    faults: dict[MachineId, AzureUnavailable] = {}
    missing: list[MachineId] = []
    stops: list[AzureUnavailable] = []

    async def look(machine: Machine) -> tuple[Machine, Observation] | None:
        if stops and (insist or isinstance(stops[0], QuotaUsedUp)):
            return None
        try:
            seen = await app.azure.observe(machine.id)
        except QuotaUsedUp as fault:
            stops.insert(0, fault)
            return None
        except AzureUnavailable as fault:
            faults[machine.id] = fault
            if fault.status in _STOPS:
                stops.append(fault)
            return None
        if isinstance(seen, NotFound):
            missing.append(machine.id)
            return None
        return (machine, seen)

    looked = await map_concurrently(look, machines, AT_ONCE)
    seen = [each for each in looked if each is not None]
    outage = _outage(stops, faults, len(machines)) if insist else _own_limit(stops)
    if outage is not None:
        return Looked(seen=seen, outage=outage)
    reasons = {machine: str(fault) for machine, fault in faults.items()}
    return Looked(seen=seen, reasons=reasons | dict.fromkeys(missing, NOT_FOUND))


def _own_limit(stops: Sequence[AzureUnavailable]) -> AzureUnavailable | None:
    """The app's own limit is no machine's fault, however often it is met."""
    return next((each for each in stops if isinstance(each, QuotaUsedUp)), None)


def _outage(
    stops: Sequence[AzureUnavailable], faults: Mapping[MachineId, AzureUnavailable], asked: int
) -> AzureUnavailable | None:
    """The fault that stands for all, where it is Azure's and not that of one machine or two."""
    if stops:
        return _own_limit(stops) or max(stops, key=lambda each: each.retry_after is not None)
    common = [each for each in faults.values() if not isinstance(each, MachineUnreadable)]
    unanswered = [each for each in common if each.status is None or each.status >= _SERVER_ERROR]
    return unanswered[0] if len(unanswered) >= _FEW and 2 * len(unanswered) > asked else None
