"""Runs: machines that were listed one behind the other, and are stored together.

A run that is stored already is not written again.

A run ends behind a machine whose id says so, not after a fixed number. So a machine that is added
or deleted changes the run that it is in, and the runs before and behind it are the same as at the
last scan, for any size of pages.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from shared.domain.machine.instance_view import Observation
from shared.domain.machine.listing import ListedMachine
from shared.domain.machine.machine import MachineId

#: rows that one transaction of Table Storage takes, less one for the run itself and a few to spare
LONGEST_RUN = 96

#: one machine in so many ends a run
_MEAN = 128

_ENCODER = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Machines in the order in which they were listed.

    `digest` names them and all that the listing said of them.
    """

    digest: str
    machines: tuple[ListedMachine, ...]


def split_into_runs(listed: Iterable[ListedMachine]) -> Iterator[Run]:
    """The machines as runs, in order; the last one ends where the machines end."""
    run: list[ListedMachine] = []
    for each in listed:
        run.append(each)
        if len(run) == LONGEST_RUN or _ends_a_run(each.machine.id):
            yield _run(run)
            run = []
    if run:
        yield _run(run)


def _ends_a_run(machine: MachineId) -> bool:
    return hashlib.blake2b(machine.encode(), digest_size=2).digest()[0] < 256 // _MEAN


def _run(machines: list[ListedMachine]) -> Run:
    said = b"\n".join(_said_of(each) for each in machines)
    return Run(digest=hashlib.blake2b(said, digest_size=8).hexdigest(), machines=tuple(machines))


def _said_of(listed: ListedMachine) -> bytes:
    """What the listing said and what followed from it; not when."""
    seen = listed.seen
    machine = _ENCODER.encode(listed.machine)
    if seen is None:
        return machine
    return machine + _ENCODER.encode((*state_in(seen), listed.decision))


def state_in(seen: Observation) -> tuple[object, ...]:
    """Everything that an observation says, without its time."""
    return (
        seen.power,
        seen.provisioning,
        seen.provisioned_at,
        seen.agent_ready,
        seen.update_domain,
        seen.fault_domain,
        seen.placement_group,
        seen.maintenance,
    )
