"""The judge of a long run: it is notified of what happens, and asks each rule."""

from collections.abc import Callable, Mapping
from datetime import datetime

from shared.domain.audit import AuditRecord
from shared.domain.generation import Mark
from shared.domain.job.job import Job, JobId
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.messages import Notification
from shared.domain.policy.policy import Policy
from shared.domain.redeploy.pauses import Pause
from tests.simulation.weeks.judge.costs import CostRules
from tests.simulation.weeks.judge.flights import FlightRules
from tests.simulation.weeks.judge.phases import PhaseRules
from tests.simulation.weeks.judge.words import Words
from tests.simulation.weeks.rules import RuleBook
from tests.simulation.weeks.world import LongAzure
from tests.support.fake_azure import OURSELVES, FakeVm


class LongJudge:
    """Implements Observer: each event goes to the rules that it concerns."""

    def __init__(
        self,
        *,
        azure: LongAzure,
        vms: Mapping[MachineId, FakeVm],
        book: RuleBook,
        platform: Policy,
        now: Callable[[], datetime],
    ) -> None:
        self._azure = azure
        self._vms = vms
        self._now = now
        self._jobs: dict[JobId, Job] = {}
        self._machines: dict[str, MachineId] = {}
        self._last_read: dict[MachineId, str] = {}
        self.words = Words(book, now)
        self.flights = FlightRules(vms=vms, book=book, platform=platform, now=now)
        self.phases = PhaseRules(book=book, words=self.words, now=now)
        self.costs = CostRules(now)
        self.calls = 0

    def on_instance_view_read(self, who: str, seen: Observation | NotFound) -> None:
        """A machine's instance view was read."""
        status = seen.maintenance if isinstance(seen, Observation) else None
        self.words.known_to(who).views[seen.machine] = status is not None and status.allowed

    def on_machine_read(self, who: str, machine: MachineId) -> None:
        """A machine's own resource was read, with its tags."""
        vm = self._vms.get(machine)
        if vm is not None:
            self.words.known_to(who).machines[machine] = (self._now(), vm.machine)

    def on_health_checked(self, who: str) -> None:
        """No machine of a long run has a health check."""

    def on_audit_record(self, who: str, line: AuditRecord) -> None:
        """A line was put on the audit trail."""
        if line.event == "job.planned":
            self._machines[line.subject] = MachineId(line.detail["machine"])
        elif line.event == "about_to_call":
            self.words.known_to(who).intents.add(line.detail["machine"])

    def on_notification(self, notification: Notification) -> None:
        """An operator is notified."""
        self.costs.notifications += 1
        for job in notification.subjects or (notification.subject,):
            machine = self._machines.get(job)
            if machine is not None:
                self.phases.on_notified(machine)

    def on_mark_stored(self, mark: Mark) -> None:
        """No state is lost in a long run."""

    def on_paused(self, pause: Pause) -> None:
        """Something was paused."""
        self.words.on_paused(pause)

    def on_resumed(self, target: str) -> None:
        """A pause was lifted."""
        self.words.on_resumed(target)

    def on_semaphore_stored(self, semaphore: Semaphore) -> None:
        """The world shows what a lock should have kept out."""

    def on_job_saved(self, who: str, job: Job) -> None:  # noqa: ARG002 - as Observer has it
        """A job was stored."""
        before = self._jobs.get(job.id)
        self.costs.on_job_saved(job, before)
        self.flights.on_job_saved(job, before)
        self._jobs[job.id] = job
        self._machines[job.id] = job.machine

    def on_call_sent(self, who: str, machine: MachineId) -> None:
        """The call was sent."""
        self.calls += 1
        self.words.on_call_sent(who, machine)
        self._last_read[machine] = who

    def on_call_lost(self, machine: MachineId) -> None:
        """A call that was sent never arrives."""
        self.words.on_call_ended(machine)

    def on_call_received(self, machine: MachineId) -> None:
        """A call has reached Azure. Where it moves the machine, that is its last move."""
        self.words.on_call_ended(machine)
        self.costs.on_answer(machine, self._azure.calls[-1].status)
        moves = self._azure.moves_of(machine)
        if moves and moves[-1].started_at == self._now() and moves[-1].by == OURSELVES:
            read = self.words.known_to(self._last_read[machine]).machines.get(machine)
            as_read = self._vms[machine].machine if read is None else read[1]
            self.flights.on_redeploy_started(moves[-1], as_read)
