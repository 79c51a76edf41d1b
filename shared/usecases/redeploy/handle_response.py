"""Azure's response to a call is carried out, even if others changed the job meanwhile.

It is known to us alone.
"""

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.arm_responses import ArmResponse, classify
from shared.domain.redeploy.response import on_response
from shared.ports import Stored
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.jobs.transitions import apply


async def handle_response(app: App, stored: Stored[Job], response: ArmResponse) -> None:
    """Record a response, and do what it means for the job.

    Nothing is done once the job has left the attempt that the response belongs to.
    """
    job = stored.value
    await app.record(job.id, "call_response", response=response, meaning=classify(response).meaning)
    current: Stored[Job] | None = stored
    while current is not None and _is_same_attempt(current.value, job):
        if await apply(
            app,
            current,
            on_response(current.value, response, app.policy_of(current.value), app.now()),
        ):
            return
        current = await app.jobs.get(job.id)
    log_warning("response.too_late", job=job.id, response=response, operation=response.operation)


def _is_same_attempt(job: Job, called: Job) -> bool:
    return job.state is State.ADMITTED and job.called_at == called.called_at
