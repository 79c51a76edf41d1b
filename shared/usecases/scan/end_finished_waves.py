"""Every scan ends the waiting jobs whose wave is over.

Moves no machine.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from shared.concurrency import map_concurrently
from shared.domain.job.decision import Decision
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.job.wave_end import may_end_at_scan, wave_end_reason
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.machine import Machine, MachineId
from shared.domain.messages import ScanRequest
from shared.domain.policy.eligibility import exemption_under
from shared.errors import MachineUnreadable
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.jobs.stored_job import get_job
from shared.usecases.jobs.transitions import apply


async def end_finished_waves(
    app: App,
    seen: Iterable[tuple[Machine, Observation]],
    known: Iterable[Job],
    request: ScanRequest,
) -> None:
    """End each waiting job whose machine does not show its wave any more, or is exempt by now.

    A job that has come as far as its leases is left to its own next step.
    """
    shown = {machine.id: MachineReading(machine, observation) for machine, observation in seen}
    await _end_where_over(app, shown, known, request)


async def end_waves_of_absent(
    app: App, absent: Collection[MachineId], known: Iterable[Job], request: ScanRequest
) -> None:
    """End each waiting job whose machine was deleted.

    `absent`: machines that a complete listing lacks. Each is read alone: it was deleted if
    Azure does not find it either.
    """
    shown: dict[MachineId, MachineReading] = {}
    for found in await map_concurrently(lambda machine: _observe(app, machine), sorted(absent)):
        if found is not None:
            shown[found.machine] = MachineReading(None, found)
    await _end_where_over(app, shown, known, request)


async def _end_where_over(
    app: App,
    shown: Mapping[MachineId, "MachineReading"],
    known: Iterable[Job],
    request: ScanRequest,
) -> None:
    waiting = [job for job in known if may_end_at_scan(job) and job.machine in shown]
    over = [job for job in waiting if shown[job.machine].end_reason(app, job)]
    await map_concurrently(lambda job: _end(app, job, shown[job.machine], request), over)


@dataclass(frozen=True, slots=True)
class MachineReading:
    """What a scan saw of a machine; `machine` None where its listing lacks it."""

    machine: Machine | None
    seen: Observation | NotFound

    def end_reason(self, app: App, job: Job) -> str | None:
        """Why a job that waits ends now; None if it continues to wait.

        While no rules are certain, none of them ends a job.
        """
        exempt = (
            None
            if self.machine is None or app.no_policy is not None
            else exemption_under(self.machine, app.rules.rules_of(self.machine))
        )
        return wave_end_reason(job, self.seen) if exempt is None else exempt.reason


async def _observe(app: App, machine: MachineId) -> Observation | NotFound | None:
    try:
        return await app.azure.observe(machine)
    except MachineUnreadable as fault:
        log_warning("machine.unreadable", machine=machine, reason=fault)
        return None


async def _end(app: App, job: Job, reading: MachineReading, request: ScanRequest) -> None:
    """Judged again in its current state: what came after the look knows more than it did.

    Lost, the next scan does it.
    """
    stored = await get_job(app, job.id)
    if (
        stored is None
        or not may_end_at_scan(stored.value)
        or stored.value.state_entered_at > reading.seen.at
    ):
        return
    reason = reading.end_reason(app, stored.value)
    if reason is None:
        return
    cause = f"{request.cause.value} {request.trigger_id}"
    over = Decision(event=Event.WITHDRAWN, reason=reason, cause=cause, changes={"superseded": True})
    await apply(app, stored, over)
