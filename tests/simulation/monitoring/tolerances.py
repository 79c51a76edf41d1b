"""What a judge reports, and by how much a time may be off before it does."""

from datetime import timedelta

from shared.domain.lock.semaphore import CLOCK_SKEW
from shared.domain.machine.machine import MachineId

#: how old an instance view may be that Azure shows (no documentation names a bound):
#: UNCONFIRMED(instance-view-age)
STALE = timedelta(seconds=20)
#: by which times measured by several clocks, on views that old, may be off
TOLERANCE = CLOCK_SKEW + STALE


class InvariantViolated(Exception):
    """An invariant does not hold; the text says which, and how it showed."""


def name_of(machine: MachineId) -> str:
    """A machine by its name alone."""
    return machine.rsplit("/", 1)[-1]
