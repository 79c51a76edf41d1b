"""A redeploy that Azure works on.

Watched by short looks at its operation, until it ended one way or the other.
"""

from dataclasses import replace

from shared.domain.health.health_check import NO_HEALTH_CHECK
from shared.domain.job.decision import Decision, after
from shared.domain.job.job import Job
from shared.domain.job.states import Event
from shared.domain.machine.arm_responses import OperationState, OperationStatus
from shared.domain.machine.instance_view import Observation
from shared.domain.redeploy.operation import follow_operation, is_inconclusive
from shared.domain.redeploy.verification import verify
from shared.errors import AzureUnavailable
from shared.ports import Stored
from shared.telemetry import log_event
from shared.usecases.app import App
from shared.usecases.jobs.locks import with_leases_renewed
from shared.usecases.jobs.transitions import apply, with_observation
from shared.usecases.redeploy.check_health import check_health


async def poll_operation(app: App, stored: Stored[Job]) -> None:
    """Look at the operation once, and at the machine if the operation says nothing.

    Once the operation has succeeded, the first look of the verification is made in the same step.
    So the job is saved once for both.
    """
    job = stored.value
    reading = await app.azure.read_operation(job.operation) if job.operation else None
    seen = await app.azure.observe(job.machine) if is_inconclusive(reading) else None
    looked = stored if seen is None else with_observation(stored, seen)
    decision = follow_operation(looked.value, reading, seen, app.policy_of(looked.value), app.now())
    if _has_succeeded(reading, decision):
        looked, decision = await _with_first_look(app, looked, decision)
    await apply(app, looked, await with_leases_renewed(app, job, decision))


def _has_succeeded(reading: OperationStatus | None, decision: Decision) -> bool:
    return (
        decision.event is Event.FINISHED
        and reading is not None
        and reading.state is OperationState.SUCCEEDED
    )


async def _with_first_look(
    app: App, stored: Stored[Job], finished: Decision
) -> tuple[Stored[Job], Decision]:
    """The end of the operation together with the first look of the verification.

    Where that look would end the job, or cannot be made, verification makes it in a step of its
    own.
    """
    job = stored.value
    try:
        seen = await app.azure.observe(job.machine)
    except AzureUnavailable as outage:
        log_event("verification.later", job=job.id, reason=outage)
        return stored, finished
    if not isinstance(seen, Observation):
        return stored, finished
    looked = with_observation(stored, seen)
    health = await check_health(app, job) if job.is_ready(seen) else NO_HEALTH_CHECK
    now = app.now()
    first = verify(after(looked.value, finished, now), seen, health, app.policy_of(job), now)
    if first.event is not None:
        return stored, finished
    changes = {**finished.changes, **first.changes}
    return looked, replace(finished, reason=first.reason, at=first.at, changes=changes)
