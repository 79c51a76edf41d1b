"""A simulator, and Microsoft's client library pointed at it the way the app is.

Endpoint, managed identity, one policy.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.identity.aio import ManagedIdentityCredential
from azure.mgmt.compute.aio import ComputeManagementClient

from sandbox.azure.arm.background import Running
from sandbox.azure.arm.pytest_plugin import start_arm

__all__ = ["start_arm"]  # a fixture is used by being there

SCOPE = "https://management.azure.com/.default"
type ClientFor = Callable[
    ..., Awaitable[Any]
]  # to the library every field may be None; a test that meets None fails
type Send = Callable[..., Awaitable["ReadResponse"]]


class AllowHttp(SansIOHTTPPolicy):  # type: ignore[type-arg]
    """azure-core refuses to send a token over http; on loopback it may."""

    def on_request(self, request: PipelineRequest) -> None:  # type: ignore[type-arg]
        request.context.options["enforce_https"] = False


@pytest.fixture
async def client_for(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ClientFor]:
    """Clients for a subscription of a simulator.

    `client_id` chooses the identity, other settings go to the client.
    """
    async with AsyncExitStack() as opened:

        async def connect(
            arm: Running, subscription: str, client_id: str | None = None, **settings: Any
        ) -> Any:
            for name, value in arm.environment.items():
                monkeypatch.setenv(name, value)
            credential = await opened.enter_async_context(
                ManagedIdentityCredential(client_id=client_id)
            )
            chosen = {"polling_interval": 0.05, "retry_total": 0} | settings
            client = ComputeManagementClient(
                credential,
                subscription,
                base_url=arm.base_url,
                credential_scopes=[SCOPE],
                per_call_policies=[AllowHttp()],
                **chosen,
            )
            return await opened.enter_async_context(client)

        yield connect


class ReadResponse:
    """An answer, read."""

    def __init__(self, status: int, headers: dict[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    """Plain HTTP with a token of the first identity, for what the client library hides.

    Token="" sends none.
    """
    async with aiohttp.ClientSession() as session:

        async def send(
            arm: Running, method: str, path: str, body: object = None, token: str | None = None
        ) -> ReadResponse:
            headers = {
                "Authorization": f"Bearer {await _token(session, arm) if token is None else token}"
            }
            url = path if path.startswith("http") else arm.base_url + path
            async with session.request(
                method,
                url,
                json=body,
                headers=headers if token != "" else {},
                allow_redirects=False,
            ) as response:
                content = (
                    await response.json() if response.content_type == "application/json" else None
                )
                return ReadResponse(
                    response.status,
                    {name.lower(): value for name, value in response.headers.items()},
                    content,
                )

        yield send


async def _token(session: aiohttp.ClientSession, arm: Running) -> str:
    url = (
        f"{arm.environment['IDENTITY_ENDPOINT']}?api-version=2019-08-01"
        "&resource=https://management.azure.com"
    )
    async with session.get(url, headers={"X-IDENTITY-HEADER": "any"}) as response:
        return str((await response.json())["access_token"])
