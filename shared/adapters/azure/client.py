"""The HTTP way to ARM: one transport, one credential, and what every request is subject to.

Does not depend on operations.

Every request goes to the configured endpoint or nowhere, takes at most a minute in total, and is
repeated only if it is a GET and Azure asks for a short wait.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from azure.core import AsyncPipelineClient
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AsyncBearerTokenCredentialPolicy,
    AsyncHTTPPolicy,
    AsyncRetryPolicy,
    CustomHookPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.azure.errors import read_retry_after
from shared.adapters.transport import new_transport
from shared.domain.machine.machine import SubscriptionId
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.core.pipeline.transport import AsyncHttpTransport
    from azure.mgmt.compute.aio import ComputeManagementClient

#: a wait that Azure asks for is waited out up to here; the SDK would sleep through the 20 minutes
#: of a recorded 429
_LONGEST_WAIT = timedelta(seconds=10)

#: one request in total: its token, its repetitions, its answer. The SDK's own time-outs are for one
#: read of a socket.
_SECONDS = 60.0


class ArmClient:
    """Requests to one ARM endpoint.

    Nothing is opened before the first; close it with `await client.close()`.
    """

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        audience: str,
        credential: "AsyncTokenCredential",
        quota: Callable[[], AsyncHTTPPolicy[Any, Any]],
    ) -> None:
        """`quota` makes the step that waits for quota, a new one for each pipeline."""
        self.endpoint = endpoint
        self._scope = f"{audience}/.default"
        self._credential = credential
        self._quota = quota
        self._transport: AsyncHttpTransport[Any, Any] | None = None
        self._compute: dict[SubscriptionId, ComputeManagementClient] = {}
        self._plain: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] | None = None

    def compute(self, subscription: SubscriptionId) -> "ComputeManagementClient":
        """Compute's client for a subscription; all share transport and credential."""
        client = self._compute.get(subscription)
        if client is None:
            # Up to 1.7 s of a cold start (measured without bytecode); a webhook never needs it.
            from azure.mgmt.compute.aio import ComputeManagementClient  # noqa: PLC0415 - see above

            client = self._compute[subscription] = ComputeManagementClient(
                self._credential,
                subscription,
                base_url=self.endpoint.url,
                credential_scopes=[self._scope],
                policies=self._policies(),
                transport=self._shared_transport(),
            )
        return client

    async def get(self, url: str, **options: Any) -> AsyncHttpResponse:
        """GET a URL of the endpoint, with any status.

        AzureUnavailable, unsent, for a URL of another host.
        """
        return await self._pipeline().send_request(HttpRequest("GET", url), **options)

    async def query(self, url: str, body: bytes) -> AsyncHttpResponse:
        """POST a query, which changes nothing, to a URL of the endpoint. It is not repeated."""
        headers = {"Content-Type": "application/json"}
        request = HttpRequest("POST", url, headers=headers, content=body)
        return await self._pipeline().send_request(request)

    def _pipeline(self) -> "AsyncPipelineClient[HttpRequest, AsyncHttpResponse]":
        if self._plain is None:
            self._plain = AsyncPipelineClient(
                self.endpoint.url, policies=self._policies(), transport=self._shared_transport()
            )
        return self._plain

    async def close(self) -> None:
        """Close the connections; the next request would open them again.

        The credential is its owner's to close.
        """
        transport, self._transport = self._transport, None
        self._compute.clear()
        self._plain = None
        if transport is not None:
            await transport.close()

    def _policies(self) -> list[Any]:
        """In the order in which a request passes them.

        No redirects: ARM has none, and each would carry the token on.
        """
        plain = [_PlainHttp()] if self.endpoint.is_plain_http else []
        return [
            RequestIdPolicy(),
            UserAgentPolicy(USER_AGENT),
            CustomHookPolicy(),
            _OwnEndpointOnly(self.endpoint),
            *plain,
            _TotalTimeout(),
            ShortRetry(),
            self._quota(),
            _Token(self._credential, self._scope),
        ]

    def _shared_transport(self) -> "AsyncHttpTransport[Any, Any]":
        if self._transport is None:
            self._transport = new_transport(connection_timeout=10, read_timeout=30)
        return self._transport


class ShortRetry(AsyncRetryPolicy[Any, Any]):
    """Repeats a GET twice, and never anything else.

    azure-core repeats ten times, also a POST after 500, 503 and 504, and after 429 with a
    Retry-After.
    """

    def __init__(self) -> None:
        super().__init__(retry_total=2, retry_backoff_factor=0.5, retry_backoff_max=5)

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether to repeat: a long wait is left to the caller."""
        if response.http_request.method != "GET":
            return False
        asked = read_retry_after(response.http_response.headers)
        if asked is not None and asked > _LONGEST_WAIT:
            return False
        return bool(super().is_retry(settings, response))


class _Token(AsyncBearerTokenCredentialPolicy[Any, Any]):
    """Puts the token on.

    Where Azure wants one with further claims, it repeats a GET with that, and nothing else.
    """

    async def on_challenge(
        self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]
    ) -> bool:
        """Whether the request is to be sent again."""
        return request.http_request.method == "GET" and await super().on_challenge(
            request, response
        )


class _OwnEndpointOnly(SansIOHTTPPolicy[Any, Any]):
    """Stops a request before it gets its token if it goes to another host than ARM's."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def on_request(self, request: PipelineRequest[Any]) -> None:
        url = request.http_request.url
        if not self._endpoint.owns(url):
            raise AzureUnavailable(
                f"not sent, as it would carry our token away from {self._endpoint.url}: {url}"
            )


class _PlainHttp(SansIOHTTPPolicy[Any, Any]):
    """Lets azure-core send a token over http; only for an endpoint on this machine (`Endpoint`)."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False


class _TotalTimeout(AsyncHTTPPolicy[Any, Any]):
    """Ends a request that takes too long in total."""

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        try:
            async with asyncio.timeout(_SECONDS):
                return await self.next.send(request)
        except TimeoutError as late:
            raise AzureUnavailable(f"no answer within {_SECONDS:g} s") from late
