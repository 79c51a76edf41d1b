"""Azure's request limits at the front end.

Counts a call, and answers 429 when there is nothing left to take.

    x-ms-ratelimit-remaining-subscription-reads: 249
    x-ms-ratelimit-remaining-subscription-global-reads: 3749
    x-ms-ratelimit-remaining-resource: Microsoft.Compute/LowCostGet3Min;23999

The front end counts first; what it refuses never reaches Compute.
"""

from datetime import datetime

from sandbox.azure.arm.http.messages import TOO_MANY, RequestContext, Response
from sandbox.azure.arm.limits import FRONT_DOOR, GLOBAL_FACTOR, Bucket, Exhausted, Policy
from sandbox.azure.arm.shapes.errors import compute_throttled, front_door_throttled
from sandbox.azure.arm.simulator import Simulator

KINDS = {"GET": "reads", "POST": "writes", "DELETE": "deletes"}


def count_call(
    sim: Simulator, call: RequestContext, policy: Policy | None
) -> dict[str, str] | Response:
    """The headers that say what is left; or 429."""
    front = _front_door(sim, call)
    if isinstance(front, Response) or policy is None:
        return front
    compute = _compute(sim, call, policy)
    return compute if isinstance(compute, Response) else front | compute


def front_door_response(call: RequestContext, retry_after: int) -> Response:
    """429 of the front end."""
    kind, subscription = _kind(call).rstrip("s"), call.params.get("subscription", "")
    body = front_door_throttled(kind, subscription, call.caller.client_id, retry_after)
    return Response(status=TOO_MANY, body=body, headers={"Retry-After": str(retry_after)})


def compute_response(policy: Policy, now: datetime, refused: Exhausted, shape: str) -> Response:
    """429 of Compute, in one of its two shapes."""
    headers = {
        "Retry-After": str(refused.retry_after),
        "x-ms-ratelimit-remaining-resource": f"Microsoft.Compute/{policy.name}3Min;0",
    }
    body = compute_throttled(policy.name, now, refused.retry_after, refused.allowed, shape)
    return Response(status=TOO_MANY, body=body, headers=headers)


def _front_door(sim: Simulator, call: RequestContext) -> dict[str, str] | Response:
    kind, subscription = _kind(call), call.params.get("subscription", "").lower()
    bucket, at = FRONT_DOOR[kind], call.now.timestamp()
    everyone = Bucket(
        capacity=bucket.capacity * GLOBAL_FACTOR, refill=bucket.refill * GLOBAL_FACTOR
    )
    alone = sim.buckets.take(("arm", subscription, kind, call.caller.client_id), bucket, at)
    if isinstance(alone, Exhausted):
        return front_door_response(call, alone.retry_after)
    together = sim.buckets.take(("arm", subscription, kind), everyone, at)
    if isinstance(together, Exhausted):
        return front_door_response(call, together.retry_after)
    scope = "subscription" if subscription else "tenant"
    return {
        f"x-ms-ratelimit-remaining-{scope}-{kind}": str(alone.remaining),
        f"x-ms-ratelimit-remaining-{scope}-global-{kind}": str(together.remaining),
    }


def _kind(call: RequestContext) -> str:
    return KINDS.get(call.request.method, "writes")


def _compute(sim: Simulator, call: RequestContext, policy: Policy) -> dict[str, str] | Response:
    at, shape = call.now.timestamp(), sim.fleet.limits.compute_body
    if policy.per_resource is not None:
        resource = _resource(call.request.path)
        taken = sim.buckets.take(("compute", policy.name, resource), policy.per_resource, at)
        if isinstance(taken, Exhausted):
            return compute_response(policy, call.now, taken, shape)
    key = ("compute", policy.name, call.subscription.lower())
    taken = sim.buckets.take(key, policy.per_subscription, at)
    if isinstance(taken, Exhausted):
        return compute_response(policy, call.now, taken, shape)
    remaining = f"Microsoft.Compute/{policy.name}3Min;{taken.remaining}"
    return {"x-ms-ratelimit-remaining-resource": remaining, "x-ms-request-charge": "1"}


def _resource(path: str) -> str:
    """The resource a path is about: without the view or the action behind its id."""
    lower = path.rstrip("/").lower()
    parent, _, last = lower.rpartition("/")
    return parent if last in ("instanceview", "performmaintenance", "redeploy") else lower
