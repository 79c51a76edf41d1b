"""A check of policy files, as operators and programs see it."""

from functions.operators.views.policy.parts import (
    OpeningView,
    PolicyProblemView,
    RuleView,
    opening_views,
    problem_views,
    rule_views,
)
from functions.views import Time, View
from shared.usecases.policies.check import GroupCheck, PolicyCheck


class PolicyGroupView(View, frozen=True, kw_only=True):
    """A group of the policy; `name` is empty for machines that no group claims.

    `machines`: how many of the machines that scans saw last. `leftAlone`: why nothing starts.
    """

    name: str
    owner: str
    mode: str
    left_alone: str | None
    machines: int
    time_zone: str
    openings: tuple[OpeningView, ...]
    rules: tuple[RuleView, ...]


class PolicyMachineView(View, frozen=True, kw_only=True):
    """The group of a machine, and why it would be left alone."""

    id: str
    group: str
    left_alone: str | None


class PolicyCheckView(View, frozen=True, kw_only=True):
    """What policy files mean. With `problems` they are no policy, and `version` is null.

    `at` is the app's clock. `hasMoreMachines`: only the first ones were looked at.
    """

    at: Time
    version: str | None
    files: tuple[str, ...]
    problems: tuple[PolicyProblemView, ...]
    remarks: tuple[PolicyProblemView, ...]
    groups: tuple[PolicyGroupView, ...]
    machines: tuple[PolicyMachineView, ...]
    has_more_machines: bool


def check_view(found: PolicyCheck) -> PolicyCheckView:
    """The result of a check."""
    return PolicyCheckView(
        at=found.at,
        version=found.version,
        files=tuple(each.name for each in found.files),
        problems=problem_views(found.problems),
        remarks=problem_views(found.remarks),
        groups=tuple(map(_group, found.groups)),
        machines=tuple(
            PolicyMachineView(id=each.machine, group=each.group, left_alone=each.left_alone)
            for each in found.machines
        ),
        has_more_machines=found.has_more_machines,
    )


def _group(found: GroupCheck) -> PolicyGroupView:
    return PolicyGroupView(
        name=found.name,
        owner=found.owner,
        mode=found.mode,
        left_alone=found.left_alone,
        machines=found.machines,
        time_zone=found.time_zone,
        openings=opening_views(found.openings),
        rules=rule_views(found.rules),
    )
