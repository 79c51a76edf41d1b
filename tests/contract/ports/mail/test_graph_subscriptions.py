"""The port MailSubscriptions.

What is made lasts until its end, is renewed before, and is gone after. Graph is a stand-in.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.adapters.mail.graph.client import GraphClient
from shared.adapters.mail.graph.subscriptions import GraphMailSubscriptions
from shared.adapters.memory import MemoryMailSubscriptions, SettableClock
from shared.domain.notices.mail.graph_subscription import LIFETIME, resource_of
from shared.errors import Unavailable
from shared.ports import MailSubscriptions
from tests.contract.ports.mail.graph_stand_in import GraphStandIn, graph_running
from tests.contract.ports.samples import NOW
from tests.unit.notices.mail.test_graph import STATE, Credential

MAILBOX = "maintenance@contoso.com"


async def webhook(request: web.Request) -> web.Response:
    """Our webhook, as far as a handshake needs it."""
    known = request.query.get("code") == "KEY"
    return web.Response(text=request.query["validationToken"] if known else "no", status=200)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/api/notices/email/graph", webhook)
    async with TestServer(app) as running:
        yield f"{running.make_url('/api/notices/email/graph')}?code=KEY"


@pytest.fixture
async def graph(clock: SettableClock) -> AsyncIterator[GraphStandIn]:
    async with graph_running(clock) as running:
        yield running


def at_graph(graph: GraphStandIn, url: str) -> GraphMailSubscriptions:
    return GraphMailSubscriptions(
        client=GraphClient(endpoint=graph.base, credential=Credential()),
        mailbox=MAILBOX,
        url=url,
        client_state=STATE,
    )


@pytest.fixture(params=["memory", "graph"])
def subscriptions(
    request: pytest.FixtureRequest, clock: SettableClock, url: str, graph: GraphStandIn
) -> MailSubscriptions:
    if request.param == "memory":
        return MemoryMailSubscriptions(clock=clock, mailbox=MAILBOX, url=url)
    return at_graph(graph, url)


async def test_what_is_made_is_there_until_it_ends(
    subscriptions: MailSubscriptions, clock: SettableClock, url: str
) -> None:
    assert list(await subscriptions.all()) == []

    made = await subscriptions.create(NOW + LIFETIME)

    assert (made.resource, made.url, made.expires) == (resource_of(MAILBOX), url, NOW + LIFETIME)
    assert list(await subscriptions.all()) == [made]
    clock.set(NOW + LIFETIME - timedelta(seconds=1))
    assert list(await subscriptions.all()) == [made]
    clock.set(NOW + LIFETIME)
    assert list(await subscriptions.all()) == []


async def test_two_calls_make_two_and_all_are_shown(subscriptions: MailSubscriptions) -> None:
    made = [await subscriptions.create(NOW + timedelta(days=days)) for days in (1, 2, 3, 4, 5)]

    assert sorted(each.id for each in await subscriptions.all()) == sorted(each.id for each in made)


async def test_one_that_is_renewed_lasts_longer(
    subscriptions: MailSubscriptions, clock: SettableClock
) -> None:
    made = await subscriptions.create(NOW + timedelta(days=1))

    assert await subscriptions.renew(made.id, NOW + timedelta(days=6)) is True

    (found,) = await subscriptions.all()
    assert (found.id, found.expires) == (made.id, NOW + timedelta(days=6))
    clock.set(NOW + timedelta(days=6))
    assert await subscriptions.renew(made.id, NOW + timedelta(days=9)) is False


async def test_one_that_was_never_there_is_not_renewed_and_not_missed(
    subscriptions: MailSubscriptions,
) -> None:
    assert await subscriptions.renew("no-such", NOW + timedelta(days=1)) is False
    await subscriptions.remove("no-such")


async def test_what_is_removed_is_gone(subscriptions: MailSubscriptions) -> None:
    made, other = [await subscriptions.create(NOW + LIFETIME) for _ in range(2)]

    await subscriptions.remove(made.id)

    assert [each.id for each in await subscriptions.all()] == [other.id]


async def test_none_lasts_longer_than_graph_lets_one(subscriptions: MailSubscriptions) -> None:
    with pytest.raises(Unavailable, match="declines"):
        await subscriptions.create(NOW + timedelta(days=8))
    made = await subscriptions.create(NOW + LIFETIME)
    with pytest.raises(Unavailable, match="declines"):
        await subscriptions.renew(made.id, NOW + timedelta(days=8))


# What only the real one meets


async def test_graph_is_told_the_secret_and_both_addresses_and_shows_no_secret(
    graph: GraphStandIn, url: str
) -> None:
    made = await at_graph(graph, url).create(NOW + LIFETIME)

    wanted = graph.subscriptions[made.id]
    assert (wanted["clientState"], wanted["changeType"]) == (STATE, "created")
    assert wanted["notificationUrl"] == wanted["lifecycleNotificationUrl"] == url
    assert "KEY" not in repr(made)


async def test_a_door_that_does_not_answer_the_handshake_is_told(
    graph: GraphStandIn, url: str
) -> None:
    with pytest.raises(Unavailable, match=r"ValidationError.*FORESTALL_MAIL_GRAPH_URL"):
        await at_graph(graph, url.replace("KEY", "OLD")).create(NOW + LIFETIME)


@pytest.mark.parametrize("trouble", ["forbids", "away"])
async def test_every_refusal_is_told_with_what_to_look_at(
    graph: GraphStandIn, url: str, trouble: str
) -> None:
    subscriptions = at_graph(graph, url)
    made = await subscriptions.create(NOW + LIFETIME)
    setattr(graph, trouble, True)
    for attempt in (
        subscriptions.all(),
        subscriptions.create(NOW + LIFETIME),
        subscriptions.renew(made.id, NOW + LIFETIME),
        subscriptions.remove(made.id),
    ):
        with pytest.raises(Unavailable, match=r"403 ExtensionError|503") as raised:
            await attempt
        assert "Mail.Read" in str(raised.value)
        assert "KEY" not in str(raised.value)


async def test_a_next_page_that_lies_elsewhere_is_not_fetched(
    graph: GraphStandIn, url: str
) -> None:
    subscriptions = at_graph(graph, url)
    for _ in range(3):
        await subscriptions.create(NOW + LIFETIME)
    graph.base = "https://graph.evil.example"

    with pytest.raises(Unavailable, match="another host"):
        await subscriptions.all()
