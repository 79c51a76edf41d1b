"""Which machines a scan reads by their own instance views. Pure.

A scan of the timer reads those that it knows too little of, and those whose turn it is. Each
machine has a moment of its own in every period. So the reads are spread evenly, and no row has to
say when a machine was read last. A scan that something asked for reads all of them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.machine.inventory_entry import Attention, InventoryEntry
from shared.domain.machine.machine import Machine, MachineId, Orchestration

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

#: the shares of a period
_WHOLE = 2**64
#: behind every hexadecimal digit
_END = "g"
#: a moment is rounded to a microsecond, so that each end of a range gets a little more
_SLACK = _WHOLE // 10**6


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The entries of an inventory that a scan has to decode; a store leaves out the others.

    Machines in a wave and unread ones are always among them.
    """

    #: the turns that are wanted: behind the first text, up to the second
    turns: tuple[tuple[str, str], ...] = ()
    #: the id of a scan: what it has stored is wanted, as it may be new; empty: of none
    scan: str = ""

    def includes(self, entry: InventoryEntry) -> bool:
        """Whether it is one of them."""
        turn = turn_of(entry.machine)
        return (
            entry.attention in (Attention.WAVE, Attention.UNREAD)
            or (turn is not None and any(after < turn <= until for after, until in self.turns))
            or (self.scan != "" and entry.scan == self.scan)
        )


def wanted_by(scan: str, since: datetime | None, now: datetime, period: timedelta) -> Wanted | None:
    """What a scan that began at `now` has to decode; None: every entry.

    It is wider than `needs_look`, which decides of each entry.
    """
    if since is None or period <= timedelta(0) or not timedelta(0) <= now - since < period:
        return None
    first, last = _place(since, period), _place(now, period)
    turns = _around(first - _SLACK, last + _SLACK + (_WHOLE if last < first else 0))
    return Wanted(turns=tuple(turns), scan=scan)


def _around(first: int, last: int) -> Iterator[tuple[str, str]]:
    """The texts of shares from `first` to `last`, where the end of a period is followed by 0."""
    if first < 0:
        yield _text(_WHOLE + first), _END
    yield _text(max(first, 0)) if first > 0 else "", _text(last) if last < _WHOLE else _END
    if last >= _WHOLE:
        yield "", _text(last - _WHOLE)


def turn_of(machine: Machine) -> str | None:
    """The machine's place in each period, as text that compares as its moments do.

    None for an instance of a Uniform set, which each scan judges by the set's listing.
    """
    if machine.orchestration is Orchestration.UNIFORM:
        return None
    return _text(_share(machine.id))


def _text(share: int) -> str:
    return f"{share:016x}"


def _place(moment: datetime, period: timedelta) -> int:
    return int((moment - _EPOCH) % period / period * _WHOLE)


def _share(machine: MachineId) -> int:
    return int.from_bytes(hashlib.blake2b(machine.encode(), digest_size=8).digest())


def _turns_until(machine: MachineId, moment: datetime, period: timedelta) -> int:
    """How many moments of the machine there were until then."""
    return (moment - _EPOCH - period * (_share(machine) / _WHOLE)) // period
