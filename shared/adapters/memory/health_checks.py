"""Health checks of pages that a test puts up.

The same rules judge places and answers as for the real ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.health.allowed_targets import read_target, refusal_reason
from shared.domain.health.health_check import (
    HealthCheck,
    HealthCheckPolicy,
    Healthy,
    Unhealthy,
    evaluate_response,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePage:
    """What a place answers.

    `silent`: it takes the connection, and answers nothing or breaks off.
    """

    status: int = 200
    body: bytes = b""
    delay: timedelta = timedelta(0)
    silent: bool = False


class MemoryHealthChecks:
    """Fake of the port HealthChecks: `put` puts a page up; without one, no process listens.

    Names have the addresses of `names`; every other one has none. `asked` holds every check that
    was sent out, in order.
    """

    def __init__(
        self, *, names: Mapping[str, Sequence[str]] | None = None, loopback: bool = False
    ) -> None:
        self._names = dict(names or {})
        self._loopback = loopback
        self._pages: dict[str, FakePage] = {}
        self.asked: list[HealthCheck] = []

    def put(self, url: str, page: FakePage | None = None) -> None:
        """Let a page be answered from now on; without one, a healthy one."""
        self._pages[url] = page or FakePage()

    async def check(self, check: HealthCheck, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
        """What the page says by the rule."""
        target = read_target(check.url)
        if isinstance(target, str):
            return Unhealthy(reason=target)
        addresses = self._names.get(target.host, [target.host] if _is_literal(target.host) else [])
        reason = refusal_reason(
            target,
            addresses,
            allowed=rule.allowed_targets,
            by_tag=check.by_tag,
            loopback=self._loopback,
        )
        if reason is not None:
            return Unhealthy(reason=reason)
        self.asked.append(check)
        return self._answer(check, rule)

    def _answer(self, check: HealthCheck, rule: HealthCheckPolicy) -> Healthy | Unhealthy:
        page = self._pages.get(check.url)
        if page is None:
            return Unhealthy(reason=f"{check.display_url} cannot be reached")
        if page.delay > rule.timeout:
            limit = f"{rule.timeout.total_seconds():g} s"
            return Unhealthy(reason=f"{check.display_url} gave no answer within {limit}")
        if page.silent:
            return Unhealthy(reason=f"{check.display_url} gave no usable answer")
        health = evaluate_response(page.status, page.body, rule)
        return (
            Unhealthy(reason=f"{check.display_url}: {health.reason}")
            if isinstance(health, Unhealthy)
            else health
        )


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
