"""The HTTP trigger for people who signed in. The host asks for no key; the app refuses by itself.

`/api/v1/signed-in/pause` is `/api/v1/pause`, by a caller whom the platform's authentication proves.
"""

from typing import Final

import azure.functions as func

from functions.caller import SignedInRequest
from functions.http import InvalidRequest, as_json, problem, with_error_responses
from functions.operators.requests import MAX_BODY, TargetCommand, body_of, job_of, target_of
from functions.signed_in.claims import claims_of
from functions.signed_in.operations import Operation, operations
from functions.signed_in.views import caller_view
from shared.bootstrap import get_app
from shared.domain.access.rights import Right
from shared.usecases.access.authorize import Denied, authenticate, authorize

blueprint = func.Blueprint()

#: a page of another site cannot send it without a permission that the app never gives
ACT_HEADER: Final = "X-Forestall-Act"
_SAME_SITE = ("same-origin", "none", "")
_SELF = "me"


@blueprint.route(
    route="v1/signed-in/{*path}",
    methods=["GET", "HEAD", "POST"],
    auth_level=func.AuthLevel.ANONYMOUS,
)
@with_error_responses
async def signed_in(req: func.HttpRequest) -> func.HttpResponse:
    """An operation of `path` by a person who signed in; `me`: who that is, with its rights."""
    path = req.route_params.get("path", "").strip("/")
    app, claims = await get_app(), claims_of(req)
    if path.lower() == _SELF and req.method != "POST":
        found = await authenticate(app, claims)
        return _denied(found) if isinstance(found, Denied) else as_json(caller_view(found))
    operation, values = _operation(path, req.method)
    if operation is None:
        # An unknown path needs a right, too: a caller without one learns nothing.
        found = await authorize(app, claims, Right.READ, "unknown")
        return _denied(found) if isinstance(found, Denied) else problem(404, _no_operation(req))
    if req.method == "POST" and not _is_of_own_page(req):
        return problem(403, f"an act needs the header {ACT_HEADER}: 1 (docs/sign-in.md)")
    before = SignedInRequest(req, values, "nobody")
    found = await authorize(
        app,
        claims,
        operation.right,
        operation.name,
        job=job_of(before) if "job" in values else None,
        target=_target(before) if operation.right is Right.OWN and "job" not in values else None,
    )
    if isinstance(found, Denied):
        return _denied(found)
    return await operation.handler(SignedInRequest(req, values, found.name))


def _operation(path: str, method: str) -> tuple[Operation | None, dict[str, str]]:
    for each in _OPERATIONS:
        values = each.values(path)
        if values is not None and method in each.methods:
            return each, values
    return None, {}


def _target(request: func.HttpRequest) -> str | None:
    """The target of an act; None where it cannot be read: then the right is the operator's."""
    if len(request.get_body()) > MAX_BODY:
        return None
    try:
        return target_of(body_of(request, TargetCommand))
    except InvalidRequest:
        return None


def _is_of_own_page(request: func.HttpRequest) -> bool:
    """Whether no other site can have sent the request with the cookie of the person."""
    site = request.headers.get("Sec-Fetch-Site", "").lower()
    return site in _SAME_SITE and request.headers.get(ACT_HEADER) == "1"


def _no_operation(request: func.HttpRequest) -> str:
    return f"there is no such operation for {request.method}; /api/v1/signed-in/... is /api/v1/..."


def _denied(denied: Denied) -> func.HttpResponse:
    if denied.is_signed_in:
        return problem(403, denied.reason)
    return problem(401, denied.reason, "sign-in-needed" if denied.has_sign_in else "no-sign-in")


_OPERATIONS = operations()
