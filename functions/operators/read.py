"""HTTP triggers that only read: health, jobs, semaphores, pauses, and the explanation of one machine."""

import azure.functions as func

from functions.http import BadRequest, answered, as_json, problem
from functions.operators.views import explanation_view, job_view, pause_view, semaphore_view
from shared.bootstrap import house
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.usecases.operate.explain import explain
from shared.usecases.operate.health import report_health
from shared.usecases.operate.list_jobs import list_jobs as find_jobs
from shared.usecases.operate.list_pauses import list_pauses as find_pauses
from shared.usecases.operate.list_semaphores import list_semaphores as find_semaphores

blueprint = func.Blueprint()


@blueprint.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answered
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """200 when the settings are sound and the state can be read; 503 with the reason otherwise."""
    found = await report_health(await house())
    return as_json({"status": "ok", "mode": found.mode, "pauses": found.pauses})


@blueprint.route(route="v1/jobs", methods=["GET"])
@answered
async def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """All jobs, or those of one `subscription`, or in one `state`."""
    subscription, state = req.params.get("subscription"), req.params.get("state")
    jobs = await find_jobs(
        await house(),
        subscription=None if subscription is None else SubscriptionId(subscription.lower()),
        state=None if state is None else _state(state),
    )
    return as_json({"jobs": [job_view(each) for each in jobs]})


@blueprint.route(route="v1/semaphores", methods=["GET"])
@answered
async def list_semaphores(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """All locks: who holds them, who waits for them, and why nobody may start."""
    return as_json({"semaphores": [semaphore_view(each) for each in await find_semaphores(await house())]})


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
    return as_json({"pauses": [pause_view(each) for each in await find_pauses(await house())]})


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as fault:
        known = ", ".join(each.value for each in State)
        raise BadRequest(f"no job can be in the state {text!r}; the states are {known}") from fault
