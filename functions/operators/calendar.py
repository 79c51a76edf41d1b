"""HTTP triggers of the calendar: the feed for readers, and its secret addresses for operators."""

import hashlib
import secrets

import azure.functions as func

from functions.conditional import matches
from functions.http import (
    as_json,
    problem,
    with_anonymous_error_responses,
    with_error_responses,
)
from functions.operators.requests import CalendarCommand, NamedCommand, body_of
from functions.operators.views.calendar import Revoked, address_list, made_address
from shared.bootstrap import get_app
from shared.domain.outbox.formats.ical import CONTENT_TYPE, calendar_text
from shared.usecases.calendar_feed import addresses
from shared.usecases.calendar_feed.addresses import read_feed

blueprint = func.Blueprint()


@blueprint.route(
    route="v1/calendar.ics", methods=["GET", "HEAD"], auth_level=func.AuthLevel.ANONYMOUS
)
@with_anonymous_error_responses
async def calendar_feed(req: func.HttpRequest) -> func.HttpResponse:
    """The events of a secret address: its `token`. `alarms=1` adds alarms."""
    part = await read_feed(await get_app(), req.params.get("token", ""))
    if part is None:
        return problem(404, "there is no such calendar")
    name = f"Forestall {part.installation}{f': {part.group}' if part.group else ''}"
    alarms = req.params.get("alarms") == "1"
    text = calendar_text(part.events, name, part.installation, alarms=alarms)
    etag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Content-Type": CONTENT_TYPE}
    if matches(req, etag):
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(b"" if req.method == "HEAD" else text, headers=headers)


@blueprint.route(route="v1/calendar/addresses", methods=["GET", "HEAD"])
@with_error_responses
async def list_calendar_addresses(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
    """The secret addresses of the calendar, without their tokens."""
    return as_json(address_list(await addresses.list_addresses(await get_app())))


@blueprint.route(route="v1/calendar/address", methods=["POST"])
@with_error_responses
async def add_calendar_address(req: func.HttpRequest) -> func.HttpResponse:
    """Make an address: {"name": "crm", "group": "crm", "reason": "...", "by": "..."}.

    An empty `group` shows all. The token is in this answer and nowhere else.
    """
    command = body_of(req, CalendarCommand)
    token = secrets.token_urlsafe(32)
    made = await addresses.add_address(
        await get_app(),
        name=command.name,
        group=command.group,
        token=token,
        by=command.by,
        reason=command.reason,
    )
    if made is None:
        return problem(409, "there are too many addresses; revoke one first")
    return as_json(made_address(made, token))


@blueprint.route(route="v1/calendar/revoke", methods=["POST"])
@with_error_responses
async def revoke_calendar_address(req: func.HttpRequest) -> func.HttpResponse:
    """Revoke an address: {"name": "crm", "reason": "...", "by": "..."}."""
    command = body_of(req, NamedCommand)
    done = await addresses.revoke_address(
        await get_app(), name=command.name, by=command.by, reason=command.reason
    )
    if not done:
        return problem(404, f"there is no address {command.name[:40]!r}")
    return as_json(Revoked(revoked=command.name))
