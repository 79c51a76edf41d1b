"""The end of a run.

Whether everything has come to rest, and whether anything was lost (I5, and the rest of I7).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from shared.adapters.memory import SettableClock
from shared.domain.audit import AuditRecord
from shared.domain.clocks import PERIOD, ClockStatus
from shared.domain.job.job import Job, JobId
from shared.domain.job.required_locks import required_locks
from shared.domain.job.states import State
from shared.domain.lock.semaphore import Lease, Semaphore
from shared.domain.machine.instance_view import Observation, Power
from shared.domain.machine.machine import MachineId
from shared.domain.machine.maintenance import Phase
from shared.domain.machine.placement import Scope
from shared.domain.messages import Queue
from shared.usecases.app import App
from shared.usecases.retention.sweep import sweep
from shared.usecases.show.machines import list_machines
from tests.simulation.monitoring.tolerances import InvariantViolated
from tests.simulation.simulation import SCAN_EVERY, Simulation
from tests.support.fake_azure import OURSELVES, FakeVm

#: why a machine that Azure would still move may be left as it is
_FINAL_REASONS = ("attempts are used up", "not eligible", "cancelled by")

#: from the end of a run to the sweep: every wave of it is over, and no archive is removed
_LONG_AFTER = timedelta(days=120)


def is_idle(simulation: Simulation) -> bool:
    """Whether nothing would happen any more but timers.

    Asked after two scans that nothing disturbed.
    """
    if (
        simulation.has_faults
        or simulation.scans_since_faults_ended < 3
        or simulation.broker.on_the_way
    ):
        return False
    if any(each.in_progress for each in simulation.processes) or _is_scan_awaited(simulation):
        return False
    if any(
        each.due is not None
        or (simulation.scenario.retries_parked_jobs and each.state is State.PARKED)
        for each in _jobs(simulation)
    ):
        return False
    return not any(
        each.halts or (each.holders and not _may_keep_leases(simulation, each.holders))
        for each in _semaphores(simulation)
    )


def _is_scan_awaited(simulation: Simulation) -> bool:
    """Whether a wave opened, or a machine landed in one, so lately that no two scans came since.

    Two, because the clock of the process that scans may be behind the opening of the wave.
    """
    now = simulation.clock.now()
    since = now - timedelta(seconds=2 * SCAN_EVERY)
    opened = [
        each.maintenance.self_service_start
        for each in simulation.scenario.vms
        if each.maintenance is not None and each.maintenance.self_service_start is not None
    ]
    landed = [
        each.ended_at
        for each in simulation.azure.redeploys
        if each.script.lands_in_wave is not None and each.deleted_at is None
    ]
    return any(since < each <= now for each in (*opened, *landed)) or any(
        now < each + timedelta(seconds=3 * SCAN_EVERY) for each in _shown_again(simulation)
    )


def _shown_again(simulation: Simulation) -> list[datetime]:
    """When Azure shows a wave again that it did not show after a redeploy.

    Two scans see it, and the job has time to be called once more.
    """
    return [
        each.ended_at + each.script.shows_no_wave_for
        for each in simulation.azure.redeploys
        if each.script.shows_no_wave_for and each.deleted_at is None
    ]


def check_final_state(simulation: Simulation) -> None:
    """Raise Broken where something was lost."""
    if not simulation.is_over:
        waiting = [
            f"{_name(each)} {each.state} due {each.due}: {each.reason}"
            for each in _jobs(simulation)
            if each.due
        ]
        held = [
            f"{each.scope} held by {each.holders}"
            for each in _semaphores(simulation)
            if each.holders
        ]
        raise InvariantViolated(
            f"I5: not at rest at the end; {waiting or held or simulation.broker.on_the_way}"
        )
    for job in _jobs(simulation):
        _check_job(simulation, job)
    for semaphore in _semaphores(simulation):
        left = [each.job for each in semaphore.holders if not _may_keep_leases(simulation, (each,))]
        if left:
            raise InvariantViolated(f"I5: {semaphore.scope} is still held by {left}")
    listed = _listed_machines(simulation)
    for vm in simulation.scenario.vms:
        _check_vm_is_handled(simulation, vm)
        _check_vm_is_listed(simulation, vm, listed)
    _check_ticks(simulation)
    _check_retention(simulation)
    _check_dead_letters(simulation)


def _check_ticks(simulation: Simulation) -> None:
    """Two chains of ticks would count twice as fast. One that was lost was started again."""
    if simulation.scenario.timers_stop_at is None:
        return
    status = simulation.query(_clocks)
    periods = simulation.now / PERIOD.total_seconds()
    if not status.number <= periods + 3:
        raise InvariantViolated(
            f"clocks: {status.number} ticks in {periods:.0f} periods: more than one chain"
        )
    if simulation.broker.ticks > 1:
        raise InvariantViolated(f"clocks: {simulation.broker.ticks} ticks are on the way at rest")


async def _clocks(app: App) -> ClockStatus:
    return (await app.scans.load_clocks()).value


def _check_dead_letters(simulation: Simulation) -> None:
    """A message of a newer release waits for that release, which comes within a day."""
    for queue in Queue:
        subject = f"dead-letter:{queue.value}"
        for each in simulation.query(partial(_records_of, subject=subject)):
            if "newer release" in each.detail["reason"] or "version" in each.detail["reason"]:
                raise InvariantViolated(f"releases: {queue.value} gave up {each.detail['body']}")


async def _records_of(app: App, subject: str) -> list[AuditRecord]:
    return list(await app.audit_trail.of(subject))


def _check_job(simulation: Simulation, job: Job) -> None:
    if not job.state.is_final and job.state is not State.PARKED:
        raise InvariantViolated(f"I5: {_name(job)} is {job.state} and waits for nothing")
    if not job.reason:
        raise InvariantViolated(f"I5: {_name(job)} is {job.state} without a reason")
    told = {each.event: each for each in simulation.query(lambda app: app.audit_trail.of(job.id))}
    if job.state in (State.PARKED, State.FAILED) and "notification.delivered" not in told:
        raise InvariantViolated(f"I5: {_name(job)} is {job.state}, and nobody was told")
    moved = any(
        each.machine == job.machine and each.by == OURSELVES for each in simulation.azure.redeploys
    )
    # After a loss, the job that has the intent on its trail may be gone.
    is_lost = simulation.log.disturbances["loses state"] > 0
    if moved and "about_to_call" not in told and not is_lost and _is_the_only_job(simulation, job):
        raise InvariantViolated(f"I7: {_name(job)} was moved, and its audit trail shows no intent")
    if job.state is State.SUCCEEDED and _is_still_scheduled(simulation, job):
        raise InvariantViolated(f"I5: {_name(job)} succeeded, and its machine is still scheduled")


def _is_still_scheduled(simulation: Simulation, job: Job) -> bool:
    """Whether somebody could still do something about it: a closed phase ends in a reboot."""
    seen = _observation(simulation, job)
    status = None if seen is None or seen.power is not Power.RUNNING else seen.maintenance
    vm = next(each for each in simulation.scenario.vms if each.machine.id == job.machine)
    if status is None or vm.opted_out_at is not None:
        return False
    is_open = status.phase_at(simulation.clock.now()) is Phase.SELF_SERVICE
    return status.wave == job.wave and is_open


def _check_vm_is_handled(simulation: Simulation, vm: FakeVm) -> None:
    """A machine that could be moved has been, or there is a reason that a person can read."""
    # The last one counts: an owner may have excluded the machine, and included it again.
    of_vm = [each for each in _jobs(simulation) if each.machine == vm.machine.id]
    job = max(
        (each for each in of_vm if _is_for_current_wave(vm, each)),
        key=lambda each: each.created_at,
        default=None,
    )
    seen = simulation.query(lambda app: app.azure.observe(vm.machine.id))
    if (
        not isinstance(seen, Observation)
        or seen.maintenance is None
        or not seen.maintenance.allowed
    ):
        return
    if vm.power is not Power.RUNNING or vm.must_stay is not None or vm.opted_out_at is not None:
        return
    if job is None:
        raise InvariantViolated(f"I5: {vm.machine.id} could be moved, and there is no job for it")
    excused = job.state in (State.PARKED, State.FAILED) or any(
        each in job.reason for each in _FINAL_REASONS
    )
    if not excused:
        raise InvariantViolated(
            f"I5: {_name(job)} could be moved, and its job ended {job.state}: {job.reason}"
        )


def _listed_machines(simulation: Simulation) -> set[MachineId]:
    """The machines that an operator sees in the list of machines in an open phase."""
    found: set[MachineId] = set()
    after = None
    while True:
        page = simulation.query(partial(list_machines, after=after, at_most=3))
        found |= {each.machine for each in page.machines}
        if (after := page.next) is None:
            return found


def _check_vm_is_listed(simulation: Simulation, vm: FakeVm, listed: set[MachineId]) -> None:
    """A machine in an open phase is listed, with its job or with the reason why it has none."""
    seen = simulation.query(lambda app: app.azure.observe(vm.machine.id))
    status = seen.maintenance if isinstance(seen, Observation) else None
    if status is None or status.is_completed:
        return
    is_open = status.phase_at(simulation.clock.now()) is Phase.SELF_SERVICE
    if is_open and vm.machine.id not in listed:
        raise InvariantViolated(f"I7: {vm.machine.id} is in an open phase, and no list names it")


def _check_retention(simulation: Simulation) -> None:
    """After the sweep the stores are as small as the open work, and each attempt still counts."""
    before = {each.id: each for each in _jobs(simulation)}
    simulation.query(_sweep_later)
    left = {each.id: each for each in _jobs(simulation)}
    open_waves = {each.wave for each in before.values() if not each.state.is_final}
    locks = list(_semaphores(simulation))
    named = {name for lock in locks for name in _jobs_named_by(lock)}
    for job in left.values():
        if job.state.is_final and job.wave not in open_waves and job.id not in named:
            raise InvariantViolated(f"retention: {_name(job)} is over, and is not archived")
    for job in before.values():
        found = simulation.query(partial(_stored_job, job=job.id))
        if found is None or found.attempts != job.attempts:
            raise InvariantViolated(f"I2: the attempts of {_name(job)} are lost with its archive")
        if not job.state.is_final and job.id not in left:
            raise InvariantViolated(f"I5: {_name(job)} is {job.state}, and was archived")
    needed = simulation.query(partial(_needed_scopes, jobs=left.values()))
    for lock in locks:
        unused = not (lock.holders or lock.waiters or lock.halts)
        if unused and lock.scope not in needed:
            raise InvariantViolated(f"retention: {lock.scope} is not needed, and still stored")


def _jobs_named_by(lock: Semaphore) -> Iterator[str]:
    yield from (each.job for each in lock.holders)
    yield from (each.job for each in lock.waiters)
    yield from (each.job for each in lock.halts)


async def _sweep_later(app: App) -> None:
    """The sweep of a night long after every wave."""
    await sweep(replace(app, clock=SettableClock(now=app.now() + _LONG_AFTER)))


async def _stored_job(app: App, job: JobId) -> Job | None:
    stored = await app.jobs.get(job)
    return None if stored is None else stored.value


async def _needed_scopes(app: App, jobs: Iterable[Job]) -> set[Scope]:
    return {
        lock.scope
        for job in jobs
        if not job.state.is_final
        for lock in required_locks(job, app.policy_of(job))
    }


def _is_for_current_wave(vm: FakeVm, job: Job) -> bool:
    return vm.maintenance is not None and vm.maintenance.wave == job.wave


def _is_the_only_job(simulation: Simulation, job: Job) -> bool:
    return sum(each.machine == job.machine for each in _jobs(simulation)) == 1


def _observation(simulation: Simulation, job: Job) -> Observation | None:
    seen = simulation.query(lambda app: app.azure.observe(job.machine))
    return seen if isinstance(seen, Observation) else None


def _may_keep_leases(simulation: Simulation, leases: Iterable[Lease]) -> bool:
    """Only a parked job keeps its leases, and only where nobody released them."""
    if simulation.scenario.releases_leases:
        return False
    parked = {each.id for each in _jobs(simulation) if each.state is State.PARKED}
    return all(each.job in parked for each in leases)


def _jobs(simulation: Simulation) -> Iterator[Job]:
    return iter(simulation.query(lambda app: app.jobs.all()))


def _semaphores(simulation: Simulation) -> Iterator[Semaphore]:
    return iter(simulation.query(lambda app: app.semaphores.all()))


def _name(job: Job) -> str:
    return job.machine.rsplit("/", 1)[-1]
