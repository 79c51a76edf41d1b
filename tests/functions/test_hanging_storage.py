"""A state that does not respond: the health page and the kill switch still answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import functions.operators.commands
import functions.operators.read
import shared.bootstrap
from sandbox.azure.functions_host.runtime.shapes import HttpResponse
from sandbox.azure.functions_host.runtime.worker import Worker
from shared.adapters.tables.account import TableName
from shared.errors import StorageUnavailable
from shared.shared_attempt import SharedAttempt
from tests.functions.notice_webhooks import body_of, invoke

SECRETS = ("a-planted-secret", "c2VjcmV0LWtleQ==", "hunter2-hunter2-hunter2")
PAUSE = {"target": "everything", "by": "ada", "reason": "incident 42"}


@dataclass
class Storage:
    """Takes requests and never answers one, as long as the test runs."""

    asked: list[str] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    end: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        self.was_asked.set()
        await self.end.wait()
        return web.Response(status=403)


@pytest.fixture
async def storage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Storage]:
    """The app of a fresh process whose storage hangs. The longest wait is short here."""
    storage, app = Storage(), web.Application()
    app.router.add_route("*", "/{path:.*}", storage.answer)
    async with TestServer(app) as server:
        monkeypatch.setenv(
            "StateStorage",
            f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={SECRETS[1]};"
            f"TableEndpoint=http://127.0.0.1:{server.port}/a;",
        )
        fresh_process(monkeypatch)
        for module in (functions.operators.commands, functions.operators.read):
            monkeypatch.setattr(module, "LONGEST_WAIT", timedelta(milliseconds=300))
        yield storage
        storage.end.set()
        # The attempt ends by itself, and closes its connections.
        with suppress(StorageUnavailable):
            await shared.bootstrap._starting.get()


def fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESTALL_SUBSCRIPTIONS", "*")
    monkeypatch.setenv("SCAN_SCHEDULE", "0 */15 * * * *")
    monkeypatch.setenv("RECOVER_SCHEDULE", "30 */5 * * * *")
    monkeypatch.setenv(
        "ServiceBusConnection",
        (
            "Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=k;"
            "UseDevelopmentEmulator=true;"
        ),
    )
    monkeypatch.setattr(shared.bootstrap, "_app", None)
    monkeypatch.setattr(
        shared.bootstrap,
        "_starting",
        SharedAttempt(shared.bootstrap._start, failure_kept=timedelta(seconds=5)),
    )


async def ask(worker: Worker, function: str, body: object = None) -> HttpResponse:
    method = "GET" if body is None else "POST"
    return await invoke(worker, function, function, body, method=method)


async def test_many_callers_share_one_attempt_to_start(
    function_worker: Worker, storage: Storage
) -> None:
    responses = await asyncio.gather(*(ask(function_worker, "health") for _ in range(6)))

    assert {each.status for each in responses} == {503}
    # One request for each table, however many wait.
    assert len(storage.asked) <= len(TableName)


async def test_a_pause_is_answered_with_the_command_that_needs_no_storage(
    function_worker: Worker, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_SITE_NAME", "func-forestall")
    monkeypatch.setenv("WEBSITE_RESOURCE_GROUP", "rg-forestall")
    waiting = [asyncio.create_task(ask(function_worker, "health")) for _ in range(6)]
    # On a busy machine the answers can come before the attempt has reached the storage.
    await storage.was_asked.wait()

    response = await ask(function_worker, "add_pause", PAUSE)

    assert response.status == 503
    text = body_of(response)["error"]
    assert "az functionapp stop --name func-forestall --resource-group rg-forestall" in text
    assert "not known whether the pause is stored" in text
    # It was answered while the storage had answered nobody.
    assert not storage.end.is_set()
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("function", ["health", "show_health"])
async def test_only_a_key_shows_what_is_wrong_with_the_settings(
    function_worker: Worker, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    fresh_process(monkeypatch)
    wrong = {
        "FORESTALL_MODE": SECRETS[0],
        "FORESTALL_SUBSCRIPTIONS": SECRETS[0],
        "FORESTALL_POLICY": f'{{"{SECRETS[0]}": 1}}',
        "FORESTALL_TABLE_PREFIX": f"{SECRETS[0]}!",
        "FORESTALL_ARM_ENDPOINT": f"http://{SECRETS[0]}.example",
        "FORESTALL_MAIL_SENDERS": SECRETS[0],
        "FORESTALL_MAIL_SES_TOPICS": SECRETS[0],
        "FORESTALL_MAIL": f'{{"{SECRETS[0]}": {{}}}}',
        "StateStorage": f"AccountKey={SECRETS[1]}",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)

    response = await ask(function_worker, function)

    text = body_of(response)["error"]
    assert response.status == 503
    assert [name for name in wrong if name not in text] == []
    assert any(each in text for each in SECRETS) is (function == "show_health")
