"""One GET or POST to addresses that were judged beforehand.

The name is not resolved again.
"""

import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from shared.adapters.sdk_errors import first_line
from shared.domain.health.health_check import MOST_BYTES
from shared.version import USER_AGENT

_HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}


#: characters of untrusted text that are shown
_LONGEST = 200


class InvalidHttpResponse(Exception):
    """No answer of HTTP came, or it broke off; the text says what did."""


async def get(url: str, addresses: Sequence[str], *, with_body: bool) -> tuple[int, bytes]:
    """Status and the beginning of the body, from one of the addresses.

    InvalidHttpResponse, OSError or TimeoutError otherwise.

    Sends no credentials, cookies or client certificate, uses no proxy, follows no redirect, unpacks
    nothing, and hangs up when it has read enough. Certificates are checked against the URL's host.
    """
    async with (
        _session(addresses, _HEADERS) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        return response.status, await _beginning(response, MOST_BYTES) if with_body else b""


async def post(
    url: str, addresses: Sequence[str], headers: Mapping[str, str], body: bytes, most: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and at most so many bytes of the answer to one POST.

    Its errors are those of `get`. The URL is sent exactly as it is written.
    """
    async with (
        _session(addresses, {**_HEADERS, **headers}) as session,
        session.post(URL(url, encoded=True), data=body, allow_redirects=False) as response,
    ):
        return response.status, response.headers, await _beginning(response, most)


@asynccontextmanager
async def _session(
    addresses: Sequence[str], headers: Mapping[str, str]
) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(
        resolver=_PinnedResolver(addresses), use_dns_cache=False, force_close=True
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        auto_decompress=False,
        trust_env=False,
    )
    try:
        async with session:
            yield session
    except aiohttp.ClientConnectorError as fault:
        raise OSError(first_line(fault)) from fault
    except aiohttp.ClientResponseError as fault:
        # Its own text has the whole URL in it, with what may be a secret.
        raise InvalidHttpResponse(
            fault.message.partition("\n")[0][:_LONGEST] or type(fault).__name__
        ) from fault
    except (aiohttp.ClientError, ValueError) as fault:
        raise InvalidHttpResponse(first_line(fault)[:_LONGEST] or type(fault).__name__) from fault


async def _beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = b""
    async for piece in response.content.iter_chunked(most):
        body += piece
        if len(body) >= most:
            break
    return body[:most]


class _PinnedResolver(AbstractResolver):
    """Has only the addresses that it was given."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""
