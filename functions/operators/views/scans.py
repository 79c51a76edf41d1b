"""Scans as operators see them."""

from functions.views import Time, View
from shared.domain.hints.status import HintStatus
from shared.domain.scan.status import Scan, ScanStatus
from shared.usecases.show.scans import ScanOverview


class ScanProgressView(View, frozen=True, kw_only=True):
    """The scan that is on.

    `stage`: what it is at. `step`: messages that it has taken. `due`: when the next one is due.
    """

    cause: str
    started_at: Time
    stage: str
    step: int
    due: Time
    machines: int
    looked_at: int
    new_jobs: int


class ScanStatusView(View, frozen=True, kw_only=True):
    """One subscription: its last complete scan, the one that is on, and since when scans fail.

    `failing_since`, `failure`: since when no step has succeeded, and why the last one did not.
    `unreadable`: machines of the last complete scan that could not be read, the first with reasons.
    """

    subscription: str
    last_complete_at: Time | None
    machines: int
    unreadable: int
    first_unreadable: tuple[str, ...]
    failing_since: Time | None
    failure: str | None
    scan: ScanProgressView | None


class HintStatusView(View, frozen=True, kw_only=True):
    """The hints of Resource Graph for one group of at most 1,000 subscriptions."""

    group: str
    changed_at: Time | None
    failing_since: Time | None
    failure: str | None


class ScanStatusList(View, frozen=True, kw_only=True):
    """Subscriptions that fail first, longest first; then all others in order of id."""

    failing: int
    unreadable_rows: int
    scans: tuple[ScanStatusView, ...]
    hints: tuple[HintStatusView, ...]


def scan_list(found: ScanOverview) -> ScanStatusList:
    """The statuses in the given order."""
    return ScanStatusList(
        failing=sum(each.failing_since is not None for each in found.statuses),
        unreadable_rows=found.unreadable,
        scans=tuple(map(_scan_view, found.statuses)),
        hints=tuple(map(_hint_view, found.hints)),
    )


def _scan_view(status: ScanStatus) -> ScanStatusView:
    return ScanStatusView(
        subscription=status.subscription,
        last_complete_at=status.last_complete_at,
        machines=status.machines,
        unreadable=status.unreadable,
        first_unreadable=status.first_unreadable,
        failing_since=status.failing_since,
        failure=status.failure or None,
        scan=None if status.scan is None else _progress_view(status.scan),
    )


def _progress_view(scan: Scan) -> ScanProgressView:
    return ScanProgressView(
        cause=scan.occasion.cause,
        started_at=scan.started_at,
        stage=scan.cursor.stage,
        step=scan.step,
        due=scan.due,
        machines=scan.machines,
        looked_at=scan.looked_at,
        new_jobs=scan.new_jobs,
    )


def _hint_view(status: HintStatus) -> HintStatusView:
    return HintStatusView(
        group=status.chunk,
        changed_at=status.changed_at,
        failing_since=status.failing_since,
        failure=status.failure or None,
    )
