"""Machines' health checks over HTTP.

A URL from a tag makes the app a client of a place that somebody else names. So every place is judged before a byte is sent:
the URL, then every address that its host has, and only those are connected to.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence

from shared.adapters.sdk_errors import first_line
from shared.domain.health.allowed_targets import Target, read_target, why_refused
from shared.domain.health.health_check import Failed, Passed, Probe, ProbeRule, judge

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as it is now; raises OSError where it has none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says, in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpProbes:
    """Implements the port Probes: one GET without credentials, cookies or proxy; no redirect is followed.

    `never`: hosts and addresses that are out of bounds beside those that always are. `loopback` lets tests ask a server on
    this machine; no setting leads here.
    """

    def __init__(
        self, *, never: Collection[str] = (), resolver: Resolve = resolve, loopback: bool = False
    ) -> None:
        self._never = frozenset(each.lower() for each in never)
        self._resolve = resolver
        self._loopback = loopback

    async def check(self, probe: Probe, rule: ProbeRule) -> Passed | Failed:
        """What the machine says by the rule; whatever keeps it from answering is a failure with its reason."""
        target = read_target(probe.url)
        if isinstance(target, str):
            return Failed(reason=target)
        seconds = rule.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(probe, rule, target)
        except TimeoutError:
            return Failed(reason=f"{probe.place} gave no answer within {seconds:g} s")
        except OSError as fault:
            return Failed(reason=f"{probe.place} cannot be reached: {first_line(fault)}")

    async def _ask(self, probe: Probe, rule: ProbeRule, target: Target) -> Passed | Failed:
        addresses = await self._resolve(target.host, target.port)
        reason = why_refused(
            target,
            addresses,
            allowed=rule.allowed,
            by_tag=probe.by_tag,
            never=self._never,
            loopback=self._loopback,
        )
        if reason is not None:
            return Failed(reason=reason)
        from shared.adapters.health.pinned_request import Unusable, get  # noqa: PLC0415 - most houses probe nothing

        try:
            status, body = await get(probe.url, addresses, with_body=rule.text is not None)
        except Unusable as fault:
            return Failed(reason=f"{probe.place} gave no usable answer: {fault}")
        health = judge(status, body, rule)
        return Failed(reason=f"{probe.place}: {health.reason}") if isinstance(health, Failed) else health
