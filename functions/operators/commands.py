"""HTTP triggers for operators who decide: pauses, halts, and a person's word on a job or a lease.

Each takes who says it and why, and puts both on the trail.
"""

from typing import Any

import azure.functions as func

from functions.http import BadRequest, answered, as_json, body_of, problem
from functions.operators.views import job_view, pause_view
from shared.bootstrap import house
from shared.domain.job.job import Job, JobId
from shared.domain.machine.placement import Scope
from shared.usecases.operate.job_commands import NotPossible, cancel, release, retry
from shared.usecases.operate.pause import end_halt, pause, resume
from shared.usecases.operate.release_lease import release_lease

blueprint = func.Blueprint()


@blueprint.route(route="v1/pause", methods=["POST"])
@answered
async def throw_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Let nothing new start: {"target": "everything", "reason": "...", "by": "..."}."""
    body = _object(req)
    thrown = await pause(await house(), _text(body, "target"), **_word(body))
    return as_json(pause_view(thrown))


@blueprint.route(route="v1/resume", methods=["POST"])
@answered
async def lift_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Go on where it stood: {"target": "everything", "reason": "...", "by": "..."}."""
    body = _object(req)
    target = _text(body, "target")
    if not await resume(await house(), target, **_word(body)):
        return problem(404, f"{target} is not paused")
    return as_json({"resumed": target})


@blueprint.route(route="v1/halts/lift", methods=["POST"])
@answered
async def lift_halt(req: func.HttpRequest) -> func.HttpResponse:
    """Let a halted scope go on: {"scope": "avset:...", "reason": "...", "by": "..."}."""
    body = _object(req)
    scope = Scope(_text(body, "scope"))
    if not await end_halt(await house(), scope, **_word(body)):
        return problem(404, f"{scope} is not halted")
    return as_json({"lifted": scope})


@blueprint.route(route="v1/jobs/{job}/retry", methods=["POST"])
@answered
async def retry_job(req: func.HttpRequest) -> func.HttpResponse:
    """Have a parked job go on: {"reason": "...", "by": "..."}."""
    return _job_answer(await retry(await house(), _job(req), **_word(_object(req))))


@blueprint.route(route="v1/jobs/{job}/release", methods=["POST"])
@answered
async def release_job(req: func.HttpRequest) -> func.HttpResponse:
    """Give a parked job's leases back, its machine being in order: {"reason": "...", "by": "...", "evenThoughMoving": false}."""
    body = _object(req)
    return _job_answer(
        await release(
            await house(), _job(req), **_word(body), even_though_moving=_flag(body, "evenThoughMoving")
        )
    )


@blueprint.route(route="v1/jobs/{job}/cancel", methods=["POST"])
@answered
async def cancel_job(req: func.HttpRequest) -> func.HttpResponse:
    """Give up a job that has not started: {"reason": "...", "by": "...", "evenThoughMoving": false}."""
    body = _object(req)
    return _job_answer(
        await cancel(
            await house(), _job(req), **_word(body), even_though_moving=_flag(body, "evenThoughMoving")
        )
    )


@blueprint.route(route="v1/leases/release", methods=["POST"])
@answered
async def release_one_lease(req: func.HttpRequest) -> func.HttpResponse:
    """Give back a lease that no job works under: {"scope": "avset:...", "token": 7, "reason": "...", "by": "..."}."""
    body = _object(req)
    scope, token = Scope(_text(body, "scope")), _number(body, "token")
    result = await release_lease(await house(), scope, token, **_word(body))
    if isinstance(result, NotPossible):
        return _not_possible(result)
    return as_json({"released": {"scope": scope, "token": token, "job": result.job}})


def _job_answer(result: Job | NotPossible) -> func.HttpResponse:
    return _not_possible(result) if isinstance(result, NotPossible) else as_json(job_view(result))


def _not_possible(result: NotPossible) -> func.HttpResponse:
    return problem(404 if result.unknown else 409, result.reason)


def _job(request: func.HttpRequest) -> JobId:
    return JobId(request.route_params["job"])


def _object(request: func.HttpRequest) -> dict[str, Any]:
    body = body_of(request)
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _word(body: dict[str, Any]) -> dict[str, str]:
    """Who says it, and why."""
    return {name: _text(body, name) for name in ("reason", "by")}


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"the body needs a non-empty text {name!r}")
    return value


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"the body needs a whole number {name!r}")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{name!r} must be true or false")
    return value
