"""Health checks of pages that a test puts up. The same rules judge places and answers as for the real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.health.allowed_targets import read_target, why_refused
from shared.domain.health.health_check import Failed, Passed, Probe, ProbeRule, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a place answers; `silent`: it takes the connection, and answers nothing or breaks off."""

    status: int = 200
    body: bytes = b""
    takes: timedelta = timedelta(0)
    silent: bool = False


class MemoryProbes:
    """Twin of the port Probes: `put` puts a page up; where none is, nobody listens.

    Names have the addresses of `names`; every other one has none. `asked` holds every probe that was sent out, in order.
    """

    def __init__(self, *, names: Mapping[str, Sequence[str]] | None = None, loopback: bool = False) -> None:
        self._names = dict(names or {})
        self._loopback = loopback
        self._pages: dict[str, Page] = {}
        self.asked: list[Probe] = []

    def put(self, url: str, page: Page | None = None) -> None:
        """Let a page be answered from now on; without one, a healthy one."""
        self._pages[url] = page or Page()

    async def check(self, probe: Probe, rule: ProbeRule) -> Passed | Failed:
        """What the page says by the rule."""
        target = read_target(probe.url)
        if isinstance(target, str):
            return Failed(reason=target)
        addresses = self._names.get(target.host, [target.host] if _is_literal(target.host) else [])
        reason = why_refused(
            target, addresses, allowed=rule.allowed, by_tag=probe.by_tag, loopback=self._loopback
        )
        if reason is not None:
            return Failed(reason=reason)
        self.asked.append(probe)
        return self._answer(probe, rule)

    def _answer(self, probe: Probe, rule: ProbeRule) -> Passed | Failed:
        page = self._pages.get(probe.url)
        if page is None:
            return Failed(reason=f"{probe.place} cannot be reached")
        if page.takes > rule.timeout:
            return Failed(reason=f"{probe.place} gave no answer within {rule.timeout.total_seconds():g} s")
        if page.silent:
            return Failed(reason=f"{probe.place} gave no usable answer")
        health = judge(page.status, page.body, rule)
        return Failed(reason=f"{probe.place}: {health.reason}") if isinstance(health, Failed) else health


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
