"""Looking at a run over HTTP: the real simulator, and an app that does not answer."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.audit.auditor import FORESTALL
from sandbox.azure.arm.serving import serving
from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.fleets.fleet import Fleet, MachineSpec, Subscription
from sandbox.demo.observer import Observer
from sandbox.demo.ports import free_port

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
    "/providers/Microsoft.Compute/virtualMachines/vm-1"
)
FLEET = Fleet(
    name="one",
    subscriptions=(Subscription(id=SUBSCRIPTION),),
    machines=(MachineSpec(id=MACHINE, location="westeurope"),),
)


@pytest_asyncio.fixture
async def watch() -> AsyncIterator[Observer]:
    async with (
        serving(Simulator(FLEET, identity_header="secret")) as server,
        aiohttp.ClientSession() as session,
    ):
        yield Observer(
            session=session, arm_url=server.base_url, app_url=f"http://127.0.0.1:{free_port()}"
        )


async def test_events_are_read_once_and_numbered_as_in_the_log(watch: Observer) -> None:
    first = await watch.new_events()
    assert [(event.line, event.kind) for event in first] == [
        (1, "fleet.loaded"),
        (2, "machine.loaded"),
    ]
    assert await watch.new_events() == []

    async with watch.session.post(f"{watch.arm_url}/sim/machines{MACHINE}/stop") as response:
        assert response.status == 200

    then = await watch.new_events()
    assert [(event.line, event.kind) for event in then] == [
        (3, "machine.changed"),
        (4, "machine.down"),
    ]


async def test_the_app_calls_under_the_client_id_of_its_managed_identity(watch: Observer) -> None:
    assert await watch.client_id("secret") == FORESTALL


async def test_an_app_that_does_not_answer_is_a_fact_and_no_error(watch: Observer) -> None:
    await watch.poll_app()
    assert not watch.app_responds
    assert watch.jobs == ()


async def test_the_simulators_answers_are_counted_by_status(watch: Observer) -> None:
    async with watch.session.get(
        f"{watch.arm_url}/subscriptions?api-version=2022-12-01"
    ) as response:
        assert response.status == 401
    assert await watch.responses() == {"401": 1}


async def test_an_app_that_cannot_work_is_quoted(watch: Observer) -> None:
    said = "Forestall cannot start: 1 problem in its settings"

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"error": said}, status=503)

    app = web.Application()
    app.router.add_get("/{path:.*}", refuse)
    async with TestServer(app) as server:
        watch.app_url = str(server.make_url("")).rstrip("/")
        await watch.poll_app()

    assert (watch.app_responds, watch.problem) == (False, said)
