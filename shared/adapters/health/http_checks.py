"""Machines' health checks over HTTP.

A URL from a tag makes the app a client of a place that somebody else names. So every place is
judged before a byte is sent: the URL, then every address that its host has, and only those are
connected to.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence

from shared.adapters.sdk_errors import first_line
from shared.domain.health.allowed_targets import Target, read_target, refusal_reason
from shared.domain.health.health_check import (
    HealthCheck,
    HealthCheckPolicy,
    Healthy,
    Unhealthy,
    evaluate_response,
)

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as it is now; raises OSError where it has none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says, in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpHealthChecks:
    """Implements the port HealthChecks: one GET without credentials, cookies or proxy.

    No redirect is followed.

    `never`: hosts and addresses that are out of bounds beside those that always are. `loopback`
    lets tests ask a server on this machine; no setting leads here.
    """

    def __init__(
        self,
        *,
        forbidden: Collection[str] = (),
        resolver: Resolve = resolve,
        loopback: bool = False,
    ) -> None:
        self._never = frozenset(each.lower() for each in forbidden)
        self._resolve = resolver
        self._loopback = loopback

    async def check(self, check: HealthCheck, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
        """What the machine says by the rule.

        If it does not answer, that is a failure with its reason.
        """
        target = read_target(check.url)
        if isinstance(target, str):
            return Unhealthy(reason=target)
        seconds = rule.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._request(check, rule, target)
        except TimeoutError:
            return Unhealthy(reason=f"{check.display_url} gave no answer within {seconds:g} s")
        except OSError as fault:
            return Unhealthy(reason=f"{check.display_url} cannot be reached: {first_line(fault)}")

    async def _request(
        self, check: HealthCheck, rule: HealthCheckPolicy, target: Target
    ) -> Healthy | Unhealthy:
        addresses = await self._resolve(target.host, target.port)
        reason = refusal_reason(
            target,
            addresses,
            allowed=rule.allowed_targets,
            by_tag=check.by_tag,
            forbidden=self._never,
            loopback=self._loopback,
        )
        if reason is not None:
            return Unhealthy(reason=reason)
        # Most apps check no machine.
        from shared.adapters.health.pinned_request import InvalidHttpResponse, get  # noqa: PLC0415

        try:
            status, body = await get(check.url, addresses, with_body=rule.expected_text is not None)
        except InvalidHttpResponse as fault:
            return Unhealthy(reason=f"{check.display_url} gave no usable answer: {fault}")
        health = evaluate_response(status, body, rule)
        return (
            Unhealthy(reason=f"{check.display_url}: {health.reason}")
            if isinstance(health, Unhealthy)
            else health
        )
