"""A stand-in on this machine for the part of Microsoft Graph that keeps subscriptions and mails.

It is built after the documentation. It makes the handshake with the address it is given, limits
lifetimes as Graph does for mails, shows pages, and knows what ended. Never compared with the real
one.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.ports import Clock

#: subscription resource type: Outlook message
MOST = timedelta(minutes=10_070)
_PAGE = 2


class GraphStandIn:
    """Answers /v1.0/subscriptions; `forbids` and `away` make it answer 403 and 503."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.subscriptions: dict[str, dict[str, Any]] = {}
        #: by id, what a GET of the message answers
        self.messages: dict[str, dict[str, Any]] = {}
        self.forbids = False
        self.away = False
        self.base = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1.0/subscriptions", self._list)
        app.router.add_post("/v1.0/subscriptions", self._create)
        app.router.add_patch("/v1.0/subscriptions/{id}", self._renew)
        app.router.add_delete("/v1.0/subscriptions/{id}", self._remove)
        app.router.add_get("/v1.0/users/{user}/messages/{id}", self._message)
        return app

    def drop(self, watch: str) -> None:
        """Graph ends one by itself."""
        del self.subscriptions[watch]

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != "Bearer the-token":
            return _error(401, "InvalidAuthenticationToken", "Access token is empty or invalid.")
        if self.away:
            return web.Response(status=503, text="<html>")
        if self.forbids:
            return _error(
                403, "ExtensionError", "Operation: Create; Exception: [Status Code: Forbidden]"
            )
        return None

    async def _list(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        now = self._clock.now()
        alive = [each for each in self.subscriptions.values() if _expiry(each) > now]
        start = int(request.query.get("$skiptoken", "0"))
        page: dict[str, Any] = {"value": [_shown(each) for each in alive[start : start + _PAGE]]}
        if start + _PAGE < len(alive):
            page["@odata.nextLink"] = f"{self.base}/v1.0/subscriptions?$skiptoken={start + _PAGE}"
        return web.json_response(page)

    async def _create(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        wanted = await request.json()
        if _expiry(wanted) - self._clock.now() > MOST:
            return _error(
                400,
                "ExtensionError",
                "Subscription expiration can only be 10070 minutes in the future.",
            )
        for address in ("notificationUrl", "lifecycleNotificationUrl"):
            if not await _answers(wanted[address]):
                return _error(400, "ValidationError", "Subscription validation request failed.")
        made = {"id": str(uuid.uuid4()), **wanted}
        self.subscriptions[made["id"]] = made
        return web.json_response(_shown(made), status=201)

    async def _renew(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        found = self.subscriptions.get(request.match_info["id"])
        if found is None or _expiry(found) <= self._clock.now():
            return _error(404, "ResourceNotFound", "The object was not found.")
        wanted = await request.json()
        if _expiry(wanted) - self._clock.now() > MOST:
            return _error(
                400,
                "ExtensionError",
                "Subscription expiration can only be 10070 minutes in the future.",
            )
        found |= wanted
        return web.json_response(_shown(found))

    async def _remove(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        gone = self.subscriptions.pop(request.match_info["id"], None)
        return web.Response(status=404 if gone is None else 204)

    async def _message(self, request: web.Request) -> web.Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        found = self.messages.get(request.match_info["id"])
        if found is None:
            return _error(
                404, "ErrorItemNotFound", "The specified object was not found in the store."
            )
        return web.json_response(found)


@asynccontextmanager
async def graph_running(clock: Clock) -> AsyncIterator[GraphStandIn]:
    """One that listens; `base` is where."""
    graph = GraphStandIn(clock)
    async with TestServer(graph.application()) as running:
        graph.base = str(running.make_url("")).rstrip("/")
        yield graph


async def _answers(url: str) -> bool:
    """The handshake: the token must come back as plain text."""
    token = f"Validation: Testing client application reachability {uuid.uuid4()}"
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, params={"validationToken": token}) as response,
        ):
            return response.status == 200 and await response.text() == token
    except aiohttp.ClientError:
        return False


def _expiry(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["expirationDateTime"])


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    """Graph keeps `clientState` to itself."""
    return {name: value for name, value in item.items() if name != "clientState"}


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
