"""What others do meanwhile.

Owners, others, operators, Azure, and the hosts of the processes.

Each disturbance happens once, at a moment drawn beforehand; after the faults end, the operator
works until nothing is left to do.
"""

from dataclasses import replace
from random import Random

from shared.domain.generation import Mark
from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import Power
from shared.domain.machine.placement import Scope
from shared.domain.reasons import MOVED_UNSEEN
from shared.usecases.operate.go_on import go_on
from shared.usecases.operate.job_commands import cancel, release_parked, retry
from shared.usecases.operate.pause import lift_scope_halts, pause, resume
from shared.usecases.operate.release_lease import release_lease
from shared.usecases.operate.reopen import reopen
from tests.simulation.lost_state import LostState
from tests.simulation.scenario import draw_script
from tests.simulation.simulation import FUNCTION_TIMEOUT, Simulation, Work
from tests.support.fake_azure import ActualRedeploy, FakeVm, HealthOutage
from tests.support.fleets import HOUR, MINUTE

_PORTS = (
    "azure",
    "jobs",
    "semaphores",
    "queues",
    "audit_trail",
    "inventory",
    "pauses",
    "health_checks",
)
_OPERATOR_ROUND_EVERY = 1200.0


class Disturbances:
    """Everything that is not done by the app itself."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        # Numbers that come again.
        self._random = Random(simulation.scenario.seed + 2_000_003)  # noqa: S311
        self._vms = {each.machine.id: each for each in simulation.scenario.vms}
        #: of its own, so that the other draws of a seed stay as they were
        # Numbers that come again.
        self._owners = Random(simulation.scenario.seed + 5_000_003)  # noqa: S311

    def schedule(self) -> None:
        """Draw the disturbances of this run, and put the operator's rounds after its faults end."""
        fault_seconds = self._simulation.scenario.fault_period.total_seconds()
        kinds = (
            self._redeploy,
            self._redeploy,
            self._delete,
            self._stop_and_start,
            self._reschedule_wave,
            self._cancel_wave,
            self._step_clock,
            self._suspend_process,
            self._suspend_host,
            self._kill_process,
            self._partition_port,
            self._pause,
            self._cancel_job,
            self._retry_job,
            self._retry_job,
            self._release_job,
            self._fail_health_check,
            self._fail_health_check,
            self._expire_operations,
        )
        for _ in range(int(len(kinds) * self._simulation.scenario.fault_rates.disturbances)):
            self._simulation.loop.at(
                self._random.uniform(60.0, fault_seconds), self._random.choice(kinds)
            )
        if self._owners.random() < 0.4:
            self._simulation.loop.at(self._owners.uniform(60.0, fault_seconds), self._opt_out)
        for _ in range(self._owners.choice((0, 0, 1, 3))):
            self._simulation.loop.at(
                self._owners.uniform(1800.0, fault_seconds + 1800.0), self._reopen_job
            )
        self._simulation.loop.at(fault_seconds + _OPERATOR_ROUND_EVERY, self._operator_round)
        LostState(self._simulation, self._go_on).schedule()

    def _redeploy(self) -> None:
        vm = self._random_vm()
        if vm is not None and vm.power is Power.RUNNING:
            self._simulation.log.disturbance("colleague", "redeploys", vm.machine.id)
            script = draw_script(self._random)
            script = replace(
                script,
                agent_ready_after=script.agent_ready_after or MINUTE,
                healthy_after=script.duration,
            )
            self._simulation.azure.redeploy(vm.machine.id, script)

    def _delete(self) -> None:
        vm = self._random_vm()
        if vm is not None and self._random.random() < 0.3:
            self._simulation.log.disturbance("owner", "deletes", vm.machine.id)
            del self._vms[vm.machine.id]
            self._simulation.azure.delete(vm.machine.id)
            self._simulation.monitor.on_machine_deleted(vm.machine.id)

    def _opt_out(self) -> None:
        """An owner excludes a machine by its tag, and may include it again later."""
        if not self._vms:
            return
        vm = self._owners.choice(list(self._vms.values()))
        self._simulation.log.disturbance("owner", "excludes", vm.machine.id)
        vm.machine = replace(vm.machine, tags={**vm.machine.tags, "forestall": "off"})
        vm.opted_out_at = self._simulation.clock.now()

        def opt_in() -> None:
            self._simulation.log.disturbance("owner", "includes", vm.machine.id)
            tags = {name: text for name, text in vm.machine.tags.items() if name != "forestall"}
            vm.machine = replace(vm.machine, tags=tags)
            vm.opted_out_at = None
            self._simulation.scans_since_faults_ended = 0

        if self._owners.random() < 0.5:
            self._simulation.loop.at(
                self._simulation.now + self._owners.choice((1500.0, 6000.0)), opt_in
            )

    def _stop_and_start(self) -> None:
        vm = self._random_vm()
        if vm is None or vm.power is not Power.RUNNING:
            return
        self._simulation.log.disturbance("owner", "stops", vm.machine.id)
        vm.power = self._random.choice((Power.STOPPED, Power.DEALLOCATED))
        moves_away = vm.power is Power.DEALLOCATED and self._random.random() < 0.5

        def start() -> None:
            self._simulation.log.disturbance("owner", "starts", vm.machine.id)
            vm.power = Power.RUNNING
            self._simulation.scans_since_faults_ended = 0
            if moves_away:
                vm.maintenance = None

        self._simulation.loop.at(
            self._simulation.now + self._random.choice((120.0, 1500.0, 4000.0)), start
        )

    def _reschedule_wave(self) -> None:
        """Azure restarts the wave under new times, for all machines or for one."""
        now = self._simulation.clock.now()
        ends = now + self._random.choice((4, 8)) * HOUR
        self._simulation.log.disturbance("azure", "moves the wave")
        for vm in self._random_vms():
            if vm.maintenance is not None:
                start = self._random.choice((now, vm.maintenance.self_service_start))
                vm.maintenance = replace(
                    vm.maintenance, self_service_start=start, self_service_end=ends
                )

    def _cancel_wave(self) -> None:
        if self._random.random() < 0.8:
            return
        self._simulation.log.disturbance("azure", "cancels the wave")
        for vm in self._random_vms():
            vm.maintenance = None

    def _fail_health_check(self) -> None:
        """The application of a machine does not answer for some time, in any state of the platform.

        It comes back by itself.
        """
        vm = self._random_vm()
        if vm is not None and vm.machine.id in self._simulation.scenario.health_checked:
            duration = self._random.choice((1, 4, 15, 60)) * MINUTE
            self._simulation.log.disturbance("owner", "breaks the page of", vm.machine.id, duration)
            now = self._simulation.clock.now()
            self._simulation.azure.health_outages.append(
                HealthOutage(machine=vm.machine.id, start=now, end=now + duration)
            )

    def _step_clock(self) -> None:
        process = self._random.choice(self._simulation.processes)
        offset = self._simulation.scenario.offset
        process.clock.offset = self._random.uniform(-offset, offset)
        self._simulation.log.fault(
            process.name, "clock step", f"now {process.clock.offset:+.1f} s off"
        )

    def _suspend_process(self) -> None:
        self._suspend(self._random.choice((20.0, 90.0, 280.0)), "process stopped", host=False)

    def _suspend_host(self) -> None:
        """Longer than a lease lasts. Nobody else ends a function whose whole host is stopped."""
        self._suspend(self._random.choice((90.0, 400.0, 1200.0)), "host frozen", host=True)

    def _suspend(self, seconds: float, what: str, *, host: bool) -> None:
        process = self._random.choice(self._simulation.processes)
        if process.past_the_fence:
            # docs/guarantees.md, "What is not promised": behind the fence nothing but an end of the
            # process helps.
            seconds = min(seconds, FUNCTION_TIMEOUT)
        self._simulation.log.fault(process.name, what, f"{seconds:g} s")
        self._simulation.suspend(process, seconds, host=host)

    def _kill_process(self) -> None:
        process = self._random.choice(self._simulation.processes)
        self._simulation.log.fault(process.name, "process killed")
        self._simulation.kill(process)

    def _partition_port(self) -> None:
        process = self._random.choice((None, *self._simulation.processes))
        name = None if process is None else process.name
        port = self._random.choice(_PORTS)
        duration = self._random.choice((30.0, 600.0, 3600.0))
        self._simulation.log.fault(name or "everyone", "partition", port, f"{duration:g} s")
        self._simulation.partition.cut(name, port, self._simulation.now + duration)

    def _pause(self) -> None:
        vm = self._random_vm()
        target = (
            "everything"
            if vm is None or self._random.random() < 0.5
            else f"machine:{vm.machine.id}"
        )
        self._simulation.log.disturbance("operator", "pauses", target)
        self._as_operator("pause", lambda app: pause(app, target, reason="drill", by="operator"))
        after = self._random.choice((300.0, 3000.0))
        self._simulation.loop.at(self._simulation.now + after, lambda: self._resume(target))

    def _resume(self, target: str) -> None:
        self._as_operator(
            "resume", lambda app: resume(app, target, by="operator", reason="drill over")
        )

    def _cancel_job(self) -> None:
        """One that waits or is parked; a parked one's flight ends with the operator's command."""
        waiting = (State.PLANNED, State.DEFERRED, State.PARKED)
        jobs = [each for each in self._jobs() if each.state in waiting]
        if jobs:
            job = self._random.choice(jobs)
            self._repair_and_settle(job)
            self._simulation.log.disturbance("operator", "cancels", job.machine)
            self._as_operator(
                "cancel", lambda app: cancel(app, job.id, by="operator", reason="not today")
            )

    def _retry_job(self) -> None:
        """Hastily: without a look at the machine."""
        parked = [each for each in self._jobs() if each.state is State.PARKED]
        if parked:
            job = self._random.choice(parked)
            self._simulation.log.disturbance("operator", "retries at once", job.machine)
            self._retry(job)

    def _reopen_job(self) -> None:
        """Any ended job: whether it may wait again is for the app to see."""
        ended = [each for each in self._jobs() if each.state.is_final]
        if ended:
            job = self._owners.choice(ended)
            self._repair_and_settle(job)
            self._simulation.log.disturbance("operator", "reopens the job of", job.machine)
            self._as_operator(
                "reopen", lambda app: reopen(app, job.id, by="operator", reason="repaired")
            )

    def _release_job(self) -> None:
        """Without a look whether the machine still moves: that is for the app to see."""
        holding = [each for each in self._jobs() if each.state is State.PARKED and each.leases]
        if holding:
            self._release(self._random.choice(holding))

    def _release(self, job: Job) -> None:
        self._simulation.log.disturbance("operator", "releases the leases of", job.machine)
        self._repair_and_settle(job)
        self._as_operator(
            "release", lambda app: release_parked(app, job.id, by="operator", reason="looked at it")
        )

    def _repair_and_settle(self, job: Job) -> None:
        """If the machine is down, the operator repairs it first."""
        for redeploy in self._down():
            if redeploy.machine == job.machine:
                self._repair(redeploy)

    def _repair(self, redeploy: ActualRedeploy) -> None:
        self._simulation.log.disturbance("operator", "repairs", redeploy.machine)
        self._simulation.azure.repair(redeploy.machine)
        self._simulation.monitor.on_settled_by_operator(redeploy.machine)

    def _retry(self, job: Job) -> None:
        if job.reason == MOVED_UNSEEN:
            self._simulation.monitor.on_attempts_cleared(job.machine)
        self._as_operator(
            "retry", lambda app: retry(app, job.id, by="operator", reason="once more")
        )

    def _end_halt(self, scope: Scope) -> None:
        self._as_operator(
            "end halt", lambda app: lift_scope_halts(app, scope, by="operator", reason="repaired")
        )

    def _go_on(self, mark: Mark, immediately: bool) -> None:
        """After a loss the operator repairs what is down. `immediately`: all machines rest."""
        simulation = self._simulation
        down = self._down()
        in_flight = [each for each in self._last_redeploys() if not self._is_over(each)]
        for redeploy in down:
            self._repair(redeploy)
        # A halt may be lost, so the operator looks at each machine that was reported as failed.
        for machine in simulation.monitor.reported_failures():
            simulation.monitor.on_settled_by_operator(machine)
        immediately = immediately and not in_flight
        if immediately:
            for redeploy in self._last_redeploys():
                simulation.monitor.on_settled_by_operator(redeploy.machine)
        simulation.log.disturbance("operator", "goes on", mark.point, immediately)
        self._as_operator(
            "go on", lambda app: go_on(app, by="operator", reason="drill", immediately=immediately)
        )

    def _release_orphans(self, semaphore: Semaphore) -> None:
        """Leases of jobs that the loss left without a row: the operator looks at the machines."""
        jobs = {each.id for each in self._jobs()}
        for lease in semaphore.holders:
            machine = self._simulation.monitor.machine_of(lease.job)
            if lease.job in jobs or machine is None:
                continue
            for redeploy in self._down():
                if redeploy.machine == machine:
                    self._repair(redeploy)
            self._simulation.monitor.on_settled_by_operator(machine)
            self._simulation.log.disturbance("operator", "releases a lease without a job", machine)
            self._as_operator(
                "release lease",
                lambda app, lease=lease: release_lease(  # type: ignore[misc]
                    app, semaphore.scope, lease.token, by="operator", reason="looked at it"
                ),
            )

    def _expire_operations(self) -> None:
        self._simulation.log.disturbance("azure", "forgets its operations")
        self._simulation.azure.expire_operations()

    def _operator_round(self) -> None:
        """The operator lifts every switch, brings back what is down, and ends halts.

        Parked jobs are retried, or their leases released.
        """
        simulation = self._simulation
        for thrown in simulation.query(lambda app: app.pauses.all()):
            self._resume(thrown.target)
        for redeploy in self._down():
            self._repair(redeploy)
        for semaphore in simulation.query(lambda app: app.semaphores.all()):
            self._release_orphans(semaphore)
            if semaphore.halts:
                simulation.log.disturbance("operator", "ends the halt of", semaphore.scope)
                # The command ends the flights that the halts are for, by any repair of the
                # machines.
                for job in self._jobs():
                    if any(job.id == each.job for each in semaphore.halts):
                        simulation.monitor.on_settled_by_operator(job.machine)
                self._end_halt(semaphore.scope)
        for job in self._jobs():
            if job.state is State.PARKED and simulation.scenario.retries_parked_jobs:
                self._retry(job)
            elif job.state is State.PARKED and job.leases and simulation.scenario.releases_leases:
                self._release(job)
        simulation.loop.at(simulation.now + _OPERATOR_ROUND_EVERY, self._operator_round)

    def _down(self) -> list[ActualRedeploy]:
        """The last moves of machines that did not come back."""
        now = self._simulation.clock.now()
        return [
            each
            for each in self._last_redeploys()
            if None in (each.ready_at, each.healthy_at)
            and each.deleted_at is None
            and each.ended_at <= now
        ]

    def _last_redeploys(self) -> list[ActualRedeploy]:
        last = {each.machine: each for each in self._simulation.azure.redeploys}
        return [each for each in last.values() if each.deleted_at is None]

    def _is_over(self, redeploy: ActualRedeploy) -> bool:
        now = self._simulation.clock.now()
        return redeploy.ended_at <= now and (redeploy.ready_at is None or redeploy.ready_at <= now)

    def _jobs(self) -> list[Job]:
        return sorted(self._simulation.query(lambda app: app.jobs.all()), key=lambda each: each.id)

    def _as_operator(self, what: str, work: Work) -> None:
        process = self._simulation.choose_process()
        if process is not None:
            self._simulation.invoke(process, f"operator: {what}", work)

    def _random_vm(self) -> FakeVm | None:
        return self._random.choice(list(self._vms.values())) if self._vms else None

    def _random_vms(self) -> list[FakeVm]:
        vms = list(self._vms.values())
        return vms if self._random.random() < 0.3 else vms[:1]
