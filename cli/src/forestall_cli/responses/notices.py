"""Notices of Azure, and the jobs that they led to."""

from forestall_cli.responses.jobs import JobView
from forestall_cli.responses.response import Response


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


class NoticeList(Response, frozen=True, kw_only=True):
    """Some notices, and the place behind which the next ones are."""

    notices: tuple[NoticeView, ...]
    next: str | None


class NoticeTrace(Response, frozen=True, kw_only=True):
    """One notice with the jobs that it led to."""

    notice: NoticeView
    waves: tuple[str, ...]
    jobs: tuple[JobView, ...]
