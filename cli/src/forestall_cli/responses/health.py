"""The health of the app, its scans and its hints."""

from forestall_cli.responses.response import Response


class ClocksView(Response, frozen=True, kw_only=True):
    """When each clock last ran, and the timers that do not fire."""

    scan_timer: str | None
    recovery_timer: str | None
    tick: str | None
    silent: tuple[str, ...]


class HealthView(Response, frozen=True, kw_only=True):
    """The health of the app."""

    status: str
    version: str
    mode: str
    pauses: int
    generation: str
    held: str | None
    #: apps of earlier releases do not say these
    installation: str | None = None
    clocks: ClocksView | None = None


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


class HealthTested(Response, frozen=True, kw_only=True):
    """What the health check of a machine says now."""

    machine: str
    result: str
    detail: str
    health_check: str | None
