"""Azure's published request limits, and which of them a request uses. Pure.

Sources: "Understand how Azure Resource Manager throttles requests" (2024); "Compute throttling
limits" (2024-05-27); "Guidance for throttled requests in Azure Resource Graph" (2024-01-04).
Buckets are kept apart by who shares them:

    ARM, one principal       250 reads, 25 a second; nobody but the app uses the app's identity
    Compute, a subscription  everybody who reads machines of the subscription
    Compute, one machine     36 reads, 12 a minute; everybody who reads the machine
    Compute, one set         30 listings, 10 a minute; everybody who lists the set
    Resource Graph           15 queries in 5 seconds, one principal

ARM's bucket of all principals of a subscription is 15 times that of one, so the app's own bucket
keeps it under 1/15 of that, and it needs no row of its own. The same holds for Compute's bucket of
cheap reads of a subscription: all processes together send at most 25 reads a second there, and it
refills with 133.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.quota.level import Allowance

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of each kind of bucket the app takes, as fractions."""

    #: of the buckets of its own identity
    own: float = 0.8
    #: of the buckets that others use, too
    shared: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    capacity: float
    #: tokens a second
    refill: float


_ARM_READS = _Limit(capacity=250, refill=25)
_ARM_WRITES = _Limit(capacity=200, refill=10)
_GRAPH = _Limit(capacity=15, refill=3)

#: Compute's policies by the name in recorded headers. UNCONFIRMED(compute-policy-names): today's
_COMPUTE = {
    "HighCostGet": _Limit(capacity=900, refill=300 / _MINUTE),
    "LowCostGet": _Limit(capacity=24_000, refill=8_000 / _MINUTE),
    "GetOperation": _Limit(capacity=15_000, refill=5_000 / _MINUTE),
    "UpdateVM": _Limit(capacity=1_500, refill=500 / _MINUTE),
    "HighCostGetVMScaleSet": _Limit(capacity=1_080, refill=360 / _MINUTE),
    "GetVMScaleSet": _Limit(capacity=2_400, refill=800 / _MINUTE),
    "GetVMScaleSetVM": _Limit(capacity=2_400, refill=800 / _MINUTE),
    "VMScaleSetVMActions": _Limit(capacity=1_500, refill=500 / _MINUTE),
}
#: ARM's own bucket keeps all processes together far below them
_NEEDS_NO_ROW = frozenset({"LowCostGet", "GetOperation"})

#: of the bucket of one machine or set, for steps: a scan reads it once, and each start of a
#: neighbour reads it once more
_FOR_STEPS_OF_RESOURCE = 0.75

_MACHINE_READS = _Limit(capacity=36, refill=12 / _MINUTE)
_SET_LISTINGS = _Limit(capacity=30, refill=10 / _MINUTE)

_PATH = re.compile(r"/subscriptions/(?P<subscription>[^/]+)(?P<rest>.*)", re.IGNORECASE)
_COMPUTE_PATH = "/providers/microsoft.compute/"
_GRAPH_PATH = "/providers/microsoft.resourcegraph/resources"


def buckets_of(method: str, path: str, shares: Shares) -> tuple[Allowance, ...]:
    """The buckets that a request uses, the scarcest last."""
    lower = path.lower().rstrip("/")
    if lower == _GRAPH_PATH:
        return (_allowance("graph", _GRAPH, shares.own),)
    kind, limit = ("reads", _ARM_READS) if method == "GET" else ("writes", _ARM_WRITES)
    match = _PATH.fullmatch(lower)
    if match is None:
        return (_allowance(f"tenant|{kind}", limit, shares.own),)
    subscription, rest = match["subscription"], match["rest"]
    own = _allowance(f"{subscription}|{kind}", limit, shares.own)
    return (own, *_of_compute(method, subscription, lower, rest, shares))


def policy_of(header: str) -> str:
    """Our name of a policy that a header names, such as `Microsoft.Compute/HighCostGet3Min`."""
    return re.sub(r"\d+Min$", "", header.rpartition("/")[2])


def _of_compute(
    method: str, subscription: str, path: str, rest: str, shares: Shares
) -> Iterator[Allowance]:
    _, found, kind = rest.partition(_COMPUTE_PATH)
    if not found:
        return
    parts = kind.split("/")
    policy, per_resource = _policy(method, parts)
    yield _allowance(
        f"{subscription}|{policy}",
        _COMPUTE[policy],
        shares.shared,
        is_shared=policy not in _NEEDS_NO_ROW,
    )
    if per_resource is not None:
        resource = path.removesuffix("/instanceview").removesuffix("/virtualmachines")
        # Few processes read one machine. Many may list one set, so its bucket needs the row.
        yield _allowance(
            f"{policy}|{resource}",
            per_resource,
            shares.own,
            is_shared=per_resource is _SET_LISTINGS,
            for_steps=_FOR_STEPS_OF_RESOURCE,
        )


def _policy(method: str, parts: list[str]) -> tuple[str, _Limit | None]:
    """The policy of a path below the provider, and the limit of the resource that it names."""
    depth = len(parts)
    if parts[0] == "locations":
        return "GetOperation", None
    is_set = parts[0] == "virtualmachinescalesets"
    if method != "GET":
        return ("VMScaleSetVMActions" if is_set else "UpdateVM"), None
    if not is_set:
        return ("HighCostGet", None) if depth == 1 else ("LowCostGet", _MACHINE_READS)
    match depth:
        case 1:
            return "HighCostGetVMScaleSet", None
        case 2:
            return "GetVMScaleSet", _MACHINE_READS
        case 3:
            return "HighCostGetVMScaleSet", _SET_LISTINGS
        case _:
            return "GetVMScaleSetVM", _MACHINE_READS


def _allowance(
    key: str, limit: _Limit, share: float, *, is_shared: bool = True, for_steps: float = 0.5
) -> Allowance:
    return Allowance(
        key=key,
        capacity=max(1.0, limit.capacity * share),
        refill=limit.refill * share,
        is_shared=is_shared,
        for_steps=for_steps,
    )


def remaining_to_spare(policy: str, share: float) -> float | None:
    """How much of a bucket Azure must show as left before the app takes more from it.

    Half of what the app leaves to others; None for a policy that is not known.
    """
    if policy in _COMPUTE:
        return _COMPUTE[policy].capacity * (1 - share) / 2
    return {"reads": _ARM_READS.capacity * (1 - share) / 2}.get(policy)
