"""Mail through Microsoft Graph from the subscription on: made, told by, renewed and made anew by the real functions.

Graph is a stand-in on this machine; it reaches our door over HTTP, by a bridge to the function as the host invokes it.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import shared.bootstrap
from sandbox.azure.functions_host.runtime.shapes import timer_event
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.mail.graph.subscription import GraphWatches
from shared.adapters.mail.graph.webhook import Graph
from shared.domain.messages import ScanRequest
from shared.domain.notices.mail.graph_subscription import LIFETIME
from shared.usecases.notices.inbox import Mailbox
from tests.contract.ports.mail.graph_stand_in import GraphStandIn, graph_running
from tests.functions.conftest import NOON, Rooms
from tests.functions.notice_doors import call, doors
from tests.functions.test_notices import OTHER
from tests.functions.test_triggers import SUBSCRIPTION
from tests.unit.notices.mail.test_graph import MESSAGE, STATE, client

MAILBOX = "maintenance@contoso.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The app, Graph beside it, and what may be seen of both."""

    worker: Worker
    rooms: Rooms
    graph: GraphStandIn

    async def tick(self) -> None:
        """The recovery timer fires."""
        done = await self.worker.trigger("recover_all", timer_event())
        assert done.succeeded, done.error

    def scans(self) -> list[str]:
        requests = [each.message for each in self.rooms.queues.scans]
        self.rooms.queues.scans.clear()
        return sorted(each.subscription for each in requests if isinstance(each, ScanRequest))

    async def tell(self, **changes: Any) -> int:
        """Graph tells of something, with the words of its subscription."""
        (watch,) = self.graph.subscriptions.values()
        item = {"subscriptionId": watch["id"], "clientState": watch["clientState"], **changes}
        query = {"code": "KEY"}
        answer = await call(
            self.worker,
            "email_notice",
            "notices/email/graph",
            json.dumps({"value": [item]}).encode(),
            query=query,
            params={"provider": "graph"},
        )
        return answer.status


@pytest.fixture
async def scene(
    function_worker: Worker, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    async def bridge(request: web.Request) -> web.Response:
        assert request.query["code"] == "KEY"
        answer = await call(
            function_worker,
            "email_notice",
            "notices/email/graph",
            await request.read(),
            query=dict(request.query),
            params={"provider": "graph"},
        )
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    app = web.Application()
    app.router.add_post("/api/notices/email/graph", bridge)
    async with TestServer(app) as ours, graph_running(rooms.clock) as graph:
        url = f"{ours.make_url('/api/notices/email/graph')}?code=KEY"
        watches = GraphWatches(client=client(graph.base), mailbox=MAILBOX, url=url, client_state=STATE)
        usual = doors(replace(rooms.app, subscriptions=(SUBSCRIPTION, OTHER)), rooms.clock).inbox
        inbox = replace(
            usual,
            mail={**usual.mail, "graph": Graph(client_state=STATE, client=client(graph.base))},
            mailbox=Mailbox(watches=watches, name=MAILBOX, url=url),
        )
        monkeypatch.setattr(shared.bootstrap, "_inbox", inbox)
        yield Scene(worker=function_worker, rooms=rooms, graph=graph)


async def test_the_timer_has_the_mailbox_watched_and_a_mail_starts_its_scan(scene: Scene) -> None:
    # Given a mailbox that nobody watches, the timer makes the subscription, handshake included, and everything is scanned
    await scene.tick()
    (watch,) = scene.graph.subscriptions.values()
    assert watch["resource"] == f"users/{MAILBOX}/mailFolders('inbox')/messages"
    assert scene.scans() == sorted([SUBSCRIPTION, OTHER])

    # When Azure's mail comes, Graph tells of it and the subscription that it names is scanned
    body = f"<p>Azure planned maintenance of your virtual machines. Subscription ID: {SUBSCRIPTION}</p>"
    scene.graph.messages["AAMk1"] = MESSAGE | {"body": {"contentType": "html", "content": body}}
    scene.rooms.clock.advance(timedelta(minutes=1))
    assert await scene.tell(resource=f"Users/{MAILBOX}/Messages/AAMk1", changeType="created") == 200
    assert scene.scans() == [SUBSCRIPTION]

    # And a timer that finds all well changes nothing
    before = json.dumps(scene.graph.subscriptions)
    await scene.tick()
    assert (json.dumps(scene.graph.subscriptions), scene.scans()) == (before, [])


async def test_the_timer_renews_it_in_time(scene: Scene) -> None:
    await scene.tick()
    (first,) = scene.graph.subscriptions
    scene.rooms.clock.set(NOON + timedelta(days=3))

    await scene.tick()

    ((name, watch),) = scene.graph.subscriptions.items()
    assert name == first
    assert watch["expirationDateTime"] == (NOON + timedelta(days=3) + LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_one_that_graph_removed_is_made_anew_on_its_word(scene: Scene) -> None:
    await scene.tick()
    scene.scans()
    (gone,) = scene.graph.subscriptions
    scene.rooms.clock.advance(timedelta(minutes=1))

    # Graph tells of it and has dropped it by then
    watch = scene.graph.subscriptions[gone]
    scene.graph.drop(gone)
    answer = await call(
        scene.worker,
        "email_notice",
        "notices/email/graph",
        {"value": [{"clientState": watch["clientState"], "lifecycleEvent": "subscriptionRemoved"}]},
        params={"provider": "graph"},
    )

    assert answer.status == 200
    (made,) = scene.graph.subscriptions
    assert made != gone
    assert scene.scans() == sorted([SUBSCRIPTION, OTHER])


async def test_while_graph_declines_recovery_goes_on_and_graphs_word_is_asked_for_again(scene: Scene) -> None:
    await scene.tick()
    scene.scans()
    scene.graph.forbids = True
    scene.rooms.clock.set(NOON + timedelta(days=4))

    await scene.tick()

    assert await scene.tell(lifecycleEvent="reauthorizationRequired") == 503
    scene.graph.forbids = False
    assert await scene.tell(lifecycleEvent="reauthorizationRequired") == 200
    (watch,) = scene.graph.subscriptions.values()
    assert watch["expirationDateTime"].startswith("2026-12-04")
    assert scene.scans() == []
