"""HTTP triggers for operators who look: health, jobs, locks, explanations, pauses. Change nothing."""

import azure.functions as func

from functions.http import BadRequest, answered, as_json, problem
from functions.operators.views import explanation_view, job_view, pause_view, semaphore_view
from shared.bootstrap import house
from shared.usecases.operate.explain import explain

blueprint = func.Blueprint()


@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answered
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """200 when the settings are sound and the state can be read; 503 with the reason otherwise."""
    app = await house()
    pauses = await app.pauses.all()
    return as_json({"status": "ok", "mode": app.mode, "pauses": len(pauses)})


@blueprint.route(route="v1/jobs", methods=["GET"])
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


@blueprint.route(route="v1/semaphores", methods=["GET"])
@answered
async def list_semaphores(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """All locks: who holds them, who waits for them, and why nobody may start."""
    semaphores = [semaphore_view(each) for each in await (await house()).semaphores.all()]
    return as_json({"semaphores": sorted(semaphores, key=lambda each: each["scope"])})


@blueprint.route(route="v1/explain", methods=["GET"])
@answered
async def explain_machine(req: func.HttpRequest) -> func.HttpResponse:
    """Why a machine stands where it stands; `machine` is its ARM id."""
    machine = req.params.get("machine")
    if not machine:
        raise BadRequest("name the machine: /api/v1/explain?machine=/subscriptions/.../virtualMachines/...")
    found = await explain(await house(), machine)
    if found is None:
        return problem(404, f"there has never been a job for {machine}")
    return as_json(explanation_view(found))


@blueprint.route(route="v1/pauses", methods=["GET"])
@answered
async def list_pauses(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """The kill switches that are thrown."""
    return as_json({"pauses": [pause_view(each) for each in await (await house()).pauses.all()]})
