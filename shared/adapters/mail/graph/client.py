"""Microsoft Graph over HTTP with the app's identity: one request, one answer, within bounds.

Tries nothing again.

Follows no redirect, as the request carries a token, and unpacks nothing, so that an answer is no
larger than it looks.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.adapters.sdk_errors import first_line
from shared.domain.notices.json_fields import Fields, read_fields
from shared.domain.notices.notice import UnreadableNotice
from shared.domain.notices.untrusted_json import as_dict, as_text, read_json
from shared.errors import Unavailable
from shared.version import USER_AGENT

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

#: Graph wants our own answers within 10 s and drops a subscription that is often slower
_SECONDS = 8.0
MAX_RESPONSE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphResponse:
    """What Graph said. `raw` is empty where it said nothing, or more than is read (`too_long`)."""

    status: int
    raw: bytes = field(default=b"", repr=False)
    too_long: bool = False

    @property
    def body(self) -> Mapping[str, Any]:
        """The object that it said; an empty one where it said nothing.

        Unavailable where it cannot be read.
        """
        try:
            return as_dict(read_json(self.raw)) if self.raw else {}
        except UnreadableNotice as fault:
            raise _unusable(fault) from fault

    def fields(self, names: Iterable[str]) -> Fields:
        """Some fields of the object that it said; Unavailable where it said none."""
        if not self.raw:
            return Fields({})
        try:
            return read_fields(self.raw, names)
        except UnreadableNotice as fault:
            raise _unusable(fault) from fault

    @property
    def error_text(self) -> str:
        """Status and Graph's message about the error, if it has any.

        What comes with a refusal may be anything.
        """
        try:
            error = as_dict(self.body.get("error"))
        except Unavailable:
            return str(self.status)
        words = " ".join(filter(None, (as_text(error.get("code")), as_text(error.get("message")))))
        return f"{self.status} {words}".strip()


class GraphClient:
    """Asks Graph; `endpoint` is scheme and host."""

    def __init__(self, *, endpoint: str, credential: "AsyncTokenCredential") -> None:
        self.endpoint = endpoint
        self._credential = credential

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> GraphResponse:
        """The response to one request, with any status.

        Unavailable where none can be had or read.
        """
        # A fifth of a second of cold start that other webhooks do not need.
        import aiohttp  # noqa: PLC0415
        from azure.core.exceptions import AzureError  # noqa: PLC0415 - as above

        try:
            async with asyncio.timeout(_SECONDS):
                token = await self._credential.get_token(f"{self.endpoint}/.default")
                headers = {
                    "Authorization": f"Bearer {token.token}",
                    "Accept-Encoding": "identity",
                    "User-Agent": USER_AGENT,
                }
                async with (
                    aiohttp.ClientSession(auto_decompress=False, headers=headers) as session,
                    session.request(
                        method,
                        f"{self.endpoint}{path}",
                        params=params,
                        json=content,
                        allow_redirects=False,
                    ) as response,
                ):
                    raw = await _read(response)
        except (AzureError, aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise Unavailable(f"Microsoft Graph gave no answer: {first_line(fault)}") from fault
        return GraphResponse(status=response.status, raw=raw or b"", too_long=raw is None)


async def _read(response: Any) -> bytes | None:
    """The body; None if it is longer than is read."""
    content = bytearray()
    async for piece in response.content.iter_chunked(65536):
        content += piece
        if len(content) > MAX_RESPONSE_BYTES:
            return None
    return bytes(content)


def _unusable(fault: Exception) -> Unavailable:
    return Unavailable(f"Microsoft Graph's response cannot be read: {fault}")
