"""At the end of a phase: a machine that could be moved was moved, or people were notified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.machine.instance_view import Power
from shared.domain.machine.machine import MachineId
from tests.simulation.monitoring.tolerances import InvariantViolated, name_of
from tests.simulation.weeks.judge.words import Words
from tests.simulation.weeks.rules import TEAM, RuleBook
from tests.support.fake_azure import FakeVm

#: a machine that could be moved for less than this before its phase ended is nobody's fault
_ENOUGH = timedelta(days=2)


@dataclass(slots=True)
class PhaseFigures:
    """How the phases of a run ended."""

    moved: int = 0
    told: int = 0
    excused: int = 0


@dataclass(slots=True)
class _Known:
    changed_at: datetime
    told_at: datetime | None = None


@dataclass(slots=True)
class PhaseRules:
    """Raises where a phase ended, and nobody was notified of a machine that is still in it."""

    book: RuleBook
    words: Words
    now: Callable[[], datetime]
    figures: PhaseFigures = field(default_factory=PhaseFigures)
    _known: dict[MachineId, _Known] = field(default_factory=dict)

    def on_changed(self, machine: MachineId) -> None:
        """An owner, an operator or Azure changed what decides whether it can be moved."""
        told = self._known[machine].told_at if machine in self._known else None
        self._known[machine] = _Known(changed_at=self.now(), told_at=told)

    def on_all_changed(self, machines: Mapping[MachineId, FakeVm]) -> None:
        """Something changed for every machine, such as a version of the policy."""
        for machine in machines:
            self.on_changed(machine)

    def on_notified(self, machine: MachineId) -> None:
        """People are notified of a machine, now."""
        known = self._known.get(machine)
        if known is not None:
            known.told_at = self.now()

    def on_phase_ended(
        self, vm: FakeVm, *, is_moved: bool, is_refused: bool, started: datetime
    ) -> None:
        """The phase of a machine's wave is over, now. It began, or was shown first, at `started`.

        `is_moved`: Azure shows the wave no more. `is_refused`: it said that the machine is not
        eligible, which ends the job by docs/azure-responses.md.
        """
        if is_moved:
            self.figures.moved += 1
            return
        known = self._known.get(vm.machine.id) or _Known(changed_at=started)
        if known.told_at is not None and known.told_at >= started:
            self.figures.told += 1
        elif is_refused or self._is_excused(vm, known):
            self.figures.excused += 1
        else:
            raise InvariantViolated(
                f"phase: {name_of(vm.machine.id)} could be moved since {known.changed_at:%d %H:%M},"
                f" its phase ended at {self.now():%d %H:%M}, and nobody was told"
            )

    def _is_excused(self, vm: FakeVm, known: _Known) -> bool:
        """Somebody wants it left alone, or it could be moved for too short a time."""
        rules = self.book.between(vm.machine.tags.get(TEAM), self.now() - _ENOUGH, self.now())
        return (
            self.now() - known.changed_at < _ENOUGH
            or vm.power is not Power.RUNNING
            or vm.must_stay is not None
            or vm.opted_out_at is not None
            or any(each.leave_alone for each in rules)
            or vm.machine.subscription in self.words.unwatched
        )
