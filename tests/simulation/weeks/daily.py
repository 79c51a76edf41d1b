"""What happens each day: an operator looks at what is left to people, and phases end."""

from datetime import datetime

from shared.domain.job.job import JobId
from shared.domain.job.states import State
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.machine import MachineId
from shared.domain.machine.placement import Scope
from shared.usecases.operate.go_on import go_on
from shared.usecases.operate.job_commands import release_parked, retry
from shared.usecases.operate.pause import lift_scope_halts, resume
from tests.simulation.lost_state import starts_are_held
from tests.simulation.weeks.simulation import LongSimulation
from tests.support.fake_azure import FakeVm
from tests.support.fleets import DAY, HOUR

_OPERATOR_EVERY = 12 * 3600.0
_PHASES_EVERY = 3600.0


class Daily:
    """The operator's rounds, and Azure's own end of each phase."""

    def __init__(self, simulation: LongSimulation) -> None:
        self._simulation = simulation

    def schedule(self) -> None:
        """Both continue to the end of the run."""
        self._simulation.loop.at(_OPERATOR_EVERY, self._operator_round)
        self._simulation.loop.at(0.0, self._look_at_phases)

    def _look_at_phases(self) -> None:
        simulation, now = self._simulation, self._simulation.clock.now()
        for vm in simulation.azure.machines():
            status = vm.maintenance
            if status is None or status.self_service_end is None:
                continue
            if status.self_service_end <= now:
                self._end_phase(vm, status.self_service_end)
        simulation.loop.at(simulation.now + _PHASES_EVERY, self._look_at_phases)

    def _end_phase(self, vm: FakeVm, end: datetime) -> None:
        """The phase is over. A day later Azure has rebooted what is left."""
        simulation, now = self._simulation, self._simulation.clock.now()
        if now - end < HOUR:
            seen = simulation.query(lambda app: app.azure.observe(vm.machine.id))
            assert isinstance(seen, Observation)
            assert vm.maintenance is not None
            start = vm.maintenance.self_service_start or end
            simulation.monitor.phases.on_phase_ended(
                vm,
                is_moved=seen.maintenance is None,
                is_refused=(vm.machine.id, vm.maintenance.wave) in simulation.azure.not_eligible,
                started=start,
            )
        elif now - end > DAY:
            vm.maintenance = None

    def _operator_round(self) -> None:
        """Repairs machines, retries parked jobs, and lifts halts, holds and pauses of the app."""
        simulation, now = self._simulation, self._simulation.clock.now()
        for vm in simulation.azure.machines():
            moves = simulation.azure.moves_of(vm.machine.id)
            if moves and moves[-1].ready_at is None and moves[-1].ended_at <= now:
                simulation.log.disturbance("operator", "repairs", vm.machine.id)
                simulation.azure.repair(vm.machine.id)
                simulation.monitor.flights.settle(vm.machine.id)
        for thrown in simulation.query(lambda app: app.pauses.all()):
            if thrown.by == "forestall":
                self._resume(thrown.target)
        for lock in simulation.query(lambda app: app.semaphores.all()):
            if lock.halts:
                self._end_halt(lock.scope)
        for job in simulation.query(lambda app: app.jobs.all()):
            if job.state is State.PARKED:
                self._see_to(job.id, job.machine, is_held=bool(job.leases))
        if starts_are_held(simulation):
            self._go_on()
        simulation.loop.at(simulation.now + _OPERATOR_EVERY, self._operator_round)

    def _go_on(self) -> None:
        """Nothing was lost: a long outage looks like a loss until an operator has looked."""
        self._simulation.log.disturbance("operator", "goes on")
        self._simulation.as_operator("go on", lambda app: go_on(app, by="o", reason="looked"))

    def _resume(self, target: str) -> None:
        self._simulation.as_operator(
            "resume", lambda app: resume(app, target, by="o", reason="looked")
        )

    def _end_halt(self, scope: Scope) -> None:
        self._simulation.log.disturbance("operator", "ends the halt of", scope)
        self._simulation.as_operator(
            "end halt", lambda app: lift_scope_halts(app, scope, by="o", reason="repaired")
        )

    def _see_to(self, job: JobId, machine: MachineId, *, is_held: bool) -> None:
        simulation = self._simulation
        simulation.monitor.flights.settle(machine)
        simulation.log.disturbance("operator", "retries", machine)
        if is_held and simulation.random.random() < 0.3:
            simulation.as_operator(
                "release", lambda app: release_parked(app, job, by="o", reason="looked")
            )
        else:
            simulation.as_operator("retry", lambda app: retry(app, job, by="o", reason="once more"))
