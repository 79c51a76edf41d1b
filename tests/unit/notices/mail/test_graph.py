"""Microsoft Graph's mail notifications, with Graph played by a server on this machine."""

import json
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken

from shared.adapters.mail.graph.client import GraphClient
from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.memory import InlineWorker
from shared.domain.notices.http import Handshake, MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.message import AuthResult
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS, authenticate_sender
from shared.domain.notices.notice import UnreadableNotice
from shared.errors import Unavailable
from tests.unit.notices.samples import sample

STATE = "secretClientValue-of-32-characters"
RESULTS = (
    "spf=pass smtp.mailfrom=microsoft.com; dkim=pass header.d=microsoft.com; "
    "dmarc=pass action=none header.from=microsoft.com"
)
MESSAGE: dict[str, Any] = {
    "subject": "Planned maintenance",
    "from": {"emailAddress": {"name": "Microsoft Azure", "address": "azure-noreply@microsoft.com"}},
    "body": {"contentType": "html", "content": "<p>Azure</p>"},
    "receivedDateTime": "2026-11-23T12:00:00Z",
    "internetMessageId": "<1@x>",
    "internetMessageHeaders": [{"name": "Authentication-Results", "value": RESULTS}],
}


class Credential:
    """Gives the token that the server asks for."""

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes[0].endswith("/.default")
        return AccessToken("the-token", 4_000_000_000)

    async def close(self) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


def client(endpoint: str) -> GraphClient:
    """Graph, wherever it is, and a token for it."""
    return GraphClient(endpoint=endpoint, credential=Credential())


class Server:
    """Answers every GET with a given response."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.body: bytes = json.dumps(MESSAGE).encode()

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer the-token"
        self.asked.append(request.raw_path)
        headers = {"Location": "https://evil.example/"} if self.status == 302 else {}
        return web.Response(status=self.status, body=self.body, headers=headers)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def webhook(server: Server) -> AsyncIterator[GraphMail]:
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    async with TestServer(app) as running:
        yield GraphMail(
            client_state=STATE,
            client=client(str(running.make_url("")).rstrip("/")),
            worker=InlineWorker(),
        )


def notification(**changes: object) -> dict[str, Any]:
    item: dict[str, Any] = sample("graph-change-notification")["value"][0]
    return (
        item
        | {"clientState": STATE, "resource": "users/ada@contoso.com/messages/AAMk-1="}
        | changes
    )


def call(*items: object) -> WebhookRequest:
    return WebhookRequest(body=json.dumps({"value": items}).encode())


async def test_the_mail_that_came_is_fetched_and_read(webhook: GraphMail, server: Server) -> None:
    delivery = await webhook.read_mails(call(notification(), notification()))

    assert isinstance(delivery, MailDelivery)
    (mail,) = delivery.mails
    assert (mail.sender, mail.subject, mail.html) == (
        "azure-noreply@microsoft.com",
        "Planned maintenance",
        "<p>Azure</p>",
    )
    assert (mail.auth_results.dmarc, mail.auth_results.dkim) == (
        AuthResult.PASS,
        (("microsoft.com", AuthResult.PASS),),
    )
    (asked,) = server.asked
    assert asked.startswith("/v1.0/users/ada@contoso.com/messages/AAMk-1=?$select=from,")


async def test_the_handshake_gets_its_token_back_as_plain_text(webhook: GraphMail) -> None:
    response = await webhook.read_mails(
        WebhookRequest(query={"validationToken": "<script>Validation: 1</script>"})
    )

    assert isinstance(response, Handshake)
    assert (response.body, response.mimetype) == ("<script>Validation: 1</script>", "text/plain")
    assert response.headers == {"X-Content-Type-Options": "nosniff"}
    for token in ("", "x" * 5000):
        assert isinstance(
            await webhook.read_mails(WebhookRequest(query={"validationToken": token})), Refusal
        )


@pytest.mark.parametrize("state", ["", "wrong", None, 7, STATE + "x"])
async def test_a_wrong_client_state_is_refused_and_nothing_is_fetched(
    webhook: GraphMail, server: Server, state: object
) -> None:
    refusal = await webhook.read_mails(call(notification(), notification(clientState=state)))

    assert isinstance(refusal, Refusal)
    assert (refusal.status, server.asked) == (401, [])


@pytest.mark.parametrize(
    "resource",
    [
        "users/ada/messages/../../secrets",
        "users/../messages/1",
        "users/ada/messages/1?$expand=attachments",
        "users/ada/drive/root",
        "https://evil.example/users/ada/messages/1",
        "",
        7,
    ],
)
async def test_only_messages_are_fetched(
    webhook: GraphMail, server: Server, resource: object
) -> None:
    with pytest.raises(UnreadableNotice, match="resource"):
        await webhook.read_mails(call(notification(resource=resource)))
    assert server.asked == []


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("Users/ada/Messages/1", "/v1.0/users/ada/messages/1"),
        ("users/ada/mailFolders('Inbox')/messages/1", "/v1.0/users/ada/messages/1"),
        ("users/ada/mailFolders/Inbox/messages/1", "/v1.0/users/ada/messages/1"),
        ("users/ada/messages/a b%2F", "/v1.0/users/ada/messages/a%20b%252F"),
    ],
)
async def test_every_form_of_a_messages_path_is_made_plain(
    webhook: GraphMail, server: Server, resource: str, path: str
) -> None:
    await webhook.read_mails(call(notification(resource=resource)))

    assert server.asked[0].partition("?")[0] == path


async def test_a_message_that_is_gone_is_nothing_and_lifecycle_events_fetch_nothing(
    webhook: GraphMail, server: Server
) -> None:
    server.status = 404
    delivery = await webhook.read_mails(call(notification()))
    assert isinstance(delivery, MailDelivery)
    assert delivery.mails == ()

    server.asked.clear()
    told = await webhook.read_mails(
        call(*(notification(lifecycleEvent=each) for each in ("missed", "new", "missed")))
    )
    assert isinstance(told, MailDelivery)
    assert (told.mails, told.events, server.asked) == ((), ("missed", "new"), [])


async def test_a_word_about_the_subscription_beside_a_mail_is_heard_too(
    webhook: GraphMail, server: Server
) -> None:
    told = await webhook.read_mails(
        call(notification(), notification(lifecycleEvent="reauthorizationRequired"))
    )
    assert isinstance(told, MailDelivery)
    assert (len(told.mails), told.events, len(server.asked)) == (1, ("reauthorizationRequired",), 1)


@pytest.mark.parametrize(
    ("status", "body"), [(403, b"{}"), (429, b""), (500, b""), (302, b""), (200, b"<html>")]
)
async def test_what_graph_does_not_hand_over_is_asked_for_again(
    webhook: GraphMail, server: Server, status: int, body: bytes
) -> None:
    server.status, server.body = status, body

    with pytest.raises(Unavailable, match="Microsoft Graph"):
        await webhook.read_mails(call(notification()))


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\x"', b'"', b"{"])
async def test_a_mail_in_broken_json_is_dropped_and_not_asked_for_again(
    webhook: GraphMail, server: Server, text: bytes
) -> None:
    """An untrusted sender may have chosen its text, and it would be the same each time."""
    server.body = b'{"subject": ' + text + b"}"

    delivery = await webhook.read_mails(call(notification()))

    assert isinstance(delivery, MailDelivery)
    (mail,) = delivery.mails
    assert "cannot be read" in mail.unread


async def test_a_message_that_is_larger_than_any_notice_is_nobodys(
    webhook: GraphMail, server: Server
) -> None:
    server.body = json.dumps(MESSAGE | {"subject": "x" * 3_000_000}).encode()

    delivery = await webhook.read_mails(call(notification()))

    assert isinstance(delivery, MailDelivery)
    assert (delivery.mails[0].sender, delivery.mails[0].unread) == ("", "more than 2097152 bytes")


async def test_a_body_that_is_larger_than_any_notification_is_not_read(webhook: GraphMail) -> None:
    refusal = await webhook.read_mails(WebhookRequest(body=b"[" * 300_000))
    assert isinstance(refusal, Refusal)
    assert refusal.status == 413


async def test_a_forged_header_below_the_servers_own_makes_a_mail_no_better(
    webhook: GraphMail, server: Server
) -> None:
    bad = "spf=pass smtp.mailfrom=evil.example; dkim=none; dmarc=none header.from=microsoft.com"
    listed = [{"name": "Authentication-Results", "value": each} for each in (bad, RESULTS)]
    listed.append({"name": "Return-Path", "value": "<b@microsoft.com>"})
    server.body = json.dumps(MESSAGE | {"internetMessageHeaders": listed}).encode()

    delivery = await webhook.read_mails(call(notification()))

    assert isinstance(delivery, MailDelivery)
    assert isinstance(authenticate_sender(delivery.mails[0], AZURE_SENDERS), str)


async def test_what_is_no_notification_and_a_door_without_state(webhook: GraphMail) -> None:
    for body in (
        b"{}",
        b'{"value": []}',
        b'{"value": [7]}',
        b"[]",
        b"",
        json.dumps({"value": [notification()] * 50}).encode(),
    ):
        with pytest.raises(UnreadableNotice):
            await webhook.read_mails(WebhookRequest(body=body))
    shut = GraphMail(
        client_state="", client=client("https://graph.microsoft.com"), worker=InlineWorker()
    )
    refusal = await shut.read_mails(WebhookRequest(query={"validationToken": "x"}))
    assert isinstance(refusal, Refusal)
    assert refusal.status == 403
