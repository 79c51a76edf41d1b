"""Jobs and machines."""

from forestall_cli.responses.response import Response, UnreadableView


class LeaseView(Response, frozen=True, kw_only=True):
    """A slot that a job holds."""

    scope: str
    token: int


class JobView(Response, frozen=True, kw_only=True):
    """One machine in one wave."""

    id: str
    machine: str
    subscription: str
    scope: str
    lane: str | None
    wave: str
    self_service_end: str | None
    state: str
    reason: str
    due: str | None
    at_risk: tuple[str, ...]
    step: int
    attempts: int
    prioritized: str | None
    window_until: str | None = None
    leases: tuple[LeaseView, ...]
    operation: str | None
    health_check: str | None
    agent: str
    harms: tuple[str, ...]
    started: str | None
    finished: str | None


class JobList(Response, frozen=True, kw_only=True):
    """Jobs."""

    jobs: tuple[JobView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class MachineView(Response, frozen=True, kw_only=True):
    """One machine in an open phase."""

    machine: str
    subscription: str
    state: str
    rule: str | None
    reason: str
    since: str
    wave: str | None
    self_service_end: str | None
    job: str | None


class UnknownSubscriptionView(Response, frozen=True, kw_only=True):
    """A subscription that scans do not see."""

    subscription: str
    since: str | None
    reason: str


class MachineList(Response, frozen=True, kw_only=True):
    """Machines."""

    machines: tuple[MachineView, ...]
    unknown: tuple[UnknownSubscriptionView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None
