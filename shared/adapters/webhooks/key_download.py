"""Small documents from the web: public keys and certificates of those who sign what they send. Sends no token.

Follows no redirect, takes 5 seconds at most and no more than a few hundred kilobytes, so that nobody who names an address
to us gets more than that out of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from shared.adapters.sdk_errors import first_line
from shared.errors import Unavailable

type Fetch = Callable[[str], Awaitable[bytes]]

_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_OK = 200


async def fetch(url: str) -> bytes:
    """The document at an https URL (http only on this machine, for tests); Unavailable if it cannot be had."""
    import aiohttp  # noqa: PLC0415 - a fifth of a second of cold start, and many functions fetch nothing

    if not _is_allowed(url):
        raise Unavailable(f"{url[:200]!r} is not fetched: it is no https URL")
    try:
        async with (
            asyncio.timeout(_SECONDS),
            # As it comes: what unpacks to a thousand times its size would be unpacked before it could be measured.
            aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "identity"}) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            content = b""
            async for piece in answer.content.iter_chunked(65536):
                content += piece
                if len(content) > _MOST_BYTES:
                    break
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        raise Unavailable(f"{_place(url)} gave no answer: {first_line(fault)}") from fault
    if answer.status != _OK or len(content) > _MOST_BYTES:
        raise Unavailable(f"{_place(url)} gave no usable answer: HTTP {answer.status}, {len(content)} bytes")
    return content


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    here = parts.hostname in {"127.0.0.1", "localhost"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))


def _place(url: str) -> str:
    """Host and path: a query may hold a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:200]
