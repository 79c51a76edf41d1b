"""What the app answers about policies. A test compares these structs with docs/openapi.json."""

from forestall_cli.responses.plan import PlanView
from forestall_cli.responses.response import Response


class PlaceView(Response, frozen=True, kw_only=True):
    """Where something is written."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class PolicyProblemView(Response, frozen=True, kw_only=True):
    """A problem, or a remark."""

    place: PlaceView
    key: str
    text: str

    def __str__(self) -> str:
        name = f"`{self.key}` " if self.key else ""
        return f"{self.place}: {name}{self.text}"


class RuleView(Response, frozen=True, kw_only=True):
    """One rule and its value."""

    key: str
    value: str
    place: PlaceView | None


class OpeningView(Response, frozen=True, kw_only=True):
    """An interval in which redeploys are allowed."""

    start: str
    end: str


class PolicyGroupView(Response, frozen=True, kw_only=True):
    """A group of the policy."""

    name: str
    owner: str
    mode: str
    left_alone: str | None
    machines: int
    time_zone: str
    openings: tuple[OpeningView, ...]
    rules: tuple[RuleView, ...]


class PolicyMachineView(Response, frozen=True, kw_only=True):
    """The group of a machine."""

    id: str
    group: str
    left_alone: str | None


class PolicyCheckView(Response, frozen=True, kw_only=True):
    """What policy files mean."""

    at: str
    version: str | None
    files: tuple[str, ...]
    problems: tuple[PolicyProblemView, ...]
    remarks: tuple[PolicyProblemView, ...]
    groups: tuple[PolicyGroupView, ...]
    machines: tuple[PolicyMachineView, ...]
    has_more_machines: bool


class RuleChangeView(Response, frozen=True, kw_only=True):
    """A rule of a group before and after."""

    group: str
    key: str
    before: str | None
    after: str | None


class MachineChangeView(Response, frozen=True, kw_only=True):
    """A machine whose start or group would change."""

    id: str
    change: str
    group_before: str
    group_after: str
    before: str | None
    after: str | None
    reason: str


class PolicyDifferenceView(Response, frozen=True, kw_only=True):
    """What policy files would change."""

    at: str
    before: str
    after: str | None
    time_zone: str | None
    problems: tuple[PolicyProblemView, ...]
    rules: tuple[RuleChangeView, ...]
    machines: tuple[MachineChangeView, ...]
    unchanged: int
    feasibility_before: str | None
    feasibility_after: str | None
    not_seen: int
    has_more_machines: bool


class PolicyPlanView(Response, frozen=True, kw_only=True):
    """The plan with other policy files."""

    problems: tuple[PolicyProblemView, ...]
    plan: PlanView | None


class TagView(Response, frozen=True, kw_only=True):
    """A tag of a machine."""

    name: str
    value: str


class MachineRulesView(Response, frozen=True, kw_only=True):
    """The rules of a machine."""

    machine: str
    at: str
    policy: str
    group: str
    owner: str
    mode: str
    left_alone: str | None
    time_zone: str
    openings: tuple[OpeningView, ...]
    tags: tuple[TagView, ...]
    rules: tuple[RuleView, ...]


class PolicyVersionView(Response, frozen=True, kw_only=True):
    """A published version."""

    name: str
    version: str | None
    by: str
    published_at: str | None
    state: str
    reason: str


class PolicyHistoryView(Response, frozen=True, kw_only=True):
    """Versions, newest first."""

    at: str
    place: str | None
    policy: str
    problem: str
    newest: str | None
    versions: tuple[PolicyVersionView, ...]
    has_more: bool
