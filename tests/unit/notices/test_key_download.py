"""Documents from the web: small ones over https, and nothing else."""

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.adapters.webhooks.key_download import fetch
from shared.errors import Unavailable


@pytest.fixture
async def place() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        found = {
            "/keys": web.Response(body=b"keys"),
            "/large": web.Response(body=b"x" * 300_000),
            "/packed": web.Response(
                body=gzip.compress(b"x" * 100_000_000), headers={"Content-Encoding": "gzip"}
            ),
            "/moved": web.Response(status=302, headers={"Location": "/keys"}),
        }
        return found.get(request.path, web.Response(status=404))

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/")


async def test_a_document_is_fetched(place: str) -> None:
    assert await fetch(f"{place}/keys") == b"keys"


@pytest.mark.parametrize("path", ["/large", "/moved", "/missing?token=secret"])
async def test_large_moved_and_missing_documents_are_not_usable_and_no_query_is_shown(
    place: str, path: str
) -> None:
    with pytest.raises(Unavailable, match="no usable answer") as raised:
        await fetch(f"{place}{path}")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https://[bad",
        "",
    ],
)
async def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(Unavailable, match="no https URL"):
        await fetch(url)


async def test_an_address_where_nobody_is_gives_no_answer(unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="gave no answer"):
        await fetch(f"http://127.0.0.1:{unused_tcp_port}/keys")


async def test_what_is_packed_is_not_unpacked_however_small_it_looks(place: str) -> None:
    assert len(await fetch(f"{place}/packed")) < 200_000
