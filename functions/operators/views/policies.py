"""Checks of policy files, and the policy in force, as operators and programs see them."""

from collections.abc import Iterable

from functions.operators.views.plan import PlanView, plan_view
from functions.views import Time, View
from shared.domain.calendar.interval import Interval
from shared.domain.plan.machines.difference import Change
from shared.domain.policy.files.lines import RuleLine
from shared.domain.policy.files.node import Place, Problem
from shared.domain.schedule.plan import Feasibility
from shared.usecases.policies.check import GroupCheck, PolicyCheck
from shared.usecases.policies.compare import PolicyDifference
from shared.usecases.policies.history import PolicyHistory, VersionState
from shared.usecases.policies.machine_rules import MachineRules

#: machines of a plan in one answer
_MOST_MACHINES = 20_000


class PlaceView(View, frozen=True, kw_only=True):
    """Where something is written. Lines and columns count from 1."""

    file: str
    line: int
    column: int


class PolicyProblemView(View, frozen=True, kw_only=True):
    """A problem, or a remark: where, the key if there is one, and what to write."""

    place: PlaceView
    key: str
    text: str


class RuleView(View, frozen=True, kw_only=True):
    """One rule and its value. `place` is null for a default of the app."""

    key: str
    value: str
    place: PlaceView | None


class OpeningView(View, frozen=True, kw_only=True):
    """An interval in which redeploys are allowed."""

    start: Time
    end: Time


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


class PolicyVersionView(View, frozen=True, kw_only=True):
    """A published version. `reason`: why it is refused."""

    name: str
    version: str | None
    by: str
    published_at: Time | None
    state: VersionState
    reason: str


class PolicyHistoryView(View, frozen=True, kw_only=True):
    """Versions, newest first. `place` is where they are published; null: rules are a setting.

    `problem`: why the newest version is not in force. `at` is the app's clock.
    """

    at: Time
    place: str | None
    policy: str
    problem: str
    newest: str | None
    versions: tuple[PolicyVersionView, ...]
    has_more: bool


def check_view(found: PolicyCheck) -> PolicyCheckView:
    """The result of a check."""
    return PolicyCheckView(
        at=found.at,
        version=found.version,
        files=tuple(each.name for each in found.files),
        problems=_problems(found.problems),
        remarks=_problems(found.remarks),
        groups=tuple(map(_group, found.groups)),
        machines=tuple(
            PolicyMachineView(id=each.machine, group=each.group, left_alone=each.left_alone)
            for each in found.machines
        ),
        has_more_machines=found.has_more_machines,
    )


def difference_view(found: PolicyDifference) -> PolicyDifferenceView:
    """What would change."""
    return PolicyDifferenceView(
        at=found.at,
        before=found.before,
        after=found.after,
        time_zone=None if found.plan is None else found.plan.time_zone,
        problems=_problems(found.problems),
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
    return PolicyPlanView(problems=_problems(found.problems), plan=plan)


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
        openings=_openings(found.openings),
        tags=tuple(TagView(name=name, value=value) for name, value in found.tags),
        rules=_rules(found.rules),
    )


def history_view(found: PolicyHistory) -> PolicyHistoryView:
    """The versions."""
    return PolicyHistoryView(
        at=found.at,
        place=found.place,
        policy=found.version,
        problem=found.problem,
        newest=found.newest,
        versions=tuple(
            PolicyVersionView(
                name=each.name,
                version=each.version,
                by=each.by,
                published_at=each.published_at,
                state=each.state,
                reason=each.reason,
            )
            for each in found.versions
        ),
        has_more=found.has_more,
    )


def _group(found: GroupCheck) -> PolicyGroupView:
    return PolicyGroupView(
        name=found.name,
        owner=found.owner,
        mode=found.mode,
        left_alone=found.left_alone,
        machines=found.machines,
        time_zone=found.time_zone,
        openings=_openings(found.openings),
        rules=_rules(found.rules),
    )


def _openings(found: Iterable[Interval]) -> tuple[OpeningView, ...]:
    return tuple(OpeningView(start=each.start, end=each.end) for each in found)


def _rules(found: Iterable[RuleLine]) -> tuple[RuleView, ...]:
    return tuple(
        RuleView(
            key=each.key,
            value=each.value,
            place=None if each.place is None else _place(each.place),
        )
        for each in found
    )


def _problems(found: Iterable[Problem]) -> tuple[PolicyProblemView, ...]:
    return tuple(
        PolicyProblemView(place=_place(each.place), key=each.key, text=each.text) for each in found
    )


def _place(place: Place) -> PlaceView:
    return PlaceView(file=place.file, line=place.line, column=place.column)
