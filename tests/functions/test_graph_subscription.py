"""Mail through Microsoft Graph from the subscription on.

Created, used, renewed and created again by the real functions.

Graph is a stand-in on this machine; it reaches our webhook over HTTP, by a bridge to the function
as the host invokes it.
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
from shared.adapters.mail.graph.subscriptions import GraphMailSubscriptions
from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.memory import InlineWorker
from shared.domain.messages import Cause, ScanRequest
from shared.domain.notices.mail.graph_subscription import LIFETIME
from shared.usecases.notices.inbox import WatchedMailbox
from tests.contract.ports.mail.graph_stand_in import GraphStandIn, graph_running
from tests.functions.conftest import NOON, AppFakes
from tests.functions.notice_webhooks import invoke, notice_webhooks
from tests.functions.notices.requests import OTHER
from tests.functions.test_triggers import SUBSCRIPTION
from tests.unit.notices.mail.test_graph import MESSAGE, STATE, client

MAILBOX = "maintenance@contoso.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSetup:
    """The app, Graph beside it, and what may be seen of both."""

    worker: Worker
    app_fakes: AppFakes
    graph: GraphStandIn

    async def tick(self) -> None:
        """The recovery timer fires."""
        done = await self.worker.trigger("recover_all", timer_event())
        assert done.succeeded, done.error

    def scans(self) -> list[str]:
        requests = [each.message for each in self.app_fakes.queues.scans]
        self.app_fakes.queues.scans.clear()
        return sorted(
            each.subscription
            for each in requests
            if isinstance(each, ScanRequest) and each.cause is not Cause.TICK
        )

    async def send_notification(self, **changes: Any) -> int:
        """Graph reports something, with the data of its subscription."""
        (watch,) = self.graph.subscriptions.values()
        item = {"subscriptionId": watch["id"], "clientState": watch["clientState"], **changes}
        query = {"code": "KEY"}
        response = await invoke(
            self.worker,
            "email_notice",
            "notices/email/graph",
            json.dumps({"value": [item]}).encode(),
            query=query,
            params={"provider": "graph"},
        )
        return response.status


@pytest.fixture
async def graph_setup(
    function_worker: Worker, app_fakes: AppFakes, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[GraphSetup]:
    async def bridge(request: web.Request) -> web.Response:
        assert request.query["code"] == "KEY"
        response = await invoke(
            function_worker,
            "email_notice",
            "notices/email/graph",
            await request.read(),
            query=dict(request.query),
            params={"provider": "graph"},
        )
        return web.Response(status=response.status, body=response.body, headers=response.headers)

    app = web.Application()
    app.router.add_post("/api/notices/email/graph", bridge)
    async with TestServer(app) as ours, graph_running(app_fakes.clock) as graph:
        url = f"{ours.make_url('/api/notices/email/graph')}?code=KEY"
        watches = GraphMailSubscriptions(
            client=client(graph.base), mailbox=MAILBOX, url=url, client_state=STATE
        )
        usual = notice_webhooks(
            replace(app_fakes.app, subscriptions=(SUBSCRIPTION, OTHER)), app_fakes.clock
        ).inbox
        inbox = replace(
            usual,
            mail={
                **usual.mail,
                "graph": GraphMail(
                    client_state=STATE, client=client(graph.base), worker=InlineWorker()
                ),
            },
            mailbox=WatchedMailbox(subscriptions=watches, name=MAILBOX, url=url),
        )
        monkeypatch.setattr(shared.bootstrap, "_inbox", inbox)
        yield GraphSetup(worker=function_worker, app_fakes=app_fakes, graph=graph)


async def test_the_timer_has_the_mailbox_watched_and_a_mail_starts_its_scan(
    graph_setup: GraphSetup,
) -> None:
    # Given a mailbox that nobody watches, the timer makes the subscription, handshake included, and
    # everything is scanned
    await graph_setup.tick()
    (watch,) = graph_setup.graph.subscriptions.values()
    assert watch["resource"] == f"users/{MAILBOX}/mailFolders('inbox')/messages"
    assert graph_setup.scans() == sorted([SUBSCRIPTION, OTHER])

    # When Azure's mail comes, Graph reports it and the subscription that it names is scanned
    body = (
        "<p>Azure planned maintenance of your virtual machines. "
        f"Subscription ID: {SUBSCRIPTION}</p>"
    )
    graph_setup.graph.messages["AAMk1"] = MESSAGE | {
        "body": {"contentType": "html", "content": body}
    }
    graph_setup.app_fakes.clock.advance(timedelta(minutes=1))
    assert (
        await graph_setup.send_notification(
            resource=f"Users/{MAILBOX}/Messages/AAMk1", changeType="created"
        )
        == 200
    )
    assert graph_setup.scans() == [SUBSCRIPTION]

    # And a timer that finds all well changes nothing
    before = json.dumps(graph_setup.graph.subscriptions)
    await graph_setup.tick()
    assert (json.dumps(graph_setup.graph.subscriptions), graph_setup.scans()) == (before, [])


async def test_the_timer_renews_it_in_time(graph_setup: GraphSetup) -> None:
    await graph_setup.tick()
    (first,) = graph_setup.graph.subscriptions
    graph_setup.app_fakes.clock.set(NOON + timedelta(days=3))

    await graph_setup.tick()

    ((name, watch),) = graph_setup.graph.subscriptions.items()
    assert name == first
    assert watch["expirationDateTime"] == (NOON + timedelta(days=3) + LIFETIME).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


async def test_one_that_graph_removed_is_made_anew_on_its_word(graph_setup: GraphSetup) -> None:
    await graph_setup.tick()
    graph_setup.scans()
    (gone,) = graph_setup.graph.subscriptions
    graph_setup.app_fakes.clock.advance(timedelta(minutes=1))

    # Graph reports it and has dropped it by then
    watch = graph_setup.graph.subscriptions[gone]
    graph_setup.graph.drop(gone)
    response = await invoke(
        graph_setup.worker,
        "email_notice",
        "notices/email/graph",
        {"value": [{"clientState": watch["clientState"], "lifecycleEvent": "subscriptionRemoved"}]},
        params={"provider": "graph"},
    )

    assert response.status == 200
    (made,) = graph_setup.graph.subscriptions
    assert made != gone
    assert graph_setup.scans() == sorted([SUBSCRIPTION, OTHER])


async def test_while_graph_declines_recovery_goes_on_and_graphs_word_is_asked_for_again(
    graph_setup: GraphSetup,
) -> None:
    await graph_setup.tick()
    graph_setup.scans()
    graph_setup.graph.forbids = True
    graph_setup.app_fakes.clock.set(NOON + timedelta(days=4))

    await graph_setup.tick()

    assert await graph_setup.send_notification(lifecycleEvent="reauthorizationRequired") == 503
    graph_setup.graph.forbids = False
    assert await graph_setup.send_notification(lifecycleEvent="reauthorizationRequired") == 200
    (watch,) = graph_setup.graph.subscriptions.values()
    assert watch["expirationDateTime"].startswith("2026-12-04")
    assert graph_setup.scans() == []
