"""The HTTP trigger of the plan. It only reads."""

import azure.functions as func

from functions.http import InvalidRequest, as_json, with_error_responses
from functions.operators.requests import LONGEST_TEXT
from functions.operators.views.plan import plan_view
from shared.bootstrap import get_app
from shared.usecases.show.plan import show_plan as plan_to_show

blueprint = func.Blueprint()

#: machines of one page: by default, and at most
_PAGE, _LARGEST_PAGE = 1_000, 5_000
#: no plan has a number with more
_MOST_DIGITS = 9


@blueprint.route(route="v1/plan", methods=["GET", "HEAD"])
@with_error_responses
async def show_plan(req: func.HttpRequest) -> func.HttpResponse:
    """When each machine starts, and what cannot fit; of all, or of one `group`. Starts nothing."""
    group, first, at_most = _group_of(req), _after_of(req), _limit_of(req)
    return as_json(plan_view(await plan_to_show(await get_app(), group), first, at_most))


def _group_of(request: func.HttpRequest) -> str | None:
    """The group of the query: `?group=crm`. None without it."""
    text: str | None = request.params.get("group")
    if text is None:
        return None
    if not text.strip() or len(text) > LONGEST_TEXT or not text.isprintable():
        raise InvalidRequest("name the group as its machines' tag does: ?group=crm")
    return text


def _after_of(request: func.HttpRequest) -> int:
    """The place of the query: the `next` of the page before. 0 without it."""
    text = request.params.get("after")
    if text is None:
        return 0
    number = _whole_number(text)
    if number is None:
        raise InvalidRequest(
            "after is the value of `next` of the page before, such as 1000", "bad-cursor"
        )
    return number


def _limit_of(request: func.HttpRequest) -> int:
    """Machines of the page: `?limit=500`."""
    text = request.params.get("limit")
    number = _PAGE if text is None else _whole_number(text)
    if number is None or not 1 <= number <= _LARGEST_PAGE:
        raise InvalidRequest(f"limit is a whole number from 1 to {_LARGEST_PAGE}")
    return number


def _whole_number(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
