"""Everything that is shown at one moment, and the sentences in it. It does not use the terminal.

A scope's sentence says who is in flight, who waits for them, and why:  "ud:1 goes: vm-3, vm-4; 6
wait: another lane is in flight".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.demo.live.fleet_state import FleetState, MachineStage, MachineState, name_of
from sandbox.demo.live.responses import SCOPES, Job, Semaphore, scope_of

_NAMES_ON_A_LINE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Machines that share a placement, or those of a subscription without a set; lanes in order."""

    subscription: str
    name: str
    lanes: Mapping[str, Sequence[MachineState]]
    sentence: str
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment. `app` is a sentence on the app's process, `ticker` the news, oldest first."""

    fleet: FleetState
    jobs: Sequence[Job] = ()
    semaphores: Sequence[Semaphore] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    elapsed: float = 0.0
    app: str = ""
    ticker: Sequence[str] = ()

    @property
    def stages(self) -> Mapping[MachineStage, int]:
        """How many eligible machines are where."""
        return Counter(machine.stage for machine in self.fleet.eligible)

    @property
    def groups(self) -> Sequence[Group]:
        """Every placement with its machines, by subscription.

        Machines without a set as one group per subscription.
        """
        members: dict[tuple[str, str], list[MachineState]] = {}
        for machine in self.fleet.machines.values():
            members.setdefault((machine.subscription, machine.placement or ""), []).append(machine)
        return [self._group(*key, machines) for key, machines in sorted(members.items())]

    def _group(self, subscription: str, placement: str, machines: Sequence[MachineState]) -> Group:
        lanes: dict[str, list[MachineState]] = {}
        for machine in sorted(machines, key=lambda each: (each.lane if placement else "", each.id)):
            lanes.setdefault(machine.lane if placement else "", []).append(machine)
        done = (MachineStage.MAINTAINED, MachineStage.NOT_ELIGIBLE, MachineStage.OFF)
        return Group(
            subscription=self.subscriptions.get(subscription, subscription),
            name=short(placement) if placement else "standing alone",
            lanes=lanes,
            sentence=self._sentence(placement, machines),
            is_done=all(machine.stage in done for machine in machines),
        )

    def _sentence(self, placement: str, machines: Sequence[MachineState]) -> str:
        flying = [machine for machine in machines if machine.is_in_flight]
        ids = {machine.id for machine in machines}
        jobs = [job for job in self.jobs if job.machine in ids]
        waiting = [job for job in jobs if job.waits]
        held = sorted(name_of(job.machine) for job in jobs if job.holds)
        halts = [
            halt
            for lock in self.semaphores
            if placement and lock.scope == scope_of(placement)
            for halt in lock.halts
        ]
        parts = [f"halted: {reason_in_short(halts[0].reason)}"] if halts else []
        if flying:
            parts.append(_in_flight(flying, with_lane=bool(placement)))
        elif held:
            parts.append(f"the app holds {_named(held)}")  # it verifies, or has not called yet
        if waiting:
            parts.append(_waiting(waiting))
        return "; ".join(parts)


def _in_flight(flying: Sequence[MachineState], *, with_lane: bool) -> str:
    names = _named([machine.name for machine in flying])
    lanes = " and ".join(sorted({machine.lane for machine in flying}))
    return f"{lanes} goes: {names}" if with_lane else f"on the way: {names}"


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_ON_A_LINE
    return ", ".join(names[:_NAMES_ON_A_LINE]) + (f" and {more} more" if more > 0 else "")


def _waiting(jobs: Sequence[Job]) -> str:
    """How many wait, and the reason that most of them have."""
    reasons = Counter(
        reason_in_short(job.reason) for job in jobs if job.reason not in ("", job.state)
    )
    told = "1 waits" if len(jobs) == 1 else f"{len(jobs)} wait"
    return f"{told}: {reasons.most_common(1)[0][0]}" if reasons else told


def reason_in_short(reason: str) -> str:
    """A reason without the scope that it begins with and the holders that it ends with.

    Both are shown anyway.
    """
    if reason.startswith(SCOPES):
        reason = reason.partition(": ")[2] or reason
    return reason.partition(";")[0]


def short(placement: str) -> str:
    """The name of a set, with the beginning of its placement group where it has one."""
    resource, separator, group = placement.partition("/placementgroups/")
    return resource.rsplit("/", 1)[-1] + (f" · {group[:8]}" if separator else "")
