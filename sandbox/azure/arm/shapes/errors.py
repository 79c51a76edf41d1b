"""Azure's error bodies.

    {"error": {"code": "ResourceNotFound",
               "message": "The Resource '...' under resource group '...' was not found. ..."}}

Recorded: 403, 404 ResourceNotFound, 409, 429 of the front end, 500 ServerTimeout, 504. From
documentation: the two 429 of Compute. The other texts are ARM's usual ones, not re-checked.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from sandbox.azure.arm.shapes.times import precise

TOO_MANY = (
    "The server rejected the request because too many requests have been received "
    "for this subscription."
)


def error(code: str, message: str) -> dict[str, Any]:
    """The usual wrapper."""
    return {"error": {"code": code, "message": message}}


def subscription_not_found(subscription: str) -> dict[str, Any]:
    """404."""
    return error("SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def resource_group_not_found(name: str) -> dict[str, Any]:
    """404."""
    return error("ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def resource_not_found(kind: str, name: str, resource_group: str) -> dict[str, Any]:
    """404 as recorded in 2020; `kind` like "virtualMachines"."""
    return error(
        "ResourceNotFound",
        f"The Resource 'Microsoft.Compute/{kind}/{name}' under resource group '{resource_group}' "
        "was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def authorization_failed(client: str, action: str, scope: str) -> dict[str, Any]:
    """403 as recorded in 2020."""
    return error(
        "AuthorizationFailed",
        f"The client '{client}' with object id '{client}' does not have authorization to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials.",
    )


def front_door_throttled(
    kind: str, subscription: str, client: str, retry_after: int
) -> dict[str, Any]:
    """429 of the front end as quoted in 2026; `kind` is read, write or delete."""
    return error(
        "SubscriptionRequestsThrottled",
        f"Number of '{kind}' requests for subscription '{subscription}' actor '{client}' exceeded. "
        f"Please try again after '{retry_after}' seconds.",
    )


def compute_throttled(
    policy: str, now: datetime, retry_after: int, allowed: int, shape: str
) -> dict[str, Any]:
    """429 of Compute: `shape` "bare" has no wrapper, "innererror" has one.

    Both carry JSON inside a string.
    """
    group = f"{policy}3Min"
    measured = {
        "operationGroup": group,
        "startTime": precise(now),
        "endTime": precise(now + timedelta(seconds=retry_after)),
        "allowedRequestCount": allowed,
        "measuredRequestCount": allowed + 1,
    }
    detail = {
        "code": "TooManyRequests",
        "target": group,
        "message": msgspec.json.encode(measured).decode(),
    }
    body = {"code": "OperationNotAllowed", "message": TOO_MANY, "details": [detail]}
    if shape == "bare":
        return body
    return {"error": body | {"innererror": {"internalErrorCode": "TooManyRequestsReceived"}}}


def server_error(status: int, request_id: str, url: str) -> dict[str, Any]:
    """500 and 504 as recorded; 502 and 503 in ARM's usual words."""
    if status == 500:  # noqa: PLR2004 - an HTTP status
        detail = {
            "code": "ServerTimeout",
            "message": f"The request timed out. tracking id '{request_id}'.",
        }
        return {
            "error": {
                "code": "MultipleErrorsOccurred",
                "message": "Multiple error occurred: . Please see details.",
                "details": [detail],
            }
        }
    if status == 504:  # noqa: PLR2004 - an HTTP status
        return error(
            "ResourceReadFailed",
            "Policy required full resource content to evaluate the request. "
            f"The request to GET resource '{url}' failed with status 'GatewayTimeout'.",
        )
    code = "BadGateway" if status == 502 else "ServerUnavailable"  # noqa: PLR2004 - an HTTP status
    return error(code, "The service is temporarily unavailable. Please try again later.")
