"""What policy files would change, and the plan with them."""

from functions.operators.views.plan import PlanView, plan_view
from functions.operators.views.policy.parts import PolicyProblemView, problem_views
from functions.views import Time, View
from shared.domain.plan.machines.difference import Change
from shared.domain.schedule.plan import Feasibility
from shared.usecases.policies.compare import PolicyDifference

#: machines of a plan in one answer
_MOST_MACHINES = 20_000


class RuleChangeView(View, frozen=True, kw_only=True):
    """A rule of a group before and after. Null: it is not there."""

    group: str
    key: str
    before: str | None
    after: str | None


class MachineChangeView(View, frozen=True, kw_only=True):
    """A machine in an open wave whose start or group would change."""

    id: str
    change: Change
    group_before: str
    group_after: str
    before: Time | None
    after: Time | None
    reason: str


class PolicyDifferenceView(View, frozen=True, kw_only=True):
    """What policy files would change now. With `problems` they are no policy.

    `unchanged`: machines of the plan that keep their start. `notSeen`: machines in a wave that no
    scan has stored, taken as they were planned.
    """

    at: Time
    before: str
    after: str | None
    time_zone: str | None
    problems: tuple[PolicyProblemView, ...]
    rules: tuple[RuleChangeView, ...]
    machines: tuple[MachineChangeView, ...]
    unchanged: int
    feasibility_before: Feasibility | None
    feasibility_after: Feasibility | None
    not_seen: int
    has_more_machines: bool


class PolicyPlanView(View, frozen=True, kw_only=True):
    """The plan with other policy files. With `problems` they are no policy, and there is none."""

    problems: tuple[PolicyProblemView, ...]
    plan: PlanView | None


def difference_view(found: PolicyDifference) -> PolicyDifferenceView:
    """What would change."""
    return PolicyDifferenceView(
        at=found.at,
        before=found.before,
        after=found.after,
        time_zone=None if found.plan is None else found.plan.time_zone,
        problems=problem_views(found.problems),
        rules=tuple(
            RuleChangeView(group=each.group, key=each.key, before=each.before, after=each.after)
            for each in found.rules
        ),
        machines=tuple(
            MachineChangeView(
                id=each.machine,
                change=each.change,
                group_before=each.group_before,
                group_after=each.group_after,
                before=each.before,
                after=each.after,
                reason=each.reason,
            )
            for each in found.machines
        ),
        unchanged=found.unchanged,
        feasibility_before=found.feasibility_before,
        feasibility_after=found.feasibility_after,
        not_seen=found.not_seen,
        has_more_machines=found.has_more_machines,
    )


def policy_plan_view(found: PolicyDifference) -> PolicyPlanView:
    """The plan that the files would lead to."""
    plan = None if found.plan is None else plan_view(found.plan, 0, _MOST_MACHINES)
    return PolicyPlanView(problems=problem_views(found.problems), plan=plan)
