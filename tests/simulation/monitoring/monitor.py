"""The invariants I1-I4, I6 and I7, checked at every call from what happened in the world.

The app's tables are not asked.

The monitor gets what each invocation read, wrote and sent, and every move of every machine.
I5 is checked at the end (`tests.simulation.final_checks`), because only then a loss is certain.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.audit.rules import Windows
from sandbox.audit.windows import open_until
from shared.domain.audit import AuditRecord
from shared.domain.generation import Mark
from shared.domain.job.job import Job, JobId
from shared.domain.job.states import State
from shared.domain.lock.semaphore import CLOCK_SKEW, Semaphore
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.messages import Notification
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.last_checks import max_call_delay
from shared.domain.redeploy.pauses import Pause
from tests.simulation.monitoring.flights import Failure, Flights
from tests.simulation.monitoring.job_checks import JobChecks
from tests.simulation.monitoring.loss_check import LossCheck
from tests.simulation.monitoring.start_checks import StartChecks
from tests.simulation.monitoring.tier_checks import TierChecks
from tests.simulation.monitoring.tolerances import TOLERANCE, InvariantViolated, name_of
from tests.support.fake_azure import (
    OURSELVES,
    ActualRedeploy,
    FakeAzure,
    FakeVm,
    ObservedHealthCheck,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewReading:
    """What an invocation knows of a machine: as of when, its wave, and whether it may be called."""

    at: datetime
    allowed: bool
    wave: datetime | None = None


@dataclass(slots=True)
class InvocationKnowledge:
    """What one invocation has done so far."""

    readings: dict[MachineId, ViewReading] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)
    health_checks: dict[MachineId, ObservedHealthCheck] = field(default_factory=dict)


class InvariantMonitor:
    """Raises Broken at the event that breaks an invariant."""

    def __init__(
        self,
        *,
        azure: FakeAzure,
        vms: Iterable[FakeVm],
        policy: Policy,
        windows: Windows,
        health_checked: frozenset[MachineId],
        now: Callable[[], datetime],
    ) -> None:
        self._world = azure
        self._policy = policy
        self._windows = windows
        #: machines that have a health check
        self._health_checked = health_checked
        self._now = now
        self._knows: dict[str, InvocationKnowledge] = defaultdict(InvocationKnowledge)
        self._in_transit: dict[MachineId, int] = defaultdict(int)
        #: when the last call was sent for each machine, and those of each placement that moved one
        self._sent: dict[MachineId, datetime] = {}
        self._moved: dict[str, list[tuple[MachineId, datetime]]] = defaultdict(list)
        self._pauses: dict[str, Pause] = {}
        self._halted: dict[str, datetime] = {}
        self._jobs: dict[JobId, Job] = {}
        self._everyone = {each.machine.id: each for each in vms}
        self._members = dict(self._everyone)
        self._flights = Flights(
            azure=azure, vms=self._everyone, policy=policy, health_checked=health_checked, now=now
        )
        self._starts = StartChecks(flights=self._flights, vms=self._everyone, policy=policy)
        self._tiers = TierChecks(flights=self._flights, vms=self._everyone, policy=policy)
        self._job_checks = JobChecks()
        self._loss = LossCheck()
        self._machines: dict[str, MachineId] = {}
        self.calls = 0

    def on_machine_deleted(self, machine: MachineId) -> None:
        """A machine is not there any more."""
        del self._members[machine]
        self._flights.gone[machine] = self._now()

    def on_instance_view_read(self, who: str, seen: Observation | NotFound) -> None:
        """An invocation has read a machine's instance view, as of the observation's instant.

        `who` is a process where a listing of a set had the view: its invocations share that.
        """
        status = seen.maintenance if isinstance(seen, Observation) else None
        self._knows[who].readings[seen.machine] = ViewReading(
            at=seen.at,
            allowed=status is not None and status.allowed,
            wave=None if status is None else status.wave,
        )

    def on_machine_read(self, who: str, machine: MachineId) -> None:
        """An invocation has read a machine's own resource; the instance view says enough here."""

    def on_health_checked(self, who: str) -> None:
        """An invocation got the result of a health check: the last one of the world's."""
        look = self._world.health_checks[-1] if self._world.health_checks else None
        if look is not None and look.at == self._now():
            self._knows[who].health_checks[look.machine] = look

    def on_audit_record(self, who: str, line: AuditRecord) -> None:
        """An invocation has put a line on the audit trail."""
        if line.event == "about_to_call":
            self._knows[who].intents.add(line.detail["machine"])

    def on_notification(self, notification: Notification) -> None:
        """An operator is notified.

        A machine that did not come back counts for no cap any more.

        Where the error budget had room for it, it keeps no lane out either: that is what the budget
        is for.
        """
        if notification.kind not in ("scope.halted", "job.failed"):
            return
        name, _, text = notification.text.partition(": ")
        halted = (
            text.partition("halted: ")[2].split(", ") if notification.kind == "scope.halted" else []
        )
        machine = MachineId(name)
        failure = Failure(at=self._now(), halted=frozenset(halted))
        self._flights.failed[machine] = failure
        if not failure.has_halted(self._everyone[machine].placement):
            self._check_error_budget(machine)

    def _check_error_budget(self, machine: MachineId) -> None:
        """Fewer machines of one placement than the bound failed in running waves."""
        placement, now = self._everyone[machine].placement, self._now()
        failed = {
            job.machine
            for job in self._jobs.values()
            if job.state is State.FAILED
            and self._everyone[job.machine].placement == placement
            and (job.self_service_end is None or job.self_service_end > now)
        }
        most = self._policy.error_budgets.group.failures
        if most is not None and len(failed) >= most:
            raise InvariantViolated(
                f"failure: {len(failed)} machines of {placement} failed, "
                f"and it was not halted at {most}"
            )

    def on_state_lost(self, *, jobs: bool) -> None:
        """Tables were emptied or set back, now. What was decided on lost jobs is not held up."""
        self._loss.on_lost(self._now())
        self._starts.on_state_lost(self._now())
        if jobs:
            self._jobs.clear()
            self._tiers.on_jobs_lost()
            self._flights.lost_at = self._now()

    def on_mark_stored(self, mark: Mark) -> None:
        """A mark was stored. After an operator's decision, only later halts and pauses count."""
        if self._loss.on_mark(mark):
            lost_at = self._loss.lost_at or self._now()
            self._halted = {s: at for s, at in self._halted.items() if at > lost_at}
            self._pauses = {t: each for t, each in self._pauses.items() if each.at > lost_at}
            self._starts.on_records_lost()

    def on_attempts_cleared(self, machine: MachineId) -> None:
        """A person allows another redeploy, although earlier ones may not be on record."""
        self._starts.cleared[machine] = self._now()

    def machine_of(self, job: str) -> MachineId | None:
        """The machine of a job that was ever saved."""
        return self._machines.get(job)

    def on_paused(self, pause: Pause) -> None:
        """Somebody threw a kill switch, now."""
        self._pauses[pause.target] = pause

    def on_resumed(self, target: str) -> None:
        """Somebody lifted one."""
        self._pauses.pop(target, None)

    def on_semaphore_stored(self, semaphore: Semaphore) -> None:
        """A lock was written."""
        if all(each.lane is not None for each in semaphore.halts):
            self._halted.pop(semaphore.scope, None)
        else:
            self._halted.setdefault(semaphore.scope, self._now())

    def on_job_saved(self, who: str, job: Job) -> None:
        """A job was stored.

        Only an operator's command takes the leases of a parked one, and it ends the machine's
        flight.
        """
        before = self._jobs.get(job.id)
        self._machines[job.id] = job.machine
        look = self._knows[who].health_checks.get(job.machine)
        if look is not None and not look.healthy:
            self._flights.known_failures.add(look)
        reading = self._knows[who].readings.get(job.machine)
        self._job_checks.on_saved(before, job, None if reading is None else reading.wave)
        self._starts.on_job_ended(job, self._now())
        self._tiers.on_job_saved(job, self._now())
        self._jobs[job.id] = job
        if before is None or before.state is not State.PARKED or not before.leases or job.leases:
            return
        now = self._now()
        for redeploy in self._flights.own_redeploys():
            if (
                redeploy.machine == job.machine
                and redeploy.started_at < now - TOLERANCE
                and now < redeploy.ended_at - TOLERANCE
            ):
                raise InvariantViolated(
                    f"I1: the leases of {name_of(job.machine)} were given back "
                    "while it is being moved"
                )
        self.on_settled_by_operator(job.machine)

    def reported_failures(self) -> tuple[MachineId, ...]:
        """Machines that operators were notified of, because they did not come back."""
        return tuple(self._flights.failed)

    def on_settled_by_operator(self, machine: MachineId) -> None:
        """A person has looked at a machine and brought it back.

        What was in flight there is over.
        """
        self._flights.mark_settled(machine)

    def on_call_sent(self, who: str, machine: MachineId) -> None:
        """An invocation sends the call; what it knew and when counts from here."""
        self.calls += 1
        now = self._now()
        self._check_allowed_by_instance_view(who, machine, now)
        self._check_change_window(machine, now)
        self._check_neighbours_were_read(who, machine, now)
        self._check_was_healthy(who, machine, now)
        self._check_not_paused(machine, now)
        self._tiers.check(machine, now)
        self._loss.check(machine, now, max_call_delay(self._policy.timing))
        if machine not in self._knows[who].intents:
            raise InvariantViolated(
                f"I7: {name_of(machine)} was called without the intent on record"
            )
        self._sent[machine] = now
        if self._in_transit[machine]:
            raise InvariantViolated(
                f"I2: {name_of(machine)} was called while another call for it is on its way"
            )
        if any(
            each.machine == machine and now < each.ended_at
            for each in self._flights.own_redeploys()
        ):
            raise InvariantViolated(f"I2: {name_of(machine)} was called while its operation runs")
        self._in_transit[machine] += 1

    def _check_spacing(self, machine: MachineId) -> None:
        """Two calls that moved machines of a placement have the minimum time between them."""
        placement, spacing = self._everyone[machine].placement, self._policy.limits.spacing
        sent = self._sent[machine]
        for other, at in self._moved.get(placement, ()):
            if other != machine and abs(sent - at) < spacing - TOLERANCE:
                raise InvariantViolated(
                    f"spacing: {name_of(machine)} was called {sent - at} after "
                    f"{name_of(other)}; the spacing is {spacing}"
                )
        self._moved[placement].append((machine, sent))

    def on_call_lost(self, machine: MachineId) -> None:
        """A call that was sent will never arrive."""
        self._in_transit[machine] -= 1

    def on_call_received(self, machine: MachineId) -> None:
        """A call has reached Compute.

        Where it moves the machine, that is the last of the world's moves.
        """
        self._in_transit[machine] -= 1
        redeploy = self._world.redeploys[-1] if self._world.redeploys else None
        if (
            redeploy is None
            or redeploy.machine != machine
            or redeploy.started_at != self._now()
            or redeploy.by != OURSELVES
        ):
            return
        self._check_spacing(machine)
        self._starts.on_redeploy_started(redeploy)

    def _check_allowed_by_instance_view(self, who: str, machine: MachineId, now: datetime) -> None:
        reading = self._knows[who].readings.get(machine)
        if reading is None or not reading.allowed:
            raise InvariantViolated(
                f"I3: {name_of(machine)} was called without its own word: {reading}"
            )
        if now - reading.at > max_call_delay(self._policy.timing) + TOLERANCE:
            raise InvariantViolated(
                f"I3: {name_of(machine)} was called on a word that is {now - reading.at} old"
            )

    def _check_was_healthy(self, who: str, machine: MachineId, now: datetime) -> None:
        """A machine that passed no health check before could not be proved to have come back."""
        if machine not in self._health_checked:
            return
        look = self._knows[who].health_checks.get(machine)
        if look is None or not look.healthy:
            raise InvariantViolated(
                f"I6: {name_of(machine)} was called without passing its health check: {look}"
            )
        if now - look.at > max_call_delay(self._policy.timing) + TOLERANCE:
            raise InvariantViolated(
                f"I6: {name_of(machine)} was called on a health check that is {now - look.at} old"
            )

    def _check_change_window(self, machine: MachineId, now: datetime) -> None:
        closes = open_until(self._windows, now)
        opens_soon = open_until(self._windows, now + CLOCK_SKEW)
        duration = self._policy.timing.expected_duration
        fits = closes is not None and now + duration <= closes + CLOCK_SKEW
        if not fits and not (closes is None and opens_soon is not None):
            raise InvariantViolated(
                f"I4: {name_of(machine)} was called at {now:%H:%M:%S}; the window ends {closes}"
            )

    def _check_neighbours_were_read(self, who: str, machine: MachineId, now: datetime) -> None:
        vm = self._everyone[machine]
        process = who.partition(".")[0]
        readings = {**self._knows[process].readings, **self._knows[who].readings}
        for member in self._members.values():
            if member.placement != vm.placement or member is vm:
                continue
            reading = readings.get(member.machine.id)
            if reading is None:
                raise InvariantViolated(
                    f"I6: {name_of(machine)} was called without a look at "
                    f"{name_of(member.machine.id)}"
                )
            if now - reading.at > max_call_delay(self._policy.timing) + TOLERANCE:
                raise InvariantViolated(
                    f"I6: the look at {name_of(member.machine.id)} is {now - reading.at} old"
                )
            self._check_no_visible_redeploy_by_others(vm, member, reading, now)

    def _check_no_visible_redeploy_by_others(
        self, vm: FakeVm, member: FakeVm, reading: ViewReading, now: datetime
    ) -> None:
        """A move by others counts where the invocation could see it.

        What began after its look, nobody can know.

        A later move ends a former one. How long a machine that runs has not been well, only some
        Azures tell.
        """
        began = [
            m
            for m in self._world.redeploys
            if m.machine == member.machine.id and m.started_at <= reading.at
        ]
        for redeploy in began[-1:]:
            over = redeploy.ended_at
            if self._world.reports_operation_end and redeploy.ready_at is not None:
                over = min(
                    redeploy.ready_at, redeploy.ended_at + self._policy.timing.verify_timeout
                )
            visible = reading.at < over and now < over
            if redeploy.by != OURSELVES and visible and member.update_domain != vm.update_domain:
                raise InvariantViolated(
                    f"I1: {name_of(vm.machine.id)} was called while a colleague moves "
                    f"{name_of(redeploy.machine)}"
                )
            if redeploy.by != OURSELVES:
                self._check_others_count_in_full(vm, redeploy, reading, now)

    def _check_others_count_in_full(
        self, vm: FakeVm, redeploy: ActualRedeploy, reading: ViewReading, now: datetime
    ) -> None:
        """Bake time and cool-down run after a move by others too, where Azure shows its end.

        A move of a machine that has a job with an attempt is part of that job.
        """
        ready, timing = redeploy.ready_at, self._policy.timing
        judged = any(
            job.machine == redeploy.machine and (job.state.may_be_in_flight or job.attempts > 0)
            for job in self._jobs.values()
        )
        if ready is None or judged or not self._world.reports_operation_end:
            return
        if reading.at < ready + TOLERANCE or ready > redeploy.ended_at + timing.verify_timeout:
            return
        over = ready + timing.bake_time
        if redeploy.update_domain != vm.update_domain:
            over += self._policy.limits.cool_down
        if now < over - TOLERANCE:
            raise InvariantViolated(
                f"I1: {name_of(vm.machine.id)} was called {now - ready} after a colleague's "
                f"{name_of(redeploy.machine)} was ready again; it has to wait {over - ready}"
            )

    def _check_not_paused(self, machine: MachineId, now: datetime) -> None:
        """A switch takes effect immediately for what starts later.

        What had passed it already has its time to act.
        """
        for pause in self._pauses.values():
            hit = pause.target in ("everything", f"machine:{machine}")
            if hit and now > pause.at + max_call_delay(self._policy.timing) + TOLERANCE:
                raise InvariantViolated(
                    f"kill switch: {name_of(machine)} was called {now - pause.at} after "
                    f"{pause.target} was paused"
                )

        for scope, at in self._halted.items():
            hit = scope.endswith(self._everyone[machine].placement)
            if hit and now > at + max_call_delay(self._policy.timing) + TOLERANCE:
                raise InvariantViolated(
                    f"halt: {name_of(machine)} was called {now - at} after {scope} was halted"
                )
