"""Tiers of a group: in a share of the seeds all machines are of one group that has them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from random import Random

from shared.domain.machine.machine import Machine
from shared.domain.policy.policy import GroupRules, Policy, Tier
from tests.support.fake_azure import FakeVm
from tests.support.fleets import MINUTE

#: of all seeds
_SHARE = 0.15
_GROUP = "crm"
_ROLE = "role"
_NAMES = ("first", "second", "others")


@dataclass(frozen=True, slots=True, kw_only=True)
class TieredPolicy(Policy):
    """A policy with one group of all machines, whose tiers follow from a tag."""

    def rules_of(self, machine: Machine) -> GroupRules:
        """The rules of a machine, with its tier."""
        return GroupRules(policy=self, group=_GROUP, tier=tier_of(machine))

    def rules_in(self, group: str) -> GroupRules | None:
        """The rules of the group."""
        return GroupRules(policy=self, group=group) if group == _GROUP else None


def tier_of(machine: Machine) -> int:
    """The number of a machine's tier, from 1, in a seed with tiers."""
    return _NAMES.index(machine.tags.get(_ROLE, "others")) + 1


def add_tiers(random: Random, vms: Sequence[FakeVm], policy: Policy) -> Policy:
    """Give the machines tiers, or leave all as it is. The policy of the seed."""
    if random.random() >= _SHARE:
        return policy
    for vm in vms:
        role = random.choice(_NAMES)
        if role != "others":
            vm.machine = replace(vm.machine, tags={**vm.machine.tags, _ROLE: role})
    tiers = tuple(Tier(name=each, soak=random.choice((0, 0, 15)) * MINUTE) for each in _NAMES)
    rules = {each.name: getattr(policy, each.name) for each in fields(Policy)}
    return TieredPolicy(**{**rules, "tiers": tiers})
