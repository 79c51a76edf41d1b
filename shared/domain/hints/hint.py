"""A hint as a value, and how it is read from a row of Resource Graph. Asks nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.hints.annotations import Meaning, meaning_of
from shared.domain.machine.machine import MachineId, machine_id

#: of the text of a row, as a person reads it
_LONGEST_TEXT = 300

#: a machine with one of these has nothing before it (Microsoft's sample queries, 2026-06-26)
_OVER = frozenset({"inprogress", "retrylater", "noupdatespending", "completed"})


class HintSource(StrEnum):
    """The tables of Resource Graph that give hints."""

    #: `maintenanceresources`, updates of hosts
    UPDATES = "updates"
    #: `servicehealthresources`, resources that an event impacts
    IMPACTED = "impacted_resources"
    #: `healthresources`, the newest annotation of a machine
    ANNOTATIONS = "annotations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What one row says of one machine."""

    machine: MachineId
    source: HintSource
    meaning: Meaning
    #: what makes the row another one than before: an event, a status, a time
    occasion: str
    #: what a person reads
    text: str = ""

    @property
    def digest(self) -> str:
        """16 characters that name machine, source and occasion."""
        name = f"{self.machine}|{self.source}|{self.occasion}"
        return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def read_hint(source: HintSource, row: Mapping[str, Any]) -> Hint | None:
    """The hint of a row; None where it is of no machine, or means nothing for the app.

    A status that nobody knows counts as planned: a read too many changes nothing. Samples, with the
    columns that the queries name, UNCONFIRMED(graph-maintenance-rows)::

        {"targetResourceId": "/subscriptions/.../virtualMachines/web-0", "status": "Pending",
         "rowStatus": "Pending", "notificationId": "PYN_-ZL8", "plannedMaintenanceId": "1b3c..."}
        {"targetResourceId": "...", "trackingId": "pyn_-zl8", "status": "Pending"}
        {"targetResourceId": "...", "name": "VirtualMachineMigrationInitiatedForPlannedMaintenance",
         "occurredTime": "2026-12-01T10:12:00Z", "summary": "..."}
    """
    try:
        machine = machine_id(_text(row.get("targetResourceId")))
    except ValueError:
        return None
    if source is HintSource.ANNOTATIONS:
        return _of_annotation(machine, row)
    status = _text(row.get("status")) or _text(row.get("rowStatus"))
    event = _text(row.get("plannedMaintenanceId")) or _text(row.get("notificationId"))
    event = event or _text(row.get("trackingId"))
    if status.lower() in _OVER:
        return None
    return Hint(
        machine=machine,
        source=source,
        meaning=Meaning.PLANNED,
        occasion=f"{event}|{status}",
        text=f"{event or 'an event'}, status {status or 'not shown'}"[:_LONGEST_TEXT],
    )


def _of_annotation(machine: MachineId, row: Mapping[str, Any]) -> Hint | None:
    name = _text(row.get("name"))
    meaning = meaning_of(name)
    if meaning is None:
        return None
    occurred = _text(row.get("occurredTime"))
    summary = _text(row.get("summary"))
    text = f"{name} at {occurred or 'a time that is not shown'}"
    return Hint(
        machine=machine,
        source=HintSource.ANNOTATIONS,
        meaning=meaning,
        occasion=f"{name}|{occurred}",
        text=f"{text}: {summary}"[:_LONGEST_TEXT] if summary else text,
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
