"""Azure's request limits as the simulator counts them, in front of a port without HTTP.

The path of each request is the one that the app would send. The simulator's table of routes tells
which policy of Compute it counts against.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sandbox.azure.arm.http.routes import NoMatch
from sandbox.azure.arm.http.table import TABLE
from sandbox.azure.arm.limits import FRONT_DOOR, GLOBAL_FACTOR, Bucket, Buckets, Exhausted
from sandbox.azure.fleets.fleet import Limits
from shared.errors import AzureUnavailable

_TOO_MANY = 429
_OF_A_RESOURCE = ("instanceview", "performmaintenance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One answer 429, and the bucket that was empty."""

    at: datetime
    bucket: tuple[str, ...]


class CountedLimits:
    """Azure, as far as it counts: one for all processes, which have one identity."""

    def __init__(self) -> None:
        self._buckets = Buckets(Limits())
        #: requests by method and policy
        self.requests: Counter[str] = Counter()
        self.refusals: list[Refusal] = []
        #: when each of them came
        self.times: list[datetime] = []

    def count(self, method: str, url: str, now: datetime) -> None:
        """Take a token of each bucket that the request uses.

        Raises AzureUnavailable, as the adapter does for an answer 429, where one is empty. What the
        front end refuses does not reach Compute.
        """
        path = urlsplit(url).path.rstrip("/").lower()
        match = TABLE.find(method, path)
        if isinstance(match, NoMatch):
            raise LookupError(path)  # noqa: TRY004 - a path that the simulator has no route for
        policy, subscription = match.route.policy, match.params.get("subscription", "")
        kind = "reads" if method == "GET" else "writes"
        self.requests[f"{method} {policy.name if policy else 'Arm'}"] += 1
        self.times.append(now)
        front = FRONT_DOOR[kind]
        everyone = Bucket(
            capacity=front.capacity * GLOBAL_FACTOR, refill=front.refill * GLOBAL_FACTOR
        )
        self._take(("arm", subscription, kind, "app"), front, now)
        self._take(("arm", subscription, kind), everyone, now)
        if policy is None:
            return
        if policy.per_resource is not None:
            parent, _, last = path.rpartition("/")
            resource = parent if last in _OF_A_RESOURCE else path
            self._take(("compute", policy.name, resource), policy.per_resource, now)
        self._take(("compute", policy.name, subscription), policy.per_subscription, now)

    def most_within(self, window: timedelta) -> int:
        """The most requests in any window of time so long."""
        most = first = 0
        for number, at in enumerate(self.times, start=1):
            while self.times[first] <= at - window:
                first += 1
            most = max(most, number - first)
        return most

    def _take(self, key: tuple[str, ...], bucket: Bucket, now: datetime) -> None:
        taken = self._buckets.take(key, bucket, now.timestamp())
        if isinstance(taken, Exhausted):
            self.refusals.append(Refusal(at=now, bucket=key))
            wait = timedelta(seconds=taken.retry_after)
            raise AzureUnavailable("429 TooManyRequests", retry_after=wait, status=_TOO_MANY)
