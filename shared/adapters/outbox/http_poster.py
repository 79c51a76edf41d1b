"""Messages over HTTPS to the addresses that the settings name.

As for health checks, the host is resolved once, and every address is judged before a byte is sent.
The request goes to a judged address only.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from shared.adapters.health.http_checks import Resolve, resolve
from shared.adapters.sdk_errors import first_line
from shared.domain.health.allowed_targets import read_target, refusal_reason
from shared.domain.outbox.answers import Answer
from shared.domain.outbox.redaction import origin_of, without_address

_SECONDS = 20.0
_LONGEST_BODY = 2000
#: no target asks for a wait of more
_MOST_DIGITS = 9
_REDIRECTS = range(300, 400)


class HttpPoster:
    """Implements the port Poster: one POST without cookies or proxy; no redirect is followed.

    `forbidden`: hosts and addresses that are never asked, beside those that are always refused.
    `loopback` lets tests post to a server on this machine; no setting leads here.
    """

    def __init__(
        self,
        *,
        forbidden: Collection[str] = (),
        resolver: Resolve = resolve,
        loopback: bool = False,
        seconds: float = _SECONDS,
    ) -> None:
        self._forbidden = frozenset(each.lower() for each in forbidden)
        self._resolve = resolver
        self._loopback = loopback
        self._seconds = seconds

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the target answers. Nothing of the address is in it but its host: it is a secret."""
        sent = False
        try:
            async with asyncio.timeout(self._seconds):
                addresses = await self._allowed_addresses(url)
                if isinstance(addresses, Answer):
                    return addresses
                sent = True
                return await self._post(url, addresses, headers, body)
        except TimeoutError:
            failure = f"it gave no answer within {self._seconds:g} s"
            return Answer(failure=failure, may_have_arrived=sent)
        except OSError as fault:
            return Answer(failure=f"it cannot be reached: {_without_address(fault)}")

    async def _allowed_addresses(self, url: str) -> list[str] | Answer:
        target = read_target(url)
        if isinstance(target, str):
            return Answer(failure="its address is not usable")
        addresses = list(await self._resolve(target.host, target.port))
        reason = refusal_reason(
            target,
            addresses,
            allowed=(),
            by_tag=False,
            forbidden=self._forbidden,
            loopback=self._loopback,
        )
        return addresses if reason is None else Answer(failure=reason)

    async def _post(
        self, url: str, addresses: list[str], headers: Mapping[str, str], body: bytes
    ) -> Answer:
        # Most invocations send nothing.
        from shared.adapters.health.pinned_request import InvalidHttpResponse, post  # noqa: PLC0415

        try:
            status, got, text = await post(url, addresses, headers, body, _LONGEST_BODY)
        except InvalidHttpResponse as fault:
            failure = f"it gave no usable answer: {without_address(str(fault), url)}"
            return Answer(failure=failure, may_have_arrived=True)
        location = got.get("Location", "") if status in _REDIRECTS else ""
        return Answer(
            status=status,
            body=without_address(text.decode("utf-8", errors="replace"), url),
            retry_after=_wait_of(got.get("Retry-After", ""), got.get("Date", "")),
            location=origin_of(location) if location else "",
        )


def _wait_of(text: str, date: str) -> timedelta | None:
    """The wait that `Retry-After` names: `17`, or `Sun, 06 Dec 2026 01:00:17 GMT`.

    A date is compared with the `Date` of the same answer, so that no clock here counts. None: the
    app's own schedule is used.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return timedelta(seconds=int(text))
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(date)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(wait, timedelta(0))


def _without_address(fault: OSError) -> str:
    return (fault.strerror or first_line(fault)).partition("://")[0][:200]
