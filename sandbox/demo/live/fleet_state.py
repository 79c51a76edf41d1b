"""Where every machine is at this moment, folded from the simulator's events as they come.

    announced          accepted      machine.down    machine.up     operation over, agent ready
    WAITING ──────────▶ CALLED ─────▶ DOWN ─────────▶ SETTLING ────▶ MAINTAINED, or WAITING again

It draws nothing, and the report does not use it: what counts there is the whole log, read at the
end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sandbox.audit.events import Event
from sandbox.audit.history import lane_of


class MachineStage(Enum):
    """What a machine is doing, in the order in which it happens."""

    IDLE = "nothing announced"
    WAITING = "waiting"
    CALLED = "called"
    DOWN = "down"
    SETTLING = "coming back"
    MAINTAINED = "maintained"
    NOT_ELIGIBLE = "not eligible"
    OFF = "cancelled by Azure, or taken away by its owner"


@dataclass(slots=True, kw_only=True)
class MachineState:
    """One machine as it is now."""

    id: str
    subscription: str
    placement: str | None
    lane: str
    is_eligible: bool
    is_up: bool
    is_ready: bool
    operation: str | None = None
    is_scheduled: bool = False
    is_maintained: bool = False
    is_cancelled: bool = False
    #: whether Azure lets nobody start its maintenance any more: it is done, or the phase has closed
    is_over: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return name_of(self.id)

    @property
    def stage(self) -> MachineStage:
        """The one word that describes it."""
        if self.is_cancelled:
            return MachineStage.OFF
        if not self.is_eligible and self.operation is None:
            return MachineStage.NOT_ELIGIBLE
        if not self.is_up:
            return MachineStage.DOWN
        if not self.is_ready:
            return MachineStage.SETTLING
        if self.operation:
            return MachineStage.CALLED
        if self.is_maintained:
            return MachineStage.MAINTAINED
        return MachineStage.WAITING if self.is_scheduled else MachineStage.IDLE

    @property
    def is_in_flight(self) -> bool:
        """Whether somebody is moving it."""
        return self.stage in (MachineStage.CALLED, MachineStage.DOWN, MachineStage.SETTLING)


@dataclass(slots=True)
class FleetState:
    """All machines, and what happened last; `apply` takes events in order."""

    machines: dict[str, MachineState] = field(default_factory=dict)
    #: machines that the app leaves alone on purpose
    left_alone: frozenset[str] = frozenset()

    def apply(self, events: Iterable[Event]) -> None:
        """Let these events have happened."""
        for event in events:
            if event.kind == "machine.loaded":
                self.machines[str(event.machine)] = _loaded(event)
            elif event.machine in self.machines:
                _apply(self.machines[event.machine], event)

    @property
    def eligible(self) -> list[MachineState]:
        """Machines that the run is about."""
        return [machine for machine in self.machines.values() if machine.is_eligible]

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be done.

        Every eligible machine is maintained and well, off the list, or left alone on purpose.
        """
        return bool(self.machines) and all(map(self._is_done, self.eligible))

    @property
    def unsettled(self) -> list[MachineState]:
        """Eligible machines for which something is left to be done."""
        return [machine for machine in self.eligible if not self._is_done(machine)]

    def _is_done(self, machine: MachineState) -> bool:
        if machine.id in self.left_alone and machine.stage is MachineStage.WAITING:
            return True
        return machine.stage in (MachineStage.MAINTAINED, MachineStage.OFF)


def name_of(machine: str) -> str:
    """The last part of a machine's id.

    For an instance of a scale set "{set}_{number}", as Azure calls it.
    """
    parts = machine.split("/")
    return f"{parts[-3]}_{parts[-1]}" if "virtualmachinescalesets" in parts else parts[-1]


def _loaded(event: Event) -> MachineState:
    runs = event.more["power"] == "running"
    return MachineState(
        id=str(event.machine),
        subscription=str(event.more["subscription"]),
        placement=event.placement,
        lane=lane_of(event),
        is_eligible=bool(event.more["eligible"]),
        is_up=runs,
        is_ready=runs,
    )


def _apply(machine: MachineState, event: Event) -> None:
    match event.kind:
        case "redeploy.requested" if event.more["accepted"]:
            machine.operation = event.operation
        case "operation.finished" if event.operation == machine.operation:
            machine.operation = None
        case "machine.down":
            machine.is_up = machine.is_ready = False
        case "machine.up":
            machine.is_up = True
        case "agent.ready":
            machine.is_ready = True
        case "machine.changed":
            machine.operation = None
            machine.is_cancelled = event.more["change"] in ("stopped", "deallocated", "deleted")
        case _:
            _apply_maintenance(machine, event)


def _apply_maintenance(machine: MachineState, event: Event) -> None:
    match event.kind:
        case "maintenance.announced" | "maintenance.rescheduled":
            machine.is_scheduled, machine.is_maintained = True, False
            machine.is_cancelled = machine.is_over = False
        case "maintenance.cleared":
            machine.is_scheduled, machine.is_maintained = False, event.by != "azure"
            machine.is_over = True
        case "maintenance.closed":
            machine.is_over = True
        case "maintenance.cancelled":
            # One that is moved comes back with other times.
            is_moved = bool(event.more.get("moved"))
            machine.is_scheduled = False
            machine.is_cancelled = not machine.is_maintained and not is_moved
