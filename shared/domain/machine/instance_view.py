"""An observation: what a machine's own instance view said at one moment.

Has Azure's terms, not its transport.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.machine.machine import MachineId
from shared.domain.machine.maintenance import MaintenanceStatus
from shared.domain.utc import require_aware


class Power(StrEnum):
    """`PowerState/...` of the instance view.

    What Azure does not say, or says in a new word, is UNKNOWN.
    """

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


class Provisioning(StrEnum):
    """`ProvisioningState/...` of the instance view.

    UPDATING while an operation on the machine runs.
    """

    SUCCEEDED = "succeeded"
    UPDATING = "updating"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One reading of one machine's instance view.

    `at` is when the answer had arrived, by our clock.
    """

    machine: MachineId
    at: datetime
    power: Power = Power.UNKNOWN
    provisioning: Provisioning = Provisioning.UNKNOWN
    #: when the last operation on the machine ended, as its provisioning status says; None where it
    #: does not
    provisioned_at: datetime | None = None
    agent_ready: bool = False
    #: zero-based (recorded: domain 0 occurs); None where Azure names none, which is not domain 0
    update_domain: int | None = None
    fault_domain: int | None = None
    #: the placement group of a Uniform instance; None while it is deallocated
    placement_group: str | None = None
    #: None: no maintenance is planned, or it is over (Azure shows the object only while one is
    #: planned)
    maintenance: MaintenanceStatus | None = None

    def __post_init__(self) -> None:
        require_aware(at=self.at, provisioned_at=self.provisioned_at)

    @property
    def is_ready(self) -> bool:
        """Whether it runs, its agent answers, and no operation on it runs."""
        return self.is_running_at_rest and self.agent_ready

    @property
    def is_running_at_rest(self) -> bool:
        """Whether it runs and no operation on it is in progress. Its agent does not count.

        A failed provisioning state alone is no ailment: it tells how the last operation ended, also
        where the machine runs on untouched. Whether that operation moved it, the maintenance status
        says.
        """
        at_rest = self.provisioning in {Provisioning.SUCCEEDED, Provisioning.FAILED}
        return self.power is Power.RUNNING and at_rest

    @property
    def is_in_flight(self) -> bool:
        """Whether some operation, ours or another's, is moving the machine right now."""
        moving = {Power.STARTING, Power.STOPPING, Power.DEALLOCATING}
        return self.provisioning is Provisioning.UPDATING or self.power in moving


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """Azure did not find the machine at this look (404).

    Whether it was deleted, one look does not tell: see `absence`.
    """

    machine: MachineId
    at: datetime

    def __post_init__(self) -> None:
        require_aware(at=self.at)
