"""GET /msi/token: the token endpoint of App Service's managed identity, api-version 2019-08-01.

Without client_id it stands for the first identity of the fleet, as a system-assigned one would. Its
refusals are worded here; Azure's are not recorded.
"""

from datetime import datetime

from sandbox.azure.arm.http.messages import BAD_REQUEST, FORBIDDEN, UNAUTHORIZED, Request, Response
from sandbox.azure.arm.identities import issue
from sandbox.azure.arm.simulator import Simulator

PATH = "/msi/token"
API_VERSION = "2019-08-01"


def get_token(sim: Simulator, request: Request, now: datetime) -> Response:
    """A token for the identity asked for."""
    refused = _refused(sim, request)
    if refused is not None:
        return refused
    wanted = request.query.get("client_id", sim.fleet.identities[0].client_id)
    identity = next((one for one in sim.fleet.identities if one.client_id == wanted), None)
    if identity is None:
        return _no(BAD_REQUEST, f"No managed identity was found for client_id '{wanted}'.")
    resource = request.query["resource"]
    token = issue(identity, resource, now)
    return Response(
        body={
            "access_token": token.text,
            "client_id": identity.client_id,
            "expires_on": str(int(token.expires.timestamp())),
            "resource": resource,
            "token_type": "Bearer",
        }
    )


def _refused(sim: Simulator, request: Request) -> Response | None:
    secret = request.headers.get("x-identity-header", "")
    if not secret:
        return _no(UNAUTHORIZED, "The X-IDENTITY-HEADER is missing.")
    if sim.identity_header not in (None, secret):
        return _no(
            FORBIDDEN, "The X-IDENTITY-HEADER is not the one this simulator was started with."
        )
    if request.query.get("api-version") != API_VERSION:
        return _no(BAD_REQUEST, f"The api-version has to be {API_VERSION}.")
    if not request.query.get("resource"):
        return _no(BAD_REQUEST, "The parameter resource is missing.")
    return None


def _no(status: int, message: str) -> Response:
    return Response(status=status, body={"statusCode": status, "message": message})
