"""HTTP triggers of a rehearsal: each hop of a deployment once. RehearsalRefused in the mode `act`.

The rehearsal has no way to a machine.
"""

import secrets

import azure.functions as func

from functions.http import as_json, problem, with_error_responses
from functions.operators.requests import Command, RehearsalCommand, body_of, rehearsal_of
from functions.operators.views.rehearsal import (
    arrivals_view,
    events_written,
    rehearsal_started,
    tried,
)
from shared.bootstrap import get_app
from shared.usecases.rehearse.alerts import write_events
from shared.usecases.rehearse.messages import arrivals, send
from shared.usecases.rehearse.start import RehearsalRefused, start
from shared.usecases.rehearse.tables import try_tables

blueprint = func.Blueprint()


@blueprint.route(route="v1/rehearsal", methods=["POST"])
@with_error_responses
async def start_rehearsal(req: func.HttpRequest) -> func.HttpResponse:
    """Begin a rehearsal: {"reason": "...", "by": "..."}."""
    command = body_of(req, Command)
    token = secrets.token_hex(4)
    begun = await start(await get_app(), token=token, by=command.by, reason=command.reason)
    return (
        _not_possible(begun)
        if isinstance(begun, RehearsalRefused)
        else as_json(rehearsal_started(begun))
    )


@blueprint.route(route="v1/rehearsal/tables", methods=["POST"])
@with_error_responses
async def rehearse_tables(req: func.HttpRequest) -> func.HttpResponse:
    """Write, read and delete one row in each table: {"rehearsal": "...", "reason", "by"}."""
    command = body_of(req, RehearsalCommand)
    token = secrets.token_hex(4)
    found = await try_tables(await get_app(), command.rehearsal, token=token, by=command.by)
    return _not_possible(found) if isinstance(found, RehearsalRefused) else as_json(tried(found))


@blueprint.route(route="v1/rehearsal/messages", methods=["POST"])
@with_error_responses
async def rehearse_messages(req: func.HttpRequest) -> func.HttpResponse:
    """Send two messages through each queue, one to be given up: {"rehearsal", "reason", "by"}."""
    command = body_of(req, RehearsalCommand)
    found = await send(await get_app(), command.rehearsal, by=command.by)
    return _not_possible(found) if isinstance(found, RehearsalRefused) else as_json(tried(found))


@blueprint.route(route="v1/rehearsal/arrivals", methods=["GET", "HEAD"])
@with_error_responses
async def show_arrivals(req: func.HttpRequest) -> func.HttpResponse:
    """Which messages of a `rehearsal` have arrived."""
    found = await arrivals(await get_app(), rehearsal_of(req))
    return (
        _not_possible(found)
        if isinstance(found, RehearsalRefused)
        else as_json(arrivals_view(found))
    )


@blueprint.route(route="v1/rehearsal/alerts", methods=["POST"])
@with_error_responses
async def rehearse_alerts(req: func.HttpRequest) -> func.HttpResponse:
    """Write one event for each alert rule: {"rehearsal": "...", "reason": "...", "by": "..."}.

    Each rule then alerts the operators.
    """
    command = body_of(req, RehearsalCommand)
    found = await write_events(await get_app(), command.rehearsal, by=command.by)
    return (
        _not_possible(found)
        if isinstance(found, RehearsalRefused)
        else as_json(events_written(found))
    )


def _not_possible(refused: RehearsalRefused) -> func.HttpResponse:
    return problem(404 if refused.not_found else 409, refused.reason)
