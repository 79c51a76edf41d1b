"""What the annotations of Resource Health mean for the app.

Source: "Resource Health virtual machine Health Annotations" (2026-03-18). A name may be with or
without the prefix VirtualMachine, and with a suffix behind ``//``.
"""

from enum import StrEnum

_PREFIX = "virtualmachine"

#: the trace of performMaintenance or of a plain redeploy, by us or by another operator
_MOVED = ("redeployinitiatedbycontrolplane",)
#: Azure moved or restarted the machine for its planned maintenance
_AZURE_MOVED = (
    "migrationinitiatedforplannedmaintenance",
    "rebootinitiatedforplannedmaintenance",
)
#: the hardware is failing, and the machine has to leave its host before a deadline
_HARDWARE = (
    "possiblydegradedduetohardwarefailurewithredeploydeadline",
    "migrationscheduledfordegradedhardware",
    "scheduledforservicehealing",
    "scheduledformigrationwithgraceperiod",
)


class Meaning(StrEnum):
    """What follows from a hint."""

    #: the machine may be in a wave
    PLANNED = "planned"
    #: somebody redeployed it
    MOVED = "moved"
    #: Azure redeployed or restarted it first
    AZURE_WAS_FIRST = "azure_was_first"
    #: a person has to redeploy it before a deadline, outside any wave
    HARDWARE = "hardware"


def meaning_of(annotation: str) -> Meaning | None:
    """What an annotation means; None for one that is no concern of the app, such as a freeze."""
    name = annotation.partition("//")[0].strip().lower().removeprefix(_PREFIX)
    for names, meaning in (
        (_MOVED, Meaning.MOVED),
        (_AZURE_MOVED, Meaning.AZURE_WAS_FIRST),
        (_HARDWARE, Meaning.HARDWARE),
    ):
        if name.startswith(names):
            return meaning
    return None
