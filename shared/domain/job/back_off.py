"""Back-off with memory: a job whose check fails again for one cause asks ever more rarely.

Five minutes, then ten, twenty, ... up to four hours, per job and cause. It restarts when the
cause changes, when an operator commands the job, and when a scan sees the machine changed. Pure.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.guid import GUID
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import MachineId

#: between two checks for the same cause
LONGEST = timedelta(hours=4)
#: at least so many checks are made in the rest of the phase
_CHECKS_LEFT = 4
#: what differs between two texts with one cause: ids, numbers, instants
_VARIABLE = re.compile(rf"{GUID}|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """How often in a row a check of a job failed for one cause."""

    cause: str = ""
    times: int = 0

    def again(self, cause: str) -> "BackOff":
        """The count after one more failed check."""
        return BackOff(cause=cause, times=self.times + 1 if cause == self.cause else 1)

    def wait(self, first: timedelta, left: timedelta | None) -> timedelta:
        """The time until the next check. `first`: after one failure.

        `left`: of the phase; None: its end is not known.
        """
        longest = max(first, LONGEST if left is None else min(LONGEST, left / _CHECKS_LEFT))
        doublings = min(max(self.times - 1, 0), 16)
        doubled: timedelta = first * 2**doublings
        return min(doubled, longest)


def cause_of(reason: str, machine: MachineId) -> str:
    """What two reasons have in common that differ by the machine, by ids and by numbers alone.

    Sample: "Azure refuses for now: 409 Conflict VM 'a' ..." and the same of the VM 'b'.
    """
    text = reason.lower().replace(str(machine), "*")
    name = re.escape(machine.rsplit("/", 1)[-1])
    return _VARIABLE.sub("*", re.sub(rf"(?<![\w-]){name}(?![\w-])", "*", text))[:200]


def view_of(seen: Observation) -> str:
    """What a check looks at in an instance view, as one text: another text is a changed machine."""
    status = seen.maintenance
    parts = (
        seen.power.value,
        seen.provisioning.value,
        seen.agent_ready,
        seen.update_domain,
        status and (status.allowed, status.last_result),
    )
    return "|".join(map(str, parts))
