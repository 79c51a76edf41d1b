"""HTTP triggers for operators: health, jobs, locks, explanations, pauses, and a person's word on a job."""

from typing import Any

import azure.functions as func

from functions.answers import BadRequest, answered, as_json, body_of, problem
from functions.views import explanation_view, job_view, pause_view, semaphore_view
from shared.bootstrap import house
from shared.domain.jobs import JobId
from shared.domain.placement import Scope
from shared.usecases.decide_job import NotPossible, cancel, retry
from shared.usecases.explain import explain
from shared.usecases.pause import end_halt, pause, resume

blueprint = func.Blueprint()


@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answered
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """200 when the settings are sound and the state can be read; 503 with the reason otherwise."""
    app = await house()
    pauses = await app.pauses.all()
    return as_json({"status": "ok", "mode": app.mode, "pauses": len(pauses)})


@blueprint.route(route="jobs", methods=["GET"])
@answered
async def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """All jobs, or those of one `subscription`, or in one `state`."""
    app = await house()
    subscription, state = req.params.get("subscription"), req.params.get("state")
    jobs = [
        job_view(job)
        for job in await app.jobs.all()
        if subscription in (None, job.subscription) and state in (None, job.state.value)
    ]
    return as_json({"jobs": sorted(jobs, key=lambda each: each["machine"])})


@blueprint.route(route="semaphores", methods=["GET"])
@answered
async def list_semaphores(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """All locks: who holds them, who waits for them, and why nobody may start."""
    semaphores = [semaphore_view(each) for each in await (await house()).semaphores.all()]
    return as_json({"semaphores": sorted(semaphores, key=lambda each: each["scope"])})


@blueprint.route(route="explain", methods=["GET"])
@answered
async def explain_machine(req: func.HttpRequest) -> func.HttpResponse:
    """Why a machine stands where it stands; `machine` is its ARM id."""
    machine = req.params.get("machine")
    if not machine:
        raise BadRequest("name the machine: /api/explain?machine=/subscriptions/.../virtualMachines/...")
    found = await explain(await house(), machine)
    if found is None:
        return problem(404, f"there has never been a job for {machine}")
    return as_json(explanation_view(found))


@blueprint.route(route="pauses", methods=["GET"])
@answered
async def list_pauses(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """The kill switches that are thrown."""
    return as_json({"pauses": [pause_view(each) for each in await (await house()).pauses.all()]})


@blueprint.route(route="pause", methods=["POST"])
@answered
async def throw_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Let nothing new start: {"target": "everything", "reason": "...", "by": "..."}."""
    body = _object(req)
    thrown = await pause(
        await house(), _text(body, "target"), reason=_text(body, "reason"), by=_text(body, "by")
    )
    return as_json(pause_view(thrown))


@blueprint.route(route="resume", methods=["POST"])
@answered
async def lift_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Go on where it stood: {"target": "everything", "by": "..."}."""
    body = _object(req)
    target = _text(body, "target")
    if not await resume(await house(), target, by=_text(body, "by")):
        return problem(404, f"{target} is not paused")
    return as_json({"resumed": target})


@blueprint.route(route="halts/lift", methods=["POST"])
@answered
async def lift_halt(req: func.HttpRequest) -> func.HttpResponse:
    """Let a halted scope go on: {"scope": "avset:...", "by": "..."}."""
    body = _object(req)
    scope = Scope(_text(body, "scope"))
    if not await end_halt(await house(), scope, by=_text(body, "by")):
        return problem(404, f"{scope} is not halted")
    return as_json({"lifted": scope})


@blueprint.route(route="jobs/{job}/retry", methods=["POST"])
@answered
async def retry_job(req: func.HttpRequest) -> func.HttpResponse:
    """Have a parked job go on: {"by": "..."}."""
    by = _text(_object(req), "by")
    result = await retry(await house(), JobId(req.route_params["job"]), by=by)
    return problem(409, result.reason) if isinstance(result, NotPossible) else as_json(job_view(result))


@blueprint.route(route="jobs/{job}/cancel", methods=["POST"])
@answered
async def cancel_job(req: func.HttpRequest) -> func.HttpResponse:
    """Give up a job that has not started: {"by": "...", "reason": "..."}."""
    body = _object(req)
    job = JobId(req.route_params["job"])
    result = await cancel(await house(), job, by=_text(body, "by"), reason=_text(body, "reason"))
    return problem(409, result.reason) if isinstance(result, NotPossible) else as_json(job_view(result))


def _object(request: func.HttpRequest) -> dict[str, Any]:
    body = body_of(request)
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"the body needs a non-empty text {name!r}")
    return value
