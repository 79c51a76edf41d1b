"""Whether a request may be answered at all: token, api-version, subscription, RBAC.

The texts of 401 and 400 are ARM's usual ones, not re-checked; 403 is recorded.
"""

import re
from datetime import datetime

from sandbox.azure.arm.http.messages import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    UNAUTHORIZED,
    Request,
    RequestContext,
    Response,
)
from sandbox.azure.arm.identities import InvalidToken, may, may_see, verify
from sandbox.azure.arm.shapes.errors import authorization_failed, error, subscription_not_found
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Identity

API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
NEWEST_API_VERSION = "2026-04-01"  # of azure-mgmt-compute 39.0.0
AUTHENTICATION_FAILED = "Authentication failed. The 'Authorization' header is missing."


def caller_of(sim: Simulator, request: Request, now: datetime) -> Identity | Response:
    """Who calls, by the bearer token; or 401."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return _unauthorized("AuthenticationFailed", AUTHENTICATION_FAILED)
    caller = verify(token, sim.fleet.identities, now)
    if caller is InvalidToken.EXPIRED:
        return _unauthorized(
            "ExpiredAuthenticationToken", "The access token expiry is in the past."
        )
    if isinstance(caller, InvalidToken):
        return _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
    return caller


def wrong_api_version(request: Request) -> Response | None:
    """400 for a missing, malformed or unheard-of api-version."""
    version = request.query.get("api-version")
    if not version:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        return Response(status=BAD_REQUEST, body=error("MissingApiVersionParameter", text))
    if API_VERSION.fullmatch(version) and version[:10] <= NEWEST_API_VERSION:
        return None
    text = (
        f"The api-version '{version}' is invalid. "
        f"The newest supported version is '{NEWEST_API_VERSION}'."
    )
    return Response(status=BAD_REQUEST, body=error("InvalidApiVersionParameter", text))


def not_permitted(sim: Simulator, call: RequestContext, action: str) -> Response | None:
    """404 for an unknown subscription, 403 for an action or scope the caller does not have."""
    subscription = call.params.get("subscription")
    if subscription is not None and subscription.lower() not in sim.world.subscriptions:
        return Response(status=NOT_FOUND, body=subscription_not_found(subscription))
    sees = subscription is None or may_see(call.caller, subscription)
    if sees and (not action or may(call.caller, action)):
        return None
    return no_role(call, action)


def no_role(call: RequestContext, action: str) -> Response:
    """403 for an action that no role of the caller has."""
    path = call.request.path
    scope = path.rpartition("/")[0] if action.endswith("/action") else path
    return Response(
        status=FORBIDDEN, body=authorization_failed(call.caller.client_id, action, scope)
    )


def _unauthorized(code: str, message: str) -> Response:
    headers = {
        "WWW-Authenticate": 'Bearer authorization_uri="http://127.0.0.1/", error="invalid_token"'
    }
    return Response(status=UNAUTHORIZED, body=error(code, message), headers=headers)
