"""A server in place of ARM, and the adapter pointed at it."""

from collections.abc import AsyncIterator

import pytest

from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.memory import SettableClock
from shared.domain.urls import Endpoint
from tests.unit.adapters.azure.arm_server import NOW, ArmServer, FixedCredential, arm_server


@pytest.fixture
async def server() -> AsyncIterator[ArmServer]:
    async with arm_server() as running:
        yield running


@pytest.fixture
async def azure(server: ArmServer) -> AsyncIterator[ArmAzure]:
    adapter = ArmAzure(
        credential=FixedCredential(),
        clock=SettableClock(now=NOW),
        endpoint=Endpoint.parse(server.url),
        audience="https://management.example",
    )
    yield adapter
    await adapter.close()
