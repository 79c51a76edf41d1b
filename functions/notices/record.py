"""HTTP triggers for operators: which notices came, and what came of each."""

from datetime import timedelta
from typing import Annotated

import azure.functions as func
import msgspec

from functions.http import InvalidRequest, as_json, problem, with_error_responses
from functions.notices.views import notice_list, notice_trace
from functions.operators.requests import after_of, limit_of
from shared.bootstrap import get_inbox
from shared.errors import InvalidCursor
from shared.usecases.notices.trace import recent_notices, trace_notice

blueprint = func.Blueprint()

_DEFAULT_DAYS = 30
#: Service Health itself shows its events for 90 days (azure-docs service-health-overview)
_MOST_DAYS = 366
Days = Annotated[int, msgspec.Meta(ge=1, le=_MOST_DAYS)]


@blueprint.route(route="v1/notices", methods=["GET", "HEAD"])
@with_error_responses
async def list_notices(req: func.HttpRequest) -> func.HttpResponse:
    """The notices of the last `days` (30 without it), newest first.

    At most `limit` of them, from `after` on.
    """
    days, limit, after = _days_of(req), limit_of(req), after_of(req)
    try:
        page = await recent_notices(
            await get_inbox(), timedelta(days=days), at_most=limit, after=after
        )
    except InvalidCursor as fault:
        raise InvalidRequest(str(fault), "bad-cursor") from fault
    return as_json(notice_list(page))


@blueprint.route(route="v1/notices/{notice}", methods=["GET", "HEAD"])
@with_error_responses
async def show_notice(req: func.HttpRequest) -> func.HttpResponse:
    """One notice, with the jobs that its scans planned and the waves they belong to."""
    found = await trace_notice(await get_inbox(), req.route_params["notice"])
    if found is None:
        return problem(404, "there is no notice with this id")
    return as_json(notice_trace(found))


def _days_of(request: func.HttpRequest) -> int:
    """The days of the query: `?days=7`."""
    text = request.params.get("days")
    if text is None:
        return _DEFAULT_DAYS
    try:
        days: int = msgspec.convert(text, Days, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError) as fault:
        raise InvalidRequest(f"days must be a whole number from 1 to {_MOST_DAYS}") from fault
    return days
