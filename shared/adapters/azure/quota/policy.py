"""The step of azure-core's pipeline that waits for quota, and reads what Azure says of it.

Samples of what is read (Microsoft's page on throttling; a recorded 429 of Compute)::

    x-ms-ratelimit-remaining-subscription-reads: 249
    x-ms-ratelimit-remaining-resource: Microsoft.Compute/HighCostGet3Min;46
    Retry-After: 1200
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from shared.adapters.azure.errors import read_retry_after
from shared.adapters.azure.quota.governor import QuotaGovernor
from shared.domain.quota.level import Allowance
from shared.domain.quota.limits import Shares, buckets_of, policy_of, remaining_to_spare

_TOO_MANY = 429
_DEFAULT_WAIT = timedelta(seconds=30)
_MOMENT = timedelta(seconds=5)

_OWN_READS = "x-ms-ratelimit-remaining-subscription-reads"
_COMPUTE = "x-ms-ratelimit-remaining-resource"


class QuotaPolicy(AsyncHTTPPolicy[Any, Any]):
    """Waits for a token before each request that reads.

    A request that starts maintenance is never held up: it follows checks that must not grow old.
    The locks keep such requests rare, and they are counted by Azure alone.
    """

    def __init__(self, governor: QuotaGovernor, shares: Shares) -> None:
        super().__init__()
        self._governor = governor
        self._shares = shares

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Wait, send, and use what the response says of the quota."""
        http = request.http_request
        is_read = http.method == "GET" or "resourcegraph" in http.url.lower()
        buckets = buckets_of(http.method, urlsplit(http.url).path, self._shares)
        if is_read:
            await self._governor.take(buckets)
        response = await self.next.send(request)
        await self._use(buckets, response.http_response)
        return response

    async def _use(self, buckets: tuple[Allowance, ...], response: Any) -> None:
        if response.status_code == _TOO_MANY:
            await self._use_refusal(buckets, response.headers)
            return
        for policy, remaining in _remaining(response.headers):
            share = self._shares.own if policy == "reads" else self._shares.shared
            spare = remaining_to_spare(policy, share)
            if spare is None or remaining >= spare:
                continue
            short = tuple(each for each in buckets if each.key.endswith(f"|{policy}"))
            for each in short:
                # The bucket of Azure fills by what the app takes from it, and by the rest.
                seconds = (spare - remaining) * share / each.refill
                await self._governor.pause((each,), timedelta(seconds=seconds))

    async def _use_refusal(
        self, buckets: tuple[Allowance, ...], headers: Mapping[str, str]
    ) -> None:
        """Pause the bucket that is empty. ARM's refusals name no policy of Compute.

        Compute does not say whether the bucket of the machine or of the subscription is empty. So
        the first is paused for the whole time, and the second for a moment.
        """
        wait = read_retry_after(headers) or _DEFAULT_WAIT
        if _COMPUTE not in headers or len(buckets) == 1:
            await self._governor.pause(buckets[:1], wait)
            return
        *others, scarcest = buckets[1:]
        await self._governor.pause((scarcest,), wait)
        await self._governor.pause(tuple(others), min(wait, _MOMENT))


def _remaining(headers: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Each policy that a header names, and what is left of it; nonsense is skipped."""
    own = headers.get(_OWN_READS, "").strip()
    if own.isdecimal():
        yield "reads", int(own)
    for part in headers.get(_COMPUTE, "").split(","):
        name, _, count = part.strip().partition(";")
        if count.strip().isdecimal():
            yield policy_of(name), int(count)
