"""HTTP triggers that only read.

Health, jobs, semaphores, pauses, and the explanation of one machine.
"""

import asyncio

import azure.functions as func

from functions.http import (
    LONGEST_WAIT,
    InvalidRequest,
    as_json,
    problem,
    with_anonymous_error_responses,
    with_error_responses,
)
from functions.operators.requests import (
    after_of,
    flag_of,
    limit_of,
    machine_of,
    machine_state_of,
    state_of,
    subscription_of,
)
from functions.operators.views.explanation import explanation_view
from functions.operators.views.health import AnonymousHealthView, health_view
from functions.operators.views.jobs import job_list
from functions.operators.views.machines import machine_list
from functions.operators.views.pauses import pause_list
from functions.operators.views.scans import scan_list
from functions.operators.views.semaphores import semaphore_list
from shared.bootstrap import get_app
from shared.errors import InvalidCursor, StorageUnavailable
from shared.usecases.clocks.keep import keep_ticking
from shared.usecases.show import jobs, machines, pauses, scans, semaphores
from shared.usecases.show.explain import explain
from shared.usecases.show.health import Health, report_health
from shared.version import VERSION

blueprint = func.Blueprint()


@blueprint.route(route="health", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS)
@with_anonymous_error_responses
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """200 when the app can work; otherwise 503, with no more than the names of wrong settings."""
    await _report()
    return as_json(AnonymousHealthView(status="ok", version=VERSION))


@blueprint.route(route="v1/health", methods=["GET", "HEAD"])
@with_error_responses
async def show_health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - as above
    """200 with mode and pauses when the app can work; 503 with every problem otherwise."""
    return as_json(health_view(await _report()))


async def _report() -> Health:
    """Unavailable where the state does not respond in time: a monitor must not wait for it."""
    try:
        async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
            app = await get_app()
            health = await report_health(app)
    except TimeoutError:
        waited = f"{LONGEST_WAIT.total_seconds():g} s"
        raise StorageUnavailable(f"the state does not respond within {waited}") from None
    await keep_ticking(app)
    return health


@blueprint.route(route="v1/jobs", methods=["GET", "HEAD"])
@with_error_responses
async def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """A page of jobs, of one `subscription`, in one `state`; `archived=true`: of its archive.

    At most `limit` of them, from `after` on.
    """
    subscription, state, limit = subscription_of(req), state_of(req), limit_of(req)
    archived, after = flag_of(req, "archived"), after_of(req)
    if after is not None and "~" not in after:
        raise InvalidRequest("after is no place in the list of jobs", "bad-cursor")
    if not archived:
        found = await jobs.list_jobs(
            await get_app(), subscription=subscription, state=state, after=after, at_most=limit
        )
    elif subscription is None:
        raise InvalidRequest("the archive is read by subscription: add subscription=<id>")
    else:
        found = await jobs.list_archived_jobs(
            await get_app(), subscription, state=state, after=after, at_most=limit
        )
    return as_json(job_list(found))


@blueprint.route(route="v1/machines", methods=["GET", "HEAD"])
@with_error_responses
async def list_machines(req: func.HttpRequest) -> func.HttpResponse:
    """Machines in an open phase, each with its job or why it has none; by `subscription`, `state`.

    At most `limit` of them, from `after` on.
    """
    subscription, state, limit = subscription_of(req), machine_state_of(req), limit_of(req)
    after = after_of(req)
    try:
        page = await machines.list_machines(
            await get_app(), subscription=subscription, state=state, after=after, at_most=limit
        )
    except InvalidCursor as fault:
        raise InvalidRequest(str(fault), "bad-cursor") from fault
    return as_json(machine_list(page))


@blueprint.route(route="v1/semaphores", methods=["GET", "HEAD"])
@with_error_responses
async def list_semaphores(req: func.HttpRequest) -> func.HttpResponse:
    """A page of locks: who holds them, who waits for them, and why nobody may start.

    At most `limit` of them, from `after` on.
    """
    limit, after = limit_of(req), after_of(req)
    found = await semaphores.list_semaphores(await get_app(), after=after, at_most=limit)
    return as_json(semaphore_list(found))


@blueprint.route(route="v1/explain", methods=["GET", "HEAD"])
@with_error_responses
async def explain_machine(req: func.HttpRequest) -> func.HttpResponse:
    """Why a machine stands where it stands; `machine` is its ARM id."""
    machine = machine_of(req)
    found = await explain(await get_app(), machine)
    if found is None:
        return problem(
            404, f"there has never been a job for {machine}, and no scan saw it in an open phase"
        )
    return as_json(explanation_view(found))


@blueprint.route(route="v1/scans", methods=["GET", "HEAD"])
@with_error_responses
# The name is the binding's.
async def list_scans(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """Where the scans of each watched subscription stand, those that fail first."""
    return as_json(scan_list(await scans.list_scans(await get_app())))


@blueprint.route(route="v1/pauses", methods=["GET", "HEAD"])
@with_error_responses
async def list_pauses(req: func.HttpRequest) -> func.HttpResponse:
    """A page of the pauses in force: nothing new starts in their targets.

    At most `limit` of them, from `after` on.
    """
    limit, after = limit_of(req), after_of(req)
    return as_json(
        pause_list(await pauses.list_pauses(await get_app(), after=after, at_most=limit))
    )
