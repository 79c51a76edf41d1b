"""GET /subscriptions: those the caller may see."""

from typing import Any

from sandbox.azure.arm.http.messages import RequestContext, Response
from sandbox.azure.arm.http.pages import page
from sandbox.azure.arm.identities import may_see
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Subscription

TENANT = "11111111-2222-4333-8444-555555555555"


def list_subscriptions(sim: Simulator, call: RequestContext) -> Response:
    """The caller's subscriptions, in pages."""
    visible = {
        one.id.lower(): one for one in sim.fleet.subscriptions if may_see(call.caller, one.id)
    }
    ids = sorted(visible)
    return page(
        sim,
        call,
        lambda last: [one for one in ids if one > last],
        lambda one: _subscription(visible[one]),
    )


def get_subscription(sim: Simulator, call: RequestContext) -> Response:
    """One subscription."""
    return Response(body=_subscription(sim.world.subscriptions[call.subscription.lower()]))


def _subscription(one: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{one.id}",
        "authorizationSource": "RoleBased",
        "subscriptionId": one.id,
        "tenantId": TENANT,
        "displayName": one.name or one.id,
        "state": "Enabled",
        **({"tags": one.tags} if one.tags else {}),
    }
