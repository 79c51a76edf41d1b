"""What the app answers. A test compares these structs with docs/openapi.json.

Instants stay texts as the app writes them: "2026-11-23T12:00:00Z". Fields that a newer app adds are
ignored.
"""

import msgspec


class Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all answers."""


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
    leases: tuple[LeaseView, ...]
    operation: str | None
    health_check: str | None
    agent: str
    harms: tuple[str, ...]
    started: str | None
    finished: str | None


class UnreadableView(Response, frozen=True, kw_only=True):
    """A stored row that the app cannot read."""

    key: str
    machine: str | None
    reason: str


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


class HolderView(Response, frozen=True, kw_only=True):
    """A job that holds a slot of a lock."""

    job: str
    lane: str | None
    token: int
    expires_at: str


class WaiterView(Response, frozen=True, kw_only=True):
    """A job that waits for a slot of a lock."""

    job: str
    lane: str | None
    since: str


class HaltView(Response, frozen=True, kw_only=True):
    """Why nothing starts in a scope."""

    reason: str
    job: str
    lane: str | None
    at: str


class SemaphoreView(Response, frozen=True, kw_only=True):
    """One lock."""

    scope: str
    lane: str | None
    slots: int
    holders: tuple[HolderView, ...]
    waiters: tuple[WaiterView, ...]
    halts: tuple[HaltView, ...]


class SemaphoreList(Response, frozen=True, kw_only=True):
    """Locks."""

    semaphores: tuple[SemaphoreView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class PauseView(Response, frozen=True, kw_only=True):
    """One pause. `until`: when it ends by itself."""

    target: str
    reason: str
    by: str
    at: str
    until: str | None


class HeldView(Response, frozen=True, kw_only=True):
    """What a pause holds, and what is followed to its end."""

    waiting: int
    machines: int
    in_flight: int


class PausedView(Response, frozen=True, kw_only=True):
    """A pause that was added. `held` is None where it could not be counted in time."""

    target: str
    reason: str
    by: str
    at: str
    until: str | None
    held: HeldView | None


class PauseList(Response, frozen=True, kw_only=True):
    """Pauses."""

    pauses: tuple[PauseView, ...]


class AuditRecordView(Response, frozen=True, kw_only=True):
    """One line of an audit trail."""

    at: str
    event: str
    by: str
    detail: dict[str, str]


class MachineStartView(Response, frozen=True, kw_only=True, rename="lower"):
    """When one machine starts."""

    id: str
    job: str
    name: str
    group: str | None
    tier: str | None
    placement: str
    lane: str | None
    start: str | None
    latest_start: str | None
    expected_end: str | None
    deadline: str | None
    margin_s: int | None
    certainty: str
    state: str
    reason: str


class InfeasibleView(Response, frozen=True, kw_only=True, rename="lower"):
    """A machine without a start."""

    id: str
    proved: bool
    blocked_by: tuple[str, ...]
    relax: tuple[str, ...]


class LeftAloneView(Response, frozen=True, kw_only=True, rename="lower"):
    """A machine without a job in an open phase."""

    id: str
    reason: str
    since: str


class PlanView(Response, frozen=True, kw_only=True, rename="lower"):
    """A page of the plan."""

    fingerprint: str
    generated_at: str
    mode: str
    policy: str
    time_zone: str
    feasibility: str
    machines: tuple[MachineStartView, ...]
    infeasible: tuple[InfeasibleView, ...]
    left_alone: tuple[LeftAloneView, ...]
    unreadable: tuple[UnreadableView, ...]
    next: str | None


class ExplanationView(Response, frozen=True, kw_only=True):
    """A machine's job with its locks and its audit trail."""

    job: JobView | None
    left_alone: MachineView | None
    unknown: UnknownSubscriptionView | None
    semaphores: tuple[SemaphoreView, ...]
    plan: MachineStartView | None
    audit_trail: tuple[AuditRecordView, ...]


class AlreadyView(Response, frozen=True, kw_only=True):
    """Who did it before."""

    by: str
    at: str


class Resumed(Response, frozen=True, kw_only=True):
    """The target that continues, and who resumed it before."""

    resumed: str
    already: AlreadyView | None


class WentOn(Response, frozen=True, kw_only=True):
    """Jobs may start again from this instant on, in this generation of the stored state."""

    starts_at: str
    generation: str


class Lifted(Response, frozen=True, kw_only=True):
    """The scope whose halts were lifted, and who did it before."""

    lifted: str
    already: AlreadyView | None


class ReleasedLease(Response, frozen=True, kw_only=True):
    """A lease that was given back."""

    scope: str
    token: int
    job: str


class Released(Response, frozen=True, kw_only=True):
    """What was given back."""

    released: ReleasedLease


class AuthenticationView(Response, frozen=True, kw_only=True):
    """How a caller authenticated."""

    method: str
    identity: str


class ScanView(Response, frozen=True, kw_only=True):
    """One scan that a notice asked for."""

    subscription: str
    trigger_id: str


class NoticeView(Response, frozen=True, kw_only=True):
    """One notice on record."""

    id: str
    at: str
    source: str
    subscriptions: tuple[str, ...]
    tracking_id: str
    communication_id: str
    stage: str
    title: str
    services: tuple[str, ...]
    regions: tuple[str, ...]
    starts: str | None
    ends: str | None
    delivered_by: AuthenticationView
    sender: AuthenticationView | None
    outcome: str
    reason: str
    scans: tuple[ScanView, ...]
    count: int


class HealthView(Response, frozen=True, kw_only=True):
    """The health of the app."""

    status: str
    version: str
    mode: str
    pauses: int
    generation: str
    held: str | None


class ScanProgressView(Response, frozen=True, kw_only=True):
    """The scan that is on."""

    cause: str
    started_at: str
    stage: str
    step: int
    due: str
    machines: int
    looked_at: int
    new_jobs: int


class ScanStatusView(Response, frozen=True, kw_only=True):
    """The scans of one subscription."""

    subscription: str
    last_complete_at: str | None
    machines: int
    unreadable: int
    first_unreadable: tuple[str, ...]
    failing_since: str | None
    failure: str | None
    scan: ScanProgressView | None


class HintStatusView(Response, frozen=True, kw_only=True):
    """The hints of Resource Graph for some subscriptions."""

    group: str
    changed_at: str | None
    failing_since: str | None
    failure: str | None


class ScanStatusList(Response, frozen=True, kw_only=True):
    """Scans, those that fail first."""

    failing: int
    unreadable_rows: int
    scans: tuple[ScanStatusView, ...]
    hints: tuple[HintStatusView, ...]


class NoticeList(Response, frozen=True, kw_only=True):
    """Some notices, and the place behind which the next ones are."""

    notices: tuple[NoticeView, ...]
    next: str | None


class NoticeTrace(Response, frozen=True, kw_only=True):
    """One notice with the jobs that it led to."""

    notice: NoticeView
    waves: tuple[str, ...]
    jobs: tuple[JobView, ...]


class TargetView(Response, frozen=True, kw_only=True):
    """One target of messages."""

    name: str
    kind: str
    events: tuple[str, ...]
    condition: str
    reason: str
    failing_since: str | None
    next_try: str | None
    accepted: str | None
    waiting: int
    given_up: int


class TargetList(Response, frozen=True, kw_only=True):
    """Targets."""

    targets: tuple[TargetView, ...]


class AddressView(Response, frozen=True, kw_only=True):
    """One secret address of the calendar."""

    name: str
    group: str
    by: str
    at: str


class AddressList(Response, frozen=True, kw_only=True):
    """Addresses."""

    addresses: tuple[AddressView, ...]


class MadeAddress(Response, frozen=True, kw_only=True):
    """A new address."""

    name: str
    group: str
    path: str


class Revoked(Response, frozen=True, kw_only=True):
    """The address that does not work any more."""

    revoked: str


class PreviewView(Response, frozen=True, kw_only=True):
    """A sample message."""

    target: str
    title: str
    body: str


class Tested(Response, frozen=True, kw_only=True):
    """The result of a test."""

    target: str
    result: str
    detail: str


class HealthTested(Response, frozen=True, kw_only=True):
    """What the health check of a machine says now."""

    machine: str
    result: str
    detail: str
    health_check: str | None


class Problem(Response, frozen=True, kw_only=True):
    """Why the app does not do it."""

    type: str
    title: str
    status: int
    detail: str
    error: str
