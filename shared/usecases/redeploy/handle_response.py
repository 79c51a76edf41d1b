"""Azure's response to a call is carried out, whoever looked at the job meanwhile: it is known to us alone."""

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.arm_responses import Answer, classify
from shared.domain.redeploy.response import on_response
from shared.ports import Stored
from shared.telemetry import warn
from shared.usecases.app import App
from shared.usecases.jobs.transitions import apply


async def handle_response(app: App, stored: Stored[Job], answer: Answer) -> None:
    """Record a response, and do what it means for the job, as long as the job is in the attempt that it belongs to."""
    job = stored.value
    await app.record(job.id, "call_answered", answer=answer, meaning=classify(answer).meaning)
    current: Stored[Job] | None = stored
    while current is not None and _is_same_attempt(current.value, job):
        if await apply(app, current, on_response(current.value, answer, app.policy, app.now())):
            return
        current = await app.jobs.get(job.id)
    warn("answer.too_late", job=job.id, answer=answer, operation=answer.operation)


def _is_same_attempt(job: Job, called: Job) -> bool:
    return job.state is State.ADMITTED and job.called_at == called.called_at
