"""One machine: what it was created as, what it is now, and what it was before.

It changes only when told to; nothing here decides.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sandbox.azure.arm.world.waves import Wave
from sandbox.azure.fleets.fleet import Behaviour, MachineSpec, Orchestration, Outcome, ScaleSet
from sandbox.azure.fleets.ids import ResourceId, key, parse_id

REMEMBERED_STATES = 32  # a redeploy goes through five


class PowerState(Enum):
    """`PowerState/...` of the instance view."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATED = "deallocated"


class Provisioning(Enum):
    """`ProvisioningState/...` of the instance view, spelled as there."""

    SUCCEEDED = "succeeded"
    UPDATING = "updating"
    FAILED = "failed"


class Phase(Enum):
    """Where a machine is in its wave."""

    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"


class ResultCode(Enum):
    """`lastOperationResultCode`, as the SDK spells it."""

    NONE = "None"
    RETRY_LATER = "RetryLater"
    ABORTED = "MaintenanceAborted"
    COMPLETED = "MaintenanceCompleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Maintenance:
    """The planned maintenance of one machine: its wave, and the result of the last attempt."""

    wave: Wave
    phase: Phase
    code: ResultCode = ResultCode.NONE
    message: str | None = None
    is_held_back: bool = False
    """RetryLater is in force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineState:
    """What is true of a machine at one time."""

    power: PowerState
    is_answering: bool
    is_agent_ready: bool
    provisioning: Provisioning = Provisioning.SUCCEEDED
    since: datetime
    """When `provisioning` last changed."""
    maintenance: Maintenance | None = None
    operation: str | None = None
    """The running operation."""

    @property
    def is_maintenance_allowed(self) -> bool:
        """`isCustomerInitiatedMaintenanceAllowed`: the phase is open and nothing is under way."""
        planned = self.maintenance
        return (
            planned is not None
            and planned.phase is Phase.OPEN
            and planned.code is not ResultCode.COMPLETED
            and not planned.is_held_back
            and self.operation is None
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Domains:
    """Where a machine stands: its placement (lower-cased) and its domains.

    None where Azure has none.
    """

    placement: str | None
    update_domain: int | None
    fault_domain: int | None


class Machine:
    """A machine that exists.

    `state` is the truth, older states are kept for readers that lag behind.
    """

    def __init__(
        self, *, spec: MachineSpec, place: Domains, behaviour: Behaviour, state: MachineState
    ) -> None:
        self.spec = spec
        self.key = key(spec.id)
        self.id: ResourceId = parse_id(spec.id)
        self.place = place
        self.behaviour = behaviour
        self.size = spec.size
        self.landings = 0
        self.boots = 0
        self._outcomes = deque(spec.outcomes)
        self._states: deque[tuple[datetime, MachineState]] = deque(maxlen=REMEMBERED_STATES)
        self._states.append((state.since, state))

    @property
    def state(self) -> MachineState:
        """What is true now."""
        return self._states[-1][1]

    @property
    def name(self) -> str:
        """The name Azure uses in messages: the VM's, or "{set}_{number}" of a Uniform instance."""
        return f"{self.id.parent_name}_{self.id.name}" if self.id.parent_name else self.id.name

    def state_at(self, instant: datetime) -> MachineState:
        """What was true at `instant`; the oldest stored state for instants before it."""
        for since, state in reversed(self._states):
            if since <= instant:
                return state
        return self._states[0][1]

    def become(self, now: datetime, **changes: Any) -> None:
        """Change the named parts of the state at `now`."""
        if "provisioning" in changes:
            changes["since"] = now
        if changes.get("is_answering") and not self.state.is_answering:
            self.boots += 1
        self._states.append((now, replace(self.state, **changes)))

    def next_outcome(self) -> Outcome | None:
        """The scripted end of the next attempt, used up by this call.

        None when the script is over.
        """
        return self._outcomes.popleft() if self._outcomes else None


def domains_of(spec: MachineSpec, scale_sets: Mapping[str, ScaleSet]) -> Domains:
    """The placement of a machine.

    Update domains exist only in availability sets and Uniform scale sets.
    """
    if spec.availability_set is not None:
        placement, update_domain = key(spec.availability_set), spec.update_domain
    elif spec.scale_set is None:
        placement, update_domain = None, None
    elif scale_sets[key(spec.scale_set)].mode is Orchestration.UNIFORM:
        placement = f"{key(spec.scale_set)}/placementgroups/{str(spec.placement_group).lower()}"
        update_domain = spec.update_domain
    else:
        placement, update_domain = key(spec.scale_set), None
    return Domains(placement=placement, update_domain=update_domain, fault_domain=spec.fault_domain)
