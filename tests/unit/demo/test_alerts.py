"""The alerts of a run: one for each subscription and wave, sent again until the app takes it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from sandbox.demo.alert.sender import AlertSender
from tests.unit.audit.logs import Log


@asynccontextmanager
async def app_that_answers(
    status: Callable[[], int],
) -> AsyncIterator[tuple[AlertSender, list[dict[str, object]]]]:
    """A sender, and the bodies that reach the address of its app."""
    taken: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(json.loads(await request.read()))
        return web.Response(status=status())

    application = web.Application()
    application.router.add_post("/api/notices/service-health", take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            yield AlertSender(session=session, app_url=f"http://127.0.0.1:{port}"), taken
    finally:
        await runner.cleanup()


def announced() -> Log:
    log = Log()
    log.load("a", location="westeurope")
    log.load("b", location="westeurope")
    return log


async def test_machines_of_one_subscription_region_and_wave_share_an_alert() -> None:
    async with app_that_answers(lambda: 202) as (alerts, taken):
        events = announced().history().events
        alerts.note(events)
        await alerts.send()
        alerts.note(events)
        await alerts.send()

    assert len(taken) == 1
    assert "westeurope" in json.dumps(taken[0])


async def test_another_wave_is_another_alert() -> None:
    log = announced()
    log.announce("a", opens=500)
    async with app_that_answers(lambda: 202) as (alerts, taken):
        alerts.note(log.history().events)
        await alerts.send()

    assert len(taken) == 2


async def test_an_alert_that_the_app_does_not_take_is_sent_again() -> None:
    statuses = iter([503, 202])
    async with app_that_answers(lambda: next(statuses)) as (alerts, taken):
        alerts.note(announced().history().events)
        await alerts.send()
        await alerts.send()
        await alerts.send()

    assert len(taken) == 2
