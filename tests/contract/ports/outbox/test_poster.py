"""The real poster against a server on this machine that answers as badly as told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from aiohttp import web

from shared.adapters.outbox.http_poster import HttpPoster
from shared.ports import Poster

HOST = "hooks.example.test"
NAMES = {
    HOST: ["127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "two-faced.test": ["127.0.0.1", "169.254.169.254"],
}

type Handler = Callable[[web.Request], Awaitable[web.Response]]


async def look_up(host: str, _: int) -> Sequence[str]:
    if host not in NAMES:
        raise OSError(f"no such host: {host}")
    return NAMES[host]


class StandInServer:
    """A local stand-in for a target: not Teams, not Slack."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Handler = _accepted
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, path: str = "/hook") -> str:
        return f"http://{HOST}:{self.port}{path}"

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.requests.append((request.raw_path, dict(request.headers), body))
        return await self.answer(request)


async def _accepted(_: web.Request) -> web.Response:
    return web.Response(status=202)


@pytest.fixture
async def server() -> AsyncIterator[StandInServer]:
    made = StandInServer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def poster() -> Poster:
    return HttpPoster(resolver=look_up, loopback=True)


async def test_a_post_arrives_as_it_is(server: StandInServer, poster: Poster) -> None:
    path = "/workflows/9f/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sig=AbC-_1"
    answer = await poster.post(server.url(path), {"Content-Type": "x/y"}, "Zürich".encode())
    assert answer.status == 202
    ((raw_path, headers, body),) = server.requests
    assert (raw_path, headers["Content-Type"], body) == (path, "x/y", "Zürich".encode())
    assert "Cookie" not in headers
    assert "Authorization" not in headers


async def test_an_answer_has_its_wait_and_text(server: StandInServer, poster: Poster) -> None:
    async def throttled(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "17"}, text="slow down")

    server.answer = throttled
    answer = await poster.post(server.url(), {}, b"{}")
    assert (answer.status, answer.retry_after, answer.body) == (
        429,
        timedelta(seconds=17),
        "slow down",
    )


async def test_a_redirect_is_not_followed(server: StandInServer, poster: Poster) -> None:
    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": server.url("/elsewhere")})

    server.answer = moved
    answer = await poster.post(server.url(), {}, b"{}")
    assert (answer.status, answer.location) == (301, f"http://{HOST}:{server.port}")
    assert len(server.requests) == 1


async def test_an_answer_that_repeats_the_address_does_not_show_it(
    server: StandInServer, poster: Poster
) -> None:
    async def repeats(request: web.Request) -> web.Response:
        return web.Response(
            status=404,
            text=f"Cannot POST {request.raw_path}",
            headers={"Location": f"{request.raw_path}/"},
        )

    server.answer = repeats
    answer = await poster.post(server.url("/services/T1/s3cr3t-token?sig=AbC"), {}, b"{}")
    assert (answer.status, answer.body) == (404, "Cannot POST ...")
    assert "s3cr3t" not in repr(answer)


async def test_an_endless_answer_is_cut(server: StandInServer, poster: Poster) -> None:
    async def long(_: web.Request) -> web.Response:
        return web.Response(text="x" * 1_000_000)

    server.answer = long
    assert len((await poster.post(server.url(), {}, b"{}")).body) == 2000


async def test_no_answer_may_have_arrived(server: StandInServer) -> None:
    async def silent(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    server.answer = silent
    poster = HttpPoster(resolver=look_up, loopback=True, seconds=0.2)
    answer = await poster.post(server.url(), {}, b"{}")
    assert (answer.status, answer.may_have_arrived) == (None, True)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}:9/hook",
        "http://metadata.test/hook",
        "http://two-faced.test/hook",
        "http://169.254.169.254/metadata/identity",
        "http://nowhere.test/secret-path",
        "http://user@hooks.example.test/",
        "ftp://hooks.example.test/",
    ],
)
async def test_what_was_not_sent_is_known_and_shows_no_address(url: str, poster: Poster) -> None:
    answer = await poster.post(url, {}, b"{}")
    assert (answer.status, answer.may_have_arrived) == (None, False)
    assert answer.failure
    assert "secret-path" not in answer.failure


async def test_this_machine_is_never_asked_outside_of_tests(server: StandInServer) -> None:
    answer = await HttpPoster(resolver=look_up).post(server.url(), {}, b"{}")
    assert "the app itself" in answer.failure or "this app itself" in answer.failure
    assert server.requests == []
