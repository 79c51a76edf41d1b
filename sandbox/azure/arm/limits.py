"""Azure's request limits as token buckets.

Two layers, each counting on its own: Resource Manager's front end (per subscription and caller)
and Compute (per subscription, and for most calls per resource). Numbers: Microsoft's pages
"Understand how Azure Resource Manager throttles requests" (2024) and "Compute throttling limits"
(2024-05-27). Azure counts per region as well; this counts a subscription as one region.
"""

from dataclasses import dataclass
from math import ceil

from sandbox.azure.fleets.fleet import Limits

MINUTE = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """How many calls fit in together, and how many come back each second."""

    capacity: float
    refill: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A Compute policy: what it is called in headers, and its buckets."""

    name: str
    per_subscription: Bucket
    per_resource: Bucket | None = None


def _per_minute(refill: float, capacity: float) -> Bucket:
    return Bucket(capacity=capacity, refill=refill / MINUTE)


FRONT_DOOR = {
    "reads": Bucket(capacity=250, refill=25),
    "writes": Bucket(capacity=200, refill=10),
    "deletes": Bucket(capacity=200, refill=10),
}
GLOBAL_FACTOR = 15  # all callers of a subscription together

# The names are those of recorded headers (2018 to 2022): UNCONFIRMED(compute-policy-names).
UPDATE_VM = Policy(
    name="UpdateVM", per_subscription=_per_minute(500, 1500), per_resource=_per_minute(4, 12)
)
LOW_COST_GET = Policy(
    name="LowCostGet", per_subscription=_per_minute(8000, 24000), per_resource=_per_minute(12, 36)
)
LOW_COST_LIST = Policy(
    name="LowCostGet", per_subscription=_per_minute(8000, 24000)
)  # of no one resource
HIGH_COST_GET = Policy(name="HighCostGet", per_subscription=_per_minute(300, 900))
GET_OPERATION = Policy(
    name="GetOperation", per_subscription=_per_minute(5000, 15000), per_resource=_per_minute(15, 45)
)
SCALE_SET_UPDATE = Policy(name="VMScaleSetActions", per_subscription=_per_minute(500, 1500))
INSTANCE_UPDATE = Policy(
    name="VMScaleSetVMActions",
    per_subscription=_per_minute(500, 1500),
    per_resource=_per_minute(4, 12),
)
SCALE_SET_GET = Policy(
    name="GetVMScaleSet", per_subscription=_per_minute(800, 2400), per_resource=_per_minute(12, 36)
)
# No number is published for reading one instance; it is given those of reading a scale set.
INSTANCE_GET = Policy(
    name="GetVMScaleSetVM",
    per_subscription=_per_minute(800, 2400),
    per_resource=_per_minute(12, 36),
)
SCALE_SET_LIST = Policy(
    name="HighCostGetVMScaleSet",
    per_subscription=_per_minute(360, 1080),
    per_resource=_per_minute(10, 30),
)

# "15 queries / 5 s per user" (Azure Resource Graph, guidance for throttled requests, 2024-01-04).
GRAPH_CALLS, GRAPH_WINDOW = 15, 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Quota:
    """What is left of a window of calls, and in how many seconds it begins again."""

    remaining: int
    resets_after: float
    is_exhausted: bool = False


class Windows:
    """Fixed windows of calls by caller, as Resource Graph counts them."""

    def __init__(self, limits: Limits) -> None:
        self._calls = int(GRAPH_CALLS * limits.scale) if limits.enabled else None
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, caller: str, now: float) -> Quota:
        """Count one call; an exhausted quota counts nothing."""
        if self._calls is None:
            return Quota(remaining=GRAPH_CALLS, resets_after=0.0)
        begun, used = self._windows.get(caller, (now, 0))
        if now - begun >= GRAPH_WINDOW:
            begun, used = now, 0
        resets_after = GRAPH_WINDOW - (now - begun)
        if used >= self._calls:
            return Quota(remaining=0, resets_after=resets_after, is_exhausted=True)
        self._windows[caller] = (begun, used + 1)
        return Quota(remaining=self._calls - used - 1, resets_after=resets_after)


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The call is let through; `remaining` is what is left in the bucket, rounded down."""

    remaining: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Exhausted:
    """The bucket is empty; a call is possible again after `retry_after` whole seconds."""

    retry_after: int
    allowed: int


class Buckets:
    """Token buckets by key, filled when first asked for.

    Times are seconds of any clock that never goes back.
    """

    def __init__(self, limits: Limits) -> None:
        self._scale = limits.scale
        self._enabled = limits.enabled
        self._tokens: dict[tuple[str, ...], tuple[float, float]] = {}

    def take(self, key: tuple[str, ...], bucket: Bucket, now: float) -> Taken | Exhausted:
        """Take one token, or none when there is none.

        With limits off every bucket is always full.
        """
        capacity, refill = bucket.capacity * self._scale, bucket.refill * self._scale
        if not self._enabled:
            return Taken(remaining=int(capacity))
        tokens, seen = self._tokens.get(key, (capacity, now))
        tokens = min(capacity, tokens + (now - seen) * refill)
        if tokens < 1:
            self._tokens[key] = (tokens, now)
            return Exhausted(retry_after=ceil((1 - tokens) / refill), allowed=int(capacity))
        self._tokens[key] = (tokens - 1, now)
        return Taken(remaining=int(tokens - 1))
