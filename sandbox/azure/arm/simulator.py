"""Everything one run of the simulator consists of, put together; still without HTTP.

It keeps the world in step with its clock (`tick`) and does not wait for anything.
"""

from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

from sandbox.azure.arm.clock import Clock, WallClock
from sandbox.azure.arm.event_log import EventLog
from sandbox.azure.arm.faults import Fault, Faults
from sandbox.azure.arm.limits import Buckets, Windows
from sandbox.azure.arm.world.machines import Machine
from sandbox.azure.arm.world.setup import begin, build, create
from sandbox.azure.fleets.errors import FleetError
from sandbox.azure.fleets.fleet import Fleet, MachineSpec
from sandbox.azure.fleets.ids import key, parse_id


class Simulator:
    """A world, its limits, its faults and its log, over one clock."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        seed: int = 0,
        events: Path | None = None,
        faults: list[Fault] | None = None,
        identity_header: str | None = None,
        clock: Clock | None = None,
        hold: bool = False,
    ) -> None:
        """`identity_header`: the secret that /msi/token asks for; None takes any.

        `hold`: no wave is launched before `begin`, so that an app can start first.
        """
        self.fleet = fleet
        self.identity_header = identity_header
        self.clock = clock or WallClock()
        self.log = EventLog(events)
        self.world = build(
            fleet, started=self.clock.now(), seed=seed, sink=self.log.write, hold=hold
        )
        self.is_held = hold
        # Another source than the world's: a fault must not change what the machines do.
        self.faults = Faults(faults or [], Random(seed + 1))
        self.buckets = Buckets(fleet.limits)
        self.graph_quota = Windows(fleet.limits)
        self.answers: Counter[int] = (
            Counter()
        )  # how often Azure's part answered with which HTTP status
        self.availability_sets = {key(one.id): one for one in fleet.availability_sets}
        self.scale_sets = {key(one.id): one for one in fleet.scale_sets}
        self.resource_groups = _resource_groups(fleet)

    def create(self, spec: MachineSpec) -> Machine:
        """Let somebody create a machine now.

        FleetError when it does not fit into the fleet or is there already.
        """
        if key(spec.id) in self.world.machines:
            raise FleetError(
                problem=f"{spec.id} exists", remedy="Choose another id, or delete it first."
            )
        machine = create(self.world, self.fleet, spec)
        self.resource_groups.add(
            (machine.id.subscription.lower(), machine.id.resource_group.lower())
        )
        return machine

    def begin(self) -> bool:
        """Launch the waves that were held. False: none was, and nothing changes."""
        if not self.is_held:
            return False
        self.is_held = False
        self.tick()
        begin(self.world, self.fleet)
        return True

    def tick(self) -> datetime:
        """Let everything happen that is due; returns the present instant."""
        self.world.advance(self.clock.now())
        return self.world.now


def _resource_groups(fleet: Fleet) -> set[tuple[str, str]]:
    ids = [one.id for one in fleet.machines]
    ids += [one.id for one in fleet.availability_sets]
    ids += [one.id for one in fleet.scale_sets]
    parsed = map(parse_id, ids)
    return {(one.subscription.lower(), one.resource_group.lower()) for one in parsed}
