"""Which machines of a seed have a health check, and how long each page is away after a redeploy."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from shared.domain.health.health_check import HealthCheckPolicy
from shared.domain.policy.policy import Policy
from tests.support.fake_azure import FakeVm, RedeployScript
from tests.support.fleets import MINUTE

_TAG = "forestall-health-check"


def add_health_checks(random: Random, vms: Iterable[FakeVm]) -> HealthCheckPolicy:
    """The rule of the policy; machines are tagged for it, and their scripts get pages.

    In half of the seeds there are none.
    """
    kind = random.choice(("none", "none", "template", "tags"))
    if kind == "none":
        return HealthCheckPolicy()
    for vm in vms:
        if kind == "template" and random.random() < 0.15:
            _tag(vm, "off")
        elif kind == "tags" and random.random() < 0.6:
            name = vm.machine.id.rsplit("/", 1)[-1]
            _tag(vm, f"https://{name}.shop.test/health")
        vm.scripts = deque(_with_health_check(random, script) for script in vm.scripts)
    if kind == "template":
        return HealthCheckPolicy(url="https://{name}.shop.test/health")
    return HealthCheckPolicy(allowed_targets=(".shop.test",))


def has_health_check(vm: FakeVm, policy: Policy) -> bool:
    """Whether the machine has a health check."""
    said = vm.machine.tags.get(_TAG)
    return said != "off" and (said is not None or policy.health_check.url is not None)


def _tag(vm: FakeVm, value: str) -> None:
    vm.machine = replace(vm.machine, tags={**vm.machine.tags, _TAG: value})


def _with_health_check(random: Random, script: RedeployScript) -> RedeployScript:
    minutes = random.choices((0, 1, 4, 15, None), weights=(60, 15, 15, 6, 4))[0]
    return replace(script, healthy_after=None if minutes is None else minutes * MINUTE)
