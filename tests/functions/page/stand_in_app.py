"""A local stand-in for the app behind the page: the real page, and made-up answers of /api/v1."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from functions.page.document import page_document

HOSTILE = '<img src=x onerror="window.hit=1">'
SET = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute"


def a_job(
    name: str, state: str, lane: str = "ud:0", scope: str = "web", **more: Any
) -> dict[str, Any]:
    """A job as GET /api/v1/jobs shows it."""
    return {
        "id": f"s~{name[:8]}",
        "machine": f"{SET}/virtualmachines/{name}",
        "subscription": "s",
        "scope": f"avset:{SET}/availabilitysets/{scope}",
        "lane": lane,
        "wave": "2026-11-23T08:00:00Z",
        "selfServiceEnd": "2026-12-18T22:00:00Z",
        "state": state,
        "reason": "",
        "due": "2026-12-06T01:00:00Z",
        "atRisk": [],
        "step": 1,
        "attempts": 0,
        "prioritized": None,
        "windowUntil": None,
        "leases": [],
        "operation": None,
        "healthCheck": None,
        "agent": "required",
        "harms": ["temporary-disk"],
        "started": None,
        "finished": None,
        **more,
    }


def a_start(name: str, group: str | None, certainty: str) -> dict[str, Any]:
    """A machine as GET /api/v1/plan shows it."""
    return {
        "id": f"{SET}/virtualmachines/{name}",
        "job": f"s~{name}",
        "group": group,
        "placement": f"avset:{SET}/availabilitysets/web",
        "lane": "ud:0",
        "start": "2026-12-06T01:00:00Z",
        "latest_start": "2026-12-06T03:00:00Z",
        "expected_end": "2026-12-06T01:45:00Z",
        "deadline": "2026-12-18T22:00:00Z",
        "margin_s": 432000,
        "certainty": certainty,
        "reason": "it waits for its window",
    }


def a_scan(failure: str | None = None) -> dict[str, Any]:
    """A subscription as GET /api/v1/scans shows it."""
    return {
        "subscription": "s-1",
        "lastCompleteAt": "2026-11-29T13:00:00Z",
        "machines": 26,
        "unreadable": 0,
        "failingSince": "2026-11-29T13:00:00Z" if failure else None,
        "failure": failure,
    }


JOBS = [
    *(a_job(f"front-{n}", "succeeded", f"ud:{n % 3}") for n in range(12)),
    *(a_job(f"front-{n}", "planned", "ud:3") for n in range(12, 18)),
    a_job("front-20", "redeploying", "ud:3"),
    a_job("front-21", "verifying", "ud:3"),
    a_job("ledger-1", "failed", "ud:1", "ledger", reason="agent not ready for 31 min"),
    a_job("ledger-2", "deferred", "ud:2", "ledger", reason="the scope is halted"),
    a_job(HOSTILE, "parked", HOSTILE, "crm", reason=f"why {HOSTILE}", atRisk=["pause"]),
]


#: elements of one page of a list, as the app has it
PAGE = 1000


class StandInApp:
    """Serves the page with its real headers; the answers can be changed and taken away."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = JOBS
        self.scans: list[dict[str, Any]] = [a_scan()]
        self.targets: list[dict[str, Any]] = []
        #: locks that nobody holds, in order before the one that is halted
        self.free_locks = 0
        #: the GET requests, as path and query
        self.asked: list[str] = []
        self.key = ""
        #: the rights of the person who is signed in; None: nobody is
        self.rights: list[str] | None = None
        self.has_sign_in = False
        self.is_down = False
        self.posted: list[tuple[str, Any]] = []
        self.url = ""

    def answer(self, path: str) -> Any:
        """The answer of a path below /api/v1."""
        halt = {
            "reason": "agent not ready for 31 min",
            "job": "s~ledger-1",
            "lane": None,
            "at": "2026-11-29T13:00:00Z",
        }
        lock = {
            "scope": f"avset:{SET}/availabilitysets/ledger",
            "lane": None,
            "slots": 1,
            "holders": [],
            "waiters": [{"job": "s~ledger-2", "lane": "ud:2", "since": "2026-11-29T13:00:00Z"}],
            "halts": [halt],
        }
        pause = {
            "target": "group:s/crm",
            "reason": HOSTILE,
            "by": "ada",
            "at": "2026-11-29T13:00:00Z",
        }
        notice = {
            "id": "1",
            "at": "2026-11-20T08:00:00Z",
            "source": "email",
            "title": HOSTILE,
            "outcome": "scanned",
            "reason": "",
        }
        trail = {
            "at": "2026-11-29T13:00:00Z",
            "event": "job.parked",
            "by": "forestall",
            "detail": {"reason": HOSTILE},
        }
        return {
            "health": {
                "status": "ok",
                "version": "0.2.0",
                "mode": "act",
                "pauses": 1,
                "held": None,
            },
            "jobs": {"jobs": self.jobs, "unreadable": []},
            "semaphores": {
                "semaphores": [
                    *({**lock, "waiters": [], "halts": []} for _ in range(self.free_locks)),
                    lock,
                ],
                "unreadable": [],
            },
            "pauses": {"pauses": [pause]},
            "notices": {"notices": [notice], "next": None},
            "plan": {
                "generated_at": "2026-11-29T13:00:00Z",
                "policy": "7f3a91c",
                "machines": [
                    a_start("front-12", "crm", "fixed"),
                    a_start(HOSTILE, HOSTILE, "blocked"),
                    a_start("front-13", None, "about"),
                ],
                "infeasible": [],
                "next": None,
            },
            "scans": {"scans": self.scans},
            "targets": {"targets": self.targets},
            "explain": {
                "job": self.jobs[-1],
                "leftAlone": None,
                "plan": None,
                "semaphores": [lock],
                "auditTrail": [trail],
            },
        }[path]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        path = request.path.removeprefix("/api/v1/")
        if path == "ui":
            document = page_document()
            return web.Response(
                body=document.html,
                headers={
                    "Content-Security-Policy": document.policy,
                    "Content-Type": "text/html; charset=utf-8",
                },
            )
        if self.is_down:
            return web.json_response({"error": "no route to the storage"}, status=503)
        if path.startswith("signed-in/"):
            path = path.removeprefix("signed-in/")
            if self.rights is None:
                word = "sign-in-needed" if self.has_sign_in else "no-sign-in"
                return web.json_response({"type": word, "error": "sign in first"}, status=401)
            if path == "me":
                return web.json_response({"name": "person:t/o", "rights": self.rights})
            if request.method == "POST" and request.headers.get("x-forestall-act") != "1":
                return web.json_response({"error": "an act needs its header"}, status=403)
        elif self.key and request.headers.get("x-functions-key") != self.key:
            return web.Response(status=401)
        if request.method == "POST":
            self.posted.append((path, json.loads(await request.read())))
            return web.json_response({"target": "everything"})
        self.asked.append(request.path_qs.removeprefix("/api/v1/"))
        answer = self.answer(path)
        if path in ("jobs", "semaphores"):
            answer = _page(answer, path, int(request.query.get("after", "0")))
        return web.json_response(answer)


def _page(answer: dict[str, Any], name: str, first: int) -> dict[str, Any]:
    """The elements from a place on, and the place of the next ones."""
    last = first + PAGE
    following = str(last) if last < len(answer[name]) else None
    return {**answer, name: answer[name][first:last], "next": following}


@asynccontextmanager
async def stand_in_app() -> AsyncIterator[StandInApp]:
    """The stand-in on a free port of this machine."""
    app, site = StandInApp(), web.Application()
    site.router.add_route("*", "/{path:.*}", app.handle)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/ui"
    try:
        yield app
    finally:
        await runner.cleanup()
