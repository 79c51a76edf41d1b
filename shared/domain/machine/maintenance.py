"""A planned maintenance as a machine's own instance view tells it: `maintenanceRedeployStatus`.

Decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.utc import require_aware

#: of a phase whose end Azure does not show; one lasts about 35 days
LONGEST_PHASE = timedelta(days=60)


class Phase(StrEnum):
    """The phase of a wave at an instant.

    Azure leaves a gap between its two phases now and then; it counts as closed.
    """

    BEFORE = "before"
    SELF_SERVICE = "self-service"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceStatus:
    """The seven fields of `maintenanceRedeployStatus`, as in azure-mgmt-compute 39.

    Every field is optional in Azure's schema. No official text says what each result code means, so
    codes are kept as text, serve explanations only, and never decide whether to act: `allowed`
    alone does.

    Sample (Azure CLI documentation, maintenance-notifications-cli.md; REST form of the same
    fields)::

        {"isCustomerInitiatedMaintenanceAllowed": true,
         "preMaintenanceWindowStartTime": "2018-05-14T12:30:00+00:00",
         "preMaintenanceWindowEndTime": "2018-05-19T12:30:00+00:00",
         "maintenanceWindowStartTime": "2018-05-21T16:30:00+00:00",
         "maintenanceWindowEndTime": "2018-06-04T16:30:00+00:00",
         "lastOperationResultCode": "None", "lastOperationMessage": null}
    """

    allowed: bool = False
    self_service_start: datetime | None = None
    self_service_end: datetime | None = None
    scheduled_start: datetime | None = None
    scheduled_end: datetime | None = None
    last_result: str | None = None
    last_message: str | None = None

    def __post_init__(self) -> None:
        require_aware(
            self_service_start=self.self_service_start,
            self_service_end=self.self_service_end,
            scheduled_start=self.scheduled_start,
            scheduled_end=self.scheduled_end,
        )

    @property
    def is_completed(self) -> bool:
        """Whether Azure says outright that the machine is done.

        An absent status says so too, but elsewhere.
        """
        return (self.last_result or "").lower() == "maintenancecompleted"

    @property
    def wave(self) -> datetime | None:
        """What names the wave: the self-service start, or its end where Azure shows no start.

        None if it shows neither.
        """
        return self.self_service_start or self.self_service_end

    def phase_at(self, now: datetime) -> Phase:
        """The phase at an instant.

        A missing start counts as open already, a missing end as still open.
        """
        if self.self_service_end is not None and now >= self.self_service_end:
            return Phase.CLOSED
        if self.self_service_start is not None and now < self.self_service_start:
            return Phase.BEFORE
        return Phase.SELF_SERVICE
