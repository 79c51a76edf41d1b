"""The outcome of every machine in every wave, from the simulator's log as it grows.

It judges nothing; `verdict` does, from a ledger of the whole log.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sandbox.audit.auditor import FORESTALL


class MachineWave(NamedTuple):
    """One machine in one wave, both as the log names them."""

    machine: str
    wave: str


@dataclass(slots=True, kw_only=True)
class MachineProgress:
    """What happened to a machine in a wave, as far as the log goes."""

    accepted: int = 0
    refused: int = 0
    #: who brought it to an updated host; None: nobody yet
    cleared_by: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether the app has brought it to an updated host."""
        return self.cleared_by == FORESTALL


@dataclass(slots=True)
class WaveProgress:
    """`apply` takes raw events in order; calls of others than the app are not counted."""

    entries: dict[MachineWave, MachineProgress] = field(default_factory=dict)
    _wave: dict[str, str] = field(default_factory=dict)

    def apply(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Let these events have happened."""
        for event in events:
            machine = event["machine"]
            match event["event"]:
                case "maintenance.announced":
                    self._wave[machine] = event["wave"]
                    self.entries.setdefault(MachineWave(machine, event["wave"]), MachineProgress())
                case "redeploy.requested" if event["by"] == FORESTALL:
                    entry = self.entries.setdefault(
                        MachineWave(machine, self._wave.get(machine, "none")), MachineProgress()
                    )
                    entry.accepted += bool(event["accepted"])
                    entry.refused += not event["accepted"]
                case "maintenance.cleared":
                    self.entries[MachineWave(machine, event["wave"])].cleared_by = event["by"]

    def waves_of(self, machine: str) -> list[MachineWave]:
        """The machine's waves, oldest first."""
        return [machine_wave for machine_wave in self.entries if machine_wave.machine == machine]

    def is_done(self, machines: Iterable[str], waves: int) -> bool:
        """Whether each of these machines has been brought through so many waves."""
        return all(
            len(dues := self.waves_of(machine)) >= waves
            and all(self.entries[machine_wave].is_done for machine_wave in dues)
            for machine in machines
        )


class LogTail:
    """The events of a log that is being written, each once.

    A line that is not whole yet is left for later.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def new_events(self) -> Iterator[Mapping[str, Any]]:
        """The events since the last call."""
        with self._file.open("rb") as log:
            log.seek(self._read)
            lines = log.read().splitlines(keepends=True)
        for line in lines:
            if not line.endswith(b"\n"):
                return
            self._read += len(line)
            yield msgspec.json.decode(line)
