"""The rules of one machine, each with its place."""

from functions.operators.views.policy.parts import OpeningView, RuleView, opening_views, rule_views
from functions.views import Time, View
from shared.usecases.policies.machine_rules import MachineRules


class TagView(View, frozen=True, kw_only=True):
    """A tag of a machine that the policy reads."""

    name: str
    value: str


class MachineRulesView(View, frozen=True, kw_only=True):
    """The rules of a machine, by its tags as Azure shows them now."""

    machine: str
    at: Time
    policy: str
    group: str
    owner: str
    mode: str
    left_alone: str | None
    time_zone: str
    openings: tuple[OpeningView, ...]
    tags: tuple[TagView, ...]
    rules: tuple[RuleView, ...]


def machine_rules_view(found: MachineRules) -> MachineRulesView:
    """The rules of a machine."""
    return MachineRulesView(
        machine=found.machine,
        at=found.at,
        policy=found.version,
        group=found.group,
        owner=found.owner,
        mode=found.mode,
        left_alone=found.left_alone,
        time_zone=found.time_zone,
        openings=opening_views(found.openings),
        tags=tuple(TagView(name=name, value=value) for name, value in found.tags),
        rules=rule_views(found.rules),
    )
