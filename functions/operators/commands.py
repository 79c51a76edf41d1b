"""HTTP triggers for operators who decide: pauses, halts, and commands on a job or a lease.

Each takes the operator's name and the reason, and the audit trail has both.
"""

import asyncio

import azure.functions as func

from functions.http import (
    LONGEST_WAIT,
    InvalidRequest,
    as_json,
    problem,
    with_error_responses,
)
from functions.operators.requests import (
    Command,
    GoOnCommand,
    JobCommand,
    LeaseCommand,
    PauseCommand,
    ScopeCommand,
    TargetCommand,
    WindowCommand,
    body_of,
    job_of,
    length_of,
    length_of_window,
    scope_of,
    target_of,
)
from functions.operators.views.health import went_on
from functions.operators.views.jobs import job_view
from functions.operators.views.pauses import Resumed, already_view, paused_view
from functions.operators.views.semaphores import Lifted, released
from shared.bootstrap import get_app, how_to_stop
from shared.domain.job.job import Job
from shared.errors import SettingsError, Unavailable
from shared.telemetry import log_warning
from shared.usecases.operate.already import LIFTED, RESUMED, already
from shared.usecases.operate.go_on import go_on
from shared.usecases.operate.job_commands import CommandRejected, cancel, release_parked, retry
from shared.usecases.operate.open_window import open_window
from shared.usecases.operate.pause import lift_scope_halts, resume
from shared.usecases.operate.pause_target import SubscriptionUnknown, pause_target, resolved
from shared.usecases.operate.prioritize import prioritize
from shared.usecases.operate.release_lease import release_lease
from shared.usecases.operate.reopen import reopen

blueprint = func.Blueprint()


@blueprint.route(route="v1/pause", methods=["POST"])
@with_error_responses
async def add_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Let nothing new start: {"target": "everything", "reason": "...", "by": "...", "for": "2h"}.

    Answered within seconds: the pause is stored, or 503 has the command that needs no storage. 409
    where the target holds nothing, unless `evenIfNothing` is true.
    """
    command = body_of(req, PauseCommand)
    target, length = target_of(command), length_of(command)
    try:
        async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
            result = await pause_target(
                await get_app(),
                target,
                reason=command.reason,
                by=command.by,
                length=length,
                even_if_nothing=command.even_if_nothing,
            )
    except (TimeoutError, Unavailable, SettingsError) as outage:
        reason = str(outage) or f"no response within {LONGEST_WAIT.total_seconds():g} s"
        log_warning("pause.not_stored", target=target, by=command.by, reason=reason)
        return problem(503, _not_paused(reason))
    except SubscriptionUnknown as unknown:
        raise InvalidRequest(str(unknown)) from unknown
    if isinstance(result, CommandRejected):
        return _not_possible(result)
    return as_json(paused_view(result))


@blueprint.route(route="v1/resume", methods=["POST"])
@with_error_responses
async def remove_pause(req: func.HttpRequest) -> func.HttpResponse:
    """Continue: {"target": "everything", "reason": "...", "by": "..."}."""
    command = body_of(req, TargetCommand)
    app = await get_app()
    try:
        target = await resolved(app, target_of(command))
    except SubscriptionUnknown as unknown:
        raise InvalidRequest(str(unknown)) from unknown
    if await resume(app, target, reason=command.reason, by=command.by):
        return as_json(Resumed(resumed=target, already=None))
    subject = f"pause:{target}"
    before = await already(app, subject, RESUMED, by=command.by, reason=command.reason)
    if before is None:
        return problem(404, f"{target} is not paused; after a loss of stored state use go-on")
    return as_json(Resumed(resumed=target, already=already_view(before)))


@blueprint.route(route="v1/halts/lift", methods=["POST"])
@with_error_responses
async def lift_halt(req: func.HttpRequest) -> func.HttpResponse:
    """Let work in a halted scope continue: {"scope": "avset:...", "reason": "...", "by": "..."}."""
    command = body_of(req, ScopeCommand)
    scope = scope_of(command)
    app = await get_app()
    if await lift_scope_halts(app, scope, reason=command.reason, by=command.by):
        return as_json(Lifted(lifted=scope, already=None))
    subject = f"scope:{scope}"
    before = await already(app, subject, LIFTED, by=command.by, reason=command.reason)
    if before is None:
        return problem(404, f"{scope} is not halted")
    return as_json(Lifted(lifted=scope, already=already_view(before)))


@blueprint.route(route="v1/go-on", methods=["POST"])
@with_error_responses
async def allow_starts(req: func.HttpRequest) -> func.HttpResponse:
    """Let jobs start again after stored state was lost.

    {"reason": "...", "by": "...", "immediately": false}.
    """
    command = body_of(req, GoOnCommand)
    result = await go_on(
        await get_app(), reason=command.reason, by=command.by, immediately=command.immediately
    )
    if isinstance(result, CommandRejected):
        return _not_possible(result)
    return as_json(went_on(result))


@blueprint.route(route="v1/jobs/{job}/retry", methods=["POST"])
@with_error_responses
async def retry_job(req: func.HttpRequest) -> func.HttpResponse:
    """Continue a parked job: {"reason": "...", "by": "..."}."""
    job, command = job_of(req), body_of(req, Command)
    return _job_response(await retry(await get_app(), job, reason=command.reason, by=command.by))


@blueprint.route(route="v1/jobs/{job}/release", methods=["POST"])
@with_error_responses
async def release_job(req: func.HttpRequest) -> func.HttpResponse:
    """Give a parked job's leases back, its machine being in order.

    {"reason": "...", "by": "...", "skipMachineCheck": false}.
    """
    job, command = job_of(req), body_of(req, JobCommand)
    result = await release_parked(
        await get_app(),
        job,
        reason=command.reason,
        by=command.by,
        skip_machine_check=command.skip_machine_check,
    )
    return _job_response(result)


@blueprint.route(route="v1/jobs/{job}/cancel", methods=["POST"])
@with_error_responses
async def cancel_job(req: func.HttpRequest) -> func.HttpResponse:
    """Give up a job that has not started.

    {"reason": "...", "by": "...", "skipMachineCheck": false}.
    """
    job, command = job_of(req), body_of(req, JobCommand)
    result = await cancel(
        await get_app(),
        job,
        reason=command.reason,
        by=command.by,
        skip_machine_check=command.skip_machine_check,
    )
    return _job_response(result)


@blueprint.route(route="v1/jobs/{job}/prioritize", methods=["POST"])
@with_error_responses
async def prioritize_job(req: func.HttpRequest) -> func.HttpResponse:
    """Let a waiting job start before the others: {"reason": "...", "by": "..."}."""
    job, command = job_of(req), body_of(req, Command)
    return _job_response(
        await prioritize(await get_app(), job, reason=command.reason, by=command.by)
    )


@blueprint.route(route="v1/jobs/{job}/open-window", methods=["POST"])
@with_error_responses
async def open_job_window(req: func.HttpRequest) -> func.HttpResponse:
    """Let a waiting job start from now on: {"for": "2h", "reason": "...", "by": "..."}."""
    job, command = job_of(req), body_of(req, WindowCommand)
    result = await open_window(
        await get_app(),
        job,
        length=length_of_window(command),
        reason=command.reason,
        by=command.by,
    )
    return _job_response(result)


@blueprint.route(route="v1/jobs/{job}/reopen", methods=["POST"])
@with_error_responses
async def reopen_job(req: func.HttpRequest) -> func.HttpResponse:
    """Let an ended job wait again while its phase is open: {"reason": "...", "by": "..."}."""
    job, command = job_of(req), body_of(req, Command)
    return _job_response(await reopen(await get_app(), job, reason=command.reason, by=command.by))


@blueprint.route(route="v1/leases/release", methods=["POST"])
@with_error_responses
async def release_one_lease(req: func.HttpRequest) -> func.HttpResponse:
    """Give back a lease that no job works under.

    {"scope": "avset:...", "token": 7, "reason": "...", "by": "..."}.
    """
    command = body_of(req, LeaseCommand)
    scope = scope_of(command)
    result = await release_lease(
        await get_app(), scope, command.token, reason=command.reason, by=command.by
    )
    return (
        _not_possible(result)
        if isinstance(result, CommandRejected)
        else as_json(released(scope, result))
    )


def _not_paused(reason: str) -> str:
    """What a person who wants to stop everything needs when the state does not respond."""
    return (
        f"It is not known whether the pause is stored: {reason}. Send it again. To stop the app"
        f" without its storage: {how_to_stop()}. Machines that move are then not"
        " followed until the app is started again (docs/runbook.md)"
    )


def _job_response(result: Job | CommandRejected) -> func.HttpResponse:
    return (
        _not_possible(result) if isinstance(result, CommandRejected) else as_json(job_view(result))
    )


def _not_possible(result: CommandRejected) -> func.HttpResponse:
    return problem(404 if result.not_found else 409, result.reason)
