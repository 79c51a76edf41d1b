"""Which machines of a seed have a health check, and how long after a redeploy each page takes to be healthy again."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from shared.domain.health.health_check import ProbeRule
from shared.domain.policy.policy import Policy
from tests.support.fleets import MINUTE
from tests.support.world import Fate, Guest

_TAG = "forestall-probe"


def give_pages(random: Random, guests: Iterable[Guest]) -> ProbeRule:
    """The rule of the policy; machines are tagged for it, and their fates get pages. In half of the seeds there are none."""
    kind = random.choice(("none", "none", "template", "tags"))
    if kind == "none":
        return ProbeRule()
    for guest in guests:
        if kind == "template" and random.random() < 0.15:
            _tag(guest, "off")
        elif kind == "tags" and random.random() < 0.6:
            name = guest.machine.id.rsplit("/", 1)[-1]
            _tag(guest, f"https://{name}.shop.test/health")
        guest.fates = deque(_with_page(random, fate) for fate in guest.fates)
    if kind == "template":
        return ProbeRule(url="https://{name}.shop.test/health")
    return ProbeRule(allowed=(".shop.test",))


def is_probed(guest: Guest, policy: Policy) -> bool:
    """Whether the machine has a health check."""
    said = guest.machine.tags.get(_TAG)
    return said != "off" and (said is not None or policy.probe.url is not None)


def _tag(guest: Guest, value: str) -> None:
    guest.machine = replace(guest.machine, tags={**guest.machine.tags, _TAG: value})


def _with_page(random: Random, fate: Fate) -> Fate:
    minutes = random.choices((0, 1, 4, 15, None), weights=(60, 15, 15, 6, 4))[0]
    return replace(fate, healthy_after=None if minutes is None else minutes * MINUTE)
