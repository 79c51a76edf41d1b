"""What the ports of a simulated run tell its judge."""

from typing import Protocol

from shared.domain.audit import AuditRecord
from shared.domain.generation import Mark
from shared.domain.job.job import Job
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import MachineId
from shared.domain.messages import Notification
from shared.domain.redeploy.pauses import Pause


class Observer(Protocol):
    """Is notified of what each invocation (`who`) read, wrote and sent, at the instant it happened.

    A method raises InvariantViolated at the event that breaks a rule.
    """

    def on_instance_view_read(self, who: str, seen: Observation | NotFound) -> None:
        """A machine's instance view was read."""

    def on_machine_read(self, who: str, machine: MachineId) -> None:
        """A machine's own resource was read, with its tags."""

    def on_health_checked(self, who: str) -> None:
        """A health check was answered: the last one of the world's."""

    def on_audit_record(self, who: str, line: AuditRecord) -> None:
        """A line was put on the audit trail."""

    def on_notification(self, notification: Notification) -> None:
        """An operator is notified."""

    def on_mark_stored(self, mark: Mark) -> None:
        """A mark of the generation was stored."""

    def on_paused(self, pause: Pause) -> None:
        """Something was paused."""

    def on_resumed(self, target: str) -> None:
        """A pause was lifted."""

    def on_semaphore_stored(self, semaphore: Semaphore) -> None:
        """A lock was written."""

    def on_job_saved(self, who: str, job: Job) -> None:
        """A job was stored."""

    def on_call_sent(self, who: str, machine: MachineId) -> None:
        """The call was sent."""

    def on_call_lost(self, machine: MachineId) -> None:
        """A call that was sent never arrives."""

    def on_call_received(self, machine: MachineId) -> None:
        """A call has reached Azure."""
