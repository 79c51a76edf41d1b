"""HTTP triggers that try something out: targets of messages, and health checks."""

import azure.functions as func

from functions.http import InvalidRequest, as_json, problem, with_error_responses
from functions.operators.requests import MachineCommand, NamedCommand, body_of, machine_named
from functions.operators.views.health_checks import health_tested
from functions.operators.views.targets import preview_view, target_list, tested
from shared.bootstrap import get_app
from shared.domain.outbox.events import OutboxEvent
from shared.usecases.operate.try_health_check import try_health_check
from shared.usecases.outbox.list_targets import list_targets as states
from shared.usecases.outbox.samples import preview, send_test

blueprint = func.Blueprint()


@blueprint.route(route="v1/targets", methods=["GET", "HEAD"])
@with_error_responses
# The name is the binding's.
async def list_targets(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """The targets of FORESTALL_NOTIFY: which work, which fail, and what waits for them."""
    return as_json(target_list(await states(await get_app())))


@blueprint.route(route="v1/targets/preview", methods=["GET", "HEAD"])
@with_error_responses
async def preview_message(req: func.HttpRequest) -> func.HttpResponse:
    """A sample of an `event` in the form of a `target`. Sends nothing."""
    name, event = req.params.get("target", ""), _event_of(req)
    found = preview(await get_app(), name, event)
    return _no_target(name) if found is None else as_json(preview_view(found))


@blueprint.route(route="v1/targets/test", methods=["POST"])
@with_error_responses
async def test_target(req: func.HttpRequest) -> func.HttpResponse:
    """Send a sample to a target: {"name": "crm-teams", "reason": "...", "by": "..."}.

    Waits for the target's answer, at most 20 s.
    """
    command = body_of(req, NamedCommand)
    outcome = await send_test(await get_app(), command.name, by=command.by, reason=command.reason)
    return _no_target(command.name) if outcome is None else as_json(tested(command.name, outcome))


@blueprint.route(route="v1/health-checks/test", methods=["POST"])
@with_error_responses
async def test_health_check(req: func.HttpRequest) -> func.HttpResponse:
    """Ask a machine's health check now: {"machine": "/subscriptions/...", "reason", "by"}.

    Changes nothing but the audit trail.
    """
    command = body_of(req, MachineCommand)
    machine = machine_named(command)
    found = await try_health_check(await get_app(), machine, by=command.by, reason=command.reason)
    if found is None:
        return problem(404, f"there has never been a job for {machine}")
    return as_json(health_tested(*found))


def _event_of(request: func.HttpRequest) -> OutboxEvent:
    text = request.params.get("event", OutboxEvent.FAILED)
    if text not in set(OutboxEvent):
        raise InvalidRequest(f"{text[:40]!r} is no event; use one of {', '.join(OutboxEvent)}")
    return OutboxEvent(text)


def _no_target(name: str) -> func.HttpResponse:
    return problem(404, f"FORESTALL_NOTIFY has no target {name[:40]!r}")
