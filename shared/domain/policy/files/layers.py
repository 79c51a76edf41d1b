"""The rules of one machine: defaults of the app, the platform's defaults, then its group.

Values are merged key by key. An owner's windows are open only where the platform's are: not
because the proof says so, but because the calendar is built that way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.calendar.calendar import Calendar
from shared.domain.calendar.rules.rule import Rule
from shared.domain.machine.machine import Machine
from shared.domain.policy.files.document import Document, Group, Layer
from shared.domain.policy.files.rules import Written, defaults, with_values
from shared.domain.policy.files.tiers import tier_of, with_others
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import GroupRules, Policy

#: the name of the rules of machines that no group claims
NO_GROUP = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet(GroupRules):
    """The rules of every machine of one group, and where each value is written."""

    values: Mapping[str, Written]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredPolicy:
    """A policy in files, with the rules of each group."""

    document: Document
    #: by the name of the group; NO_GROUP for machines that no group claims
    rule_sets: Mapping[str, RuleSet] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """A hash of the files."""
        return self.document.version

    @property
    def platform(self) -> Policy:
        """The rules of the installation, and of machines that no group claims."""
        return self.rule_sets[NO_GROUP].policy

    def all(self) -> Sequence[Policy]:
        """The rules of each group that is not left alone, and of machines that no group claims."""
        sets = self.rule_sets.values()
        return tuple(each.policy for each in sets if each.leave_alone is None)

    def rules_in(self, group: str) -> RuleSet | None:
        """The rules of a group; None: there is no such group."""
        return self.rule_sets.get(group)

    def rules_of(self, machine: Machine) -> RuleSet:
        """The rules of a machine. One that two groups claim is left alone, and both are named."""
        claiming = [each for each in self.document.groups if each.match.claims(machine)]
        if len(claiming) == 1:
            (group,) = claiming
            found = self.rule_sets[group.name]
            return replace(found, tier=tier_of(machine, group.tiers)) if group.tiers else found
        plain = self.rule_sets[NO_GROUP]
        if not claiming:
            return plain
        return RuleSet(
            group=NO_GROUP,
            policy=plain.policy,
            values=plain.values,
            leave_alone=claimed_by_several(claiming),
            is_disputed=True,
        )


def claimed_by_several(groups: Sequence[Group]) -> str:
    """Why a machine is left alone that more than one group claims."""
    names = " and ".join(f"{each.name} ({each.layer.place})" for each in groups)
    return f"more than one group claims it: {names}"


def platform_rules(document: Document) -> RuleSet:
    """The rules of machines that no group claims; ValueError if they contradict each other."""
    values = {**defaults(), **document.platform.values}
    policy = Policy(change_windows=platform_calendar(document.platform))
    return RuleSet(
        group=NO_GROUP,
        policy=with_values(policy, values),
        values=values,
        mode=document.platform.mode or Mode.ACT,
    )


def group_rules(document: Document, group: Group) -> RuleSet:
    """The rules of the machines of a group; ValueError if they contradict each other."""
    values = {**defaults(), **document.platform.values, **group.layer.values}
    policy = Policy(
        change_windows=group_calendar(document.platform, group), tiers=with_others(group.tiers)
    )
    return RuleSet(
        group=group.name,
        policy=with_values(policy, values),
        values=values,
        leave_alone=group.leave_alone,
        mode=group.layer.mode or document.platform.mode or Mode.ACT,
        owner=group.owner,
    )


def platform_calendar(platform: Layer) -> Calendar:
    """When the platform allows a redeploy."""
    return Calendar(
        windows=_rules(platform),
        blackouts=tuple(each.blackout for each in platform.blackouts),
        time_zone=platform.time_zone,
    )


def group_calendar(platform: Layer, group: Group) -> Calendar:
    """When a group allows one. A group of the platform's own file may have other windows.

    The platform's blackouts hold for every group.
    """
    outer = platform_calendar(platform)
    if not group.is_owners and group.layer.windows is not None:
        outer = Calendar(blackouts=outer.blackouts, time_zone=outer.time_zone)
    return Calendar(
        windows=_rules(group.layer),
        blackouts=tuple(each.blackout for each in group.layer.blackouts),
        time_zone=group.layer.time_zone,
        within=outer,
    )


def _rules(layer: Layer) -> tuple[Rule, ...] | None:
    return None if layer.windows is None else tuple(each.rule for each in layer.windows)
