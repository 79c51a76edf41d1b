"""Which machines a scan reads by their own instance views. Pure.

A scan of the timer reads those that it knows too little of, and those whose turn it is. Each
machine has a moment of its own in every period. So the reads are spread evenly, and no row has to
say when a machine was read last. A scan that something asked for reads all of them.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import MachineId

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def needs_look(
    entry: InventoryEntry, since: datetime | None, now: datetime, period: timedelta
) -> bool:
    """Whether the machine's own view is read by a scan that began at `now`.

    `since`: when the last complete scan began; None: there was none, so all are read. A machine is
    read if it was never read, if its last read failed, if it is in a wave, or if its turn came
    after `since`. So it is read once in each period, as long as scans are completed.
    """
    seen = entry.observation
    if seen is None or entry.is_unread or seen.maintenance is not None:
        return True
    if since is None or period <= timedelta(0) or now - since >= period:
        return True
    return _turns_until(entry.machine.id, now, period) > _turns_until(
        entry.machine.id, since, period
    )


def _turns_until(machine: MachineId, moment: datetime, period: timedelta) -> int:
    """How many moments of the machine there were until then."""
    digest = hashlib.blake2b(machine.encode(), digest_size=8).digest()
    share = int.from_bytes(digest) / 2**64
    return (moment - _EPOCH - period * share) // period
