"""What Resource Graph's hints promise, by the adapter over the simulator, and its faults."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from azure.core.credentials import AccessToken

from sandbox.azure.arm.background import Running
from sandbox.azure.arm.control_client import Control
from sandbox.azure.arm.identities import issue
from sandbox.azure.arm.pytest_plugin import StartArm
from sandbox.azure.fleets.fleet import COLLEAGUE, Listing
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.memory import MemoryQuotas
from shared.domain.hints.annotations import Meaning
from shared.domain.hints.hint import Hint, HintSource
from shared.domain.machine.machine import SubscriptionId
from shared.domain.urls import Endpoint
from shared.errors import AzureUnavailable
from tests.contract.arm.fleets import quick_fleet
from tests.unit.arm import fleets

SUBSCRIPTION = SubscriptionId(fleets.SUBSCRIPTION.lower())


@dataclass
class Credential:
    """The simulator's token of another operator, who may do everything."""

    token: AccessToken = field(
        default_factory=lambda: AccessToken(
            issue(COLLEAGUE, "https://management.azure.com/", SystemClock().now()).text, 2**33
        )
    )

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return self.token

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Asked:
    """The adapter, and the simulator that it asks."""

    azure: ArmAzure
    quotas: MemoryQuotas
    arm: Running

    async def hints(self, source: HintSource) -> list[Hint]:
        found: list[Hint] = []
        token: str | None = None
        while True:
            page = await self.azure.hints(source, [SUBSCRIPTION], token)
            found += page.elements
            token = page.next_link
            if token is None:
                return found


@pytest.fixture
async def asked(start_arm: StartArm) -> AsyncIterator[Asked]:
    arm = start_arm(quick_fleet(listing=Listing(graph_lag=timedelta(0))))
    quotas = MemoryQuotas()
    azure = ArmAzure(
        credential=cast("Any", Credential()),
        clock=SystemClock(),
        endpoint=Endpoint.parse(arm.base_url),
        audience=arm.base_url,
        quotas=quotas,
    )
    yield Asked(azure, quotas, arm)
    await azure.close()


async def test_every_machine_of_a_wave_is_hinted_by_its_updates(asked: Asked) -> None:
    hints = await asked.hints(HintSource.UPDATES)

    assert len(hints) == 8
    assert {each.meaning for each in hints} == {Meaning.PLANNED}
    assert len({each.digest for each in hints}) == 8


async def test_impacted_resources_are_hints_and_name_machines_that_are_done(asked: Asked) -> None:
    before = await asked.hints(HintSource.IMPACTED)
    await moved(asked, before[0].machine)

    assert {each.machine for each in await asked.hints(HintSource.IMPACTED)} == {
        each.machine for each in before
    }


async def test_an_annotation_tells_of_a_colleagues_move(asked: Asked) -> None:
    assert await asked.hints(HintSource.ANNOTATIONS) == []
    machine = (await asked.hints(HintSource.UPDATES))[0].machine
    await moved(asked, machine)

    (hint,) = await asked.hints(HintSource.ANNOTATIONS)

    assert (hint.machine, hint.meaning) == (machine, Meaning.MOVED)


async def test_rows_that_are_missing_are_missing_hints(asked: Asked) -> None:
    Control(asked.arm.base_url).switch_on("rows-missing", on="graph", times=3)

    assert len(await asked.hints(HintSource.UPDATES)) == 5


async def test_a_refusal_is_an_outage_and_pauses_the_bucket_of_the_queries(asked: Asked) -> None:
    Control(asked.arm.base_url).switch_on("throttle-arm", on="graph", seconds=300)

    with pytest.raises(AzureUnavailable) as refused:
        await asked.hints(HintSource.UPDATES)

    assert refused.value.status == 429
    stored = await asked.quotas.load("graph")
    assert stored is not None
    assert stored.value.paused_until is not None


async def moved(asked: Asked, machine: str) -> None:
    """Another operator starts the maintenance of a machine, and it ends."""
    control = Control(asked.arm.base_url)
    control.do(machine, "performMaintenance")
    for _ in range(500):
        if asked.arm.events("maintenance.cleared"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the maintenance did not end")
