"""Azure of a long run: as in the short mode, with indexes, and with refusals that last for days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.memory import SettableClock
from shared.domain.machine.arm_responses import ArmResponse
from shared.domain.machine.machine import MachineId
from tests.support.fake_azure import COLLEAGUE, ActualRedeploy, FakeAzure, FakeVm, RedeployScript


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Azure refuses every call for some machines, for some time."""

    #: what the machine's id begins with
    scope: str
    start: datetime
    end: datetime
    response: ArmResponse


class LongAzure(FakeAzure):
    """The same world as FakeAzure. It finds the moves of a machine without a search."""

    def __init__(self, clock: SettableClock, vms: Sequence[FakeVm]) -> None:
        super().__init__(clock, vms)
        self._moves: dict[MachineId, list[ActualRedeploy]] = defaultdict(list)
        self.refusals: list[Refusal] = []
        #: waves for which Azure said that a machine is not eligible, which is its last word
        self.not_eligible: set[tuple[MachineId, datetime | None]] = set()

    def machines(self) -> Sequence[FakeVm]:
        """Every machine that exists now."""
        return tuple(self._vms.values())

    def moves_of(self, machine: MachineId) -> list[ActualRedeploy]:
        """Every redeploy of a machine, in their order."""
        return self._moves[machine]

    def redeploy(
        self, machine: MachineId, script: RedeployScript, by: str = COLLEAGUE
    ) -> ActualRedeploy:
        """Somebody redeploys it, now."""
        move = super().redeploy(machine, script, by)
        self._moves[machine].append(move)
        return move

    def repair(self, machine: MachineId) -> None:
        """Its owner brings a machine back that was down, now."""
        super().repair(machine)
        self._reindex(machine)

    def delete(self, machine: MachineId) -> None:
        """Its owner deletes it; a running move ends with it."""
        super().delete(machine)
        self._reindex(machine)

    def refuse(self, refusal: Refusal) -> None:
        """From `start` to `end` Azure answers every call in the scope with a refusal."""
        self.refusals.append(refusal)

    def _reindex(self, machine: MachineId) -> None:
        self._moves[machine] = [each for each in self.redeploys if each.machine == machine]

    def _response(self, vm: FakeVm, *, allowed: bool) -> ArmResponse:
        now = self._clock.now()
        for each in self.refusals:
            if each.start <= now < each.end and vm.machine.id.startswith(each.scope):
                return each.response
        response = super()._response(vm, allowed=allowed)
        if "not eligible" in response.message:
            wave = None if vm.maintenance is None else vm.maintenance.wave
            self.not_eligible.add((vm.machine.id, wave))
        return response
