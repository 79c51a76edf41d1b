"""The node $cbs: a client puts a token before it attaches any other link (OASIS AMQP CBS 1.0).

Stores no token: what it allows is added to the connection's claims, for every entity.
"""

from typing import TYPE_CHECKING

from sandbox.azure.servicebus.broker.errors import bad_request
from sandbox.azure.servicebus.wire.requests import Reply, ReplyKeys, Request

if TYPE_CHECKING:
    from sandbox.azure.servicebus.wire.connection import Connection

CBS = "$cbs"
CBS_KEYS = ReplyKeys(
    status="status-code", description="status-description", condition="error-condition"
)


def put_token(connection: "Connection", request: Request) -> Reply:
    """Check one token.

    application-properties {name: "sb://127.0.0.1:5672/scans", operation: "put-token", type: "jwt",
    expiration: ...}, body "SharedAccessSignature sr=..."
    """
    audience, token = request.headers.get("name"), request.body
    if (
        request.headers.get("operation") != "put-token"
        or not isinstance(audience, str)
        or not isinstance(token, str)
    ):
        raise bad_request("A put-token request needs a name and a token, both strings.")
    connection.claims |= connection.namespace.authorize(token, audience)
    return Reply(status=202, description="Accepted")
