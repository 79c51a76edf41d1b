"""Small documents from the web: public keys and certificates of those who sign what they send.

Sends no token.

Follows no redirect, takes 5 seconds at most and no more than a few hundred kilobytes, so that
nobody who names an address to us gets more than that out of it.
"""

import asyncio
from collections.abc import Awaitable, Callable

from shared.adapters.sdk_errors import first_line
from shared.domain.urls import is_secure, shown
from shared.errors import Unavailable
from shared.version import USER_AGENT

type Fetch = Callable[[str], Awaitable[bytes]]

_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_OK = 200


async def fetch(url: str) -> bytes:
    """The document at a URL that `is_secure`; Unavailable if it cannot be had."""
    # A fifth of a second of cold start, and many functions fetch nothing.
    import aiohttp  # noqa: PLC0415

    if not is_secure(url):
        raise Unavailable(f"{shown(url)!r} is not fetched: it is no https URL")
    try:
        async with (
            asyncio.timeout(_SECONDS),
            # As it comes: what unpacks to a thousand times its size would be unpacked before it
            # could be measured.
            aiohttp.ClientSession(
                auto_decompress=False,
                headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            ) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            content = b""
            async for piece in response.content.iter_chunked(65536):
                content += piece
                if len(content) > _MOST_BYTES:
                    break
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        raise Unavailable(f"{shown(url)} gave no answer: {first_line(fault)}") from fault
    if response.status != _OK or len(content) > _MOST_BYTES:
        raise Unavailable(
            f"{shown(url)} gave no usable answer: HTTP {response.status}, {len(content)} bytes"
        )
    return content
