"""Where every machine is at this moment, folded from the simulator's events as they come.

    announced          accepted      machine.down    machine.up     operation over, agent ready
    WAITING ──────────▶ CALLED ─────▶ DOWN ─────────▶ SETTLING ────▶ MAINTAINED, or WAITING again

It draws nothing, and the report does not use it: what counts there is the whole log, read at the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sandbox.audit.events import Event
from sandbox.audit.history import lane_of


class Stage(Enum):
    """What a machine is doing, in the order in which it happens."""

    IDLE = "nothing announced"
    WAITING = "waiting"
    CALLED = "called"
    DOWN = "down"
    SETTLING = "coming back"
    MAINTAINED = "maintained"
    LEFT = "not eligible"
    OFF = "cancelled by Azure, or taken away by its owner"


@dataclass(slots=True, kw_only=True)
class Sight:
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
    is_off: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return name_of(self.id)

    @property
    def stage(self) -> Stage:
        """The one word that describes it."""
        if self.is_off:
            return Stage.OFF
        if not self.is_eligible and self.operation is None:
            return Stage.LEFT
        if not self.is_up:
            return Stage.DOWN
        if not self.is_ready:
            return Stage.SETTLING
        if self.operation:
            return Stage.CALLED
        if self.is_maintained:
            return Stage.MAINTAINED
        return Stage.WAITING if self.is_scheduled else Stage.IDLE

    @property
    def is_in_flight(self) -> bool:
        """Whether somebody is moving it."""
        return self.stage in (Stage.CALLED, Stage.DOWN, Stage.SETTLING)


@dataclass(slots=True)
class Board:
    """All machines, and what happened last; `see` takes events in order."""

    machines: dict[str, Sight] = field(default_factory=dict)

    def see(self, events: Iterable[Event]) -> None:
        """Let these events have happened."""
        for event in events:
            if event.kind == "machine.loaded":
                self.machines[str(event.machine)] = _loaded(event)
            elif event.machine in self.machines:
                _apply(self.machines[event.machine], event)

    @property
    def eligible(self) -> list[Sight]:
        """Machines that the run is about."""
        return [sight for sight in self.machines.values() if sight.is_eligible]

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be done: every eligible machine is maintained and well, or off the list."""
        done = (Stage.MAINTAINED, Stage.OFF)
        return bool(self.machines) and all(sight.stage in done for sight in self.eligible)


def name_of(machine: str) -> str:
    """The last part of a machine's id; for an instance of a scale set "{set}_{number}", as Azure calls it."""
    parts = machine.split("/")
    return f"{parts[-3]}_{parts[-1]}" if "virtualmachinescalesets" in parts else parts[-1]


def _loaded(event: Event) -> Sight:
    runs = event.more["power"] == "running"
    return Sight(
        id=str(event.machine),
        subscription=str(event.more["subscription"]),
        placement=event.placement,
        lane=lane_of(event),
        is_eligible=bool(event.more["eligible"]),
        is_up=runs,
        is_ready=runs,
    )


def _apply(sight: Sight, event: Event) -> None:
    match event.kind:
        case "maintenance.announced" | "maintenance.rescheduled":
            sight.is_scheduled, sight.is_maintained = True, False
        case "maintenance.cleared":
            sight.is_scheduled, sight.is_maintained = False, event.by != "azure"
        case "maintenance.cancelled":
            sight.is_scheduled, sight.is_off = False, not sight.is_maintained
        case "redeploy.requested" if event.more["accepted"]:
            sight.operation = event.operation
        case "operation.finished" if event.operation == sight.operation:
            sight.operation = None
        case "machine.down":
            sight.is_up = sight.is_ready = False
        case "machine.up":
            sight.is_up = True
        case "agent.ready":
            sight.is_ready = True
        case "machine.changed":
            sight.operation = None
            sight.is_off = event.more["change"] in ("stopped", "deallocated", "deleted")
