"""Notices as operators see them, and receipts as senders get them."""

from collections.abc import Iterable

from functions.operators.views.jobs import JobView, job_view
from functions.views import Time, View
from shared.domain.notices.notice import Authentication, Source
from shared.domain.notices.record import NoticeRecord, Outcome
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.trace import NoticePage, Trace


class AuthenticationView(View, frozen=True, kw_only=True):
    """How a caller authenticated: the method, and whom it proves."""

    method: str
    identity: str


class ScanView(View, frozen=True, kw_only=True):
    """One scan that a notice asked for. Notices may share one.

    `occasion` names it on the audit trail.
    """

    subscription: str
    trigger_id: str


class NoticeView(View, frozen=True, kw_only=True):
    """One notice on record. `deliveredBy`: who handed it over.

    `sender`: who wrote it, if somebody else. `count`: how many mails it stands for.
    """

    id: str
    at: Time
    source: Source
    subscriptions: tuple[str, ...]
    tracking_id: str
    communication_id: str
    stage: str
    title: str
    services: tuple[str, ...]
    regions: tuple[str, ...]
    starts: Time | None
    ends: Time | None
    delivered_by: AuthenticationView
    sender: AuthenticationView | None
    outcome: Outcome
    reason: str
    scans: tuple[ScanView, ...]
    count: int


class NoticeList(View, frozen=True, kw_only=True):
    """Notices, newest first.

    `next`: what to give as `after` for the next page; null on the last one.
    """

    notices: tuple[NoticeView, ...]
    next: str | None


class NoticeTrace(View, frozen=True, kw_only=True):
    """One notice, the jobs that its scans planned or ended, and the waves of these jobs."""

    notice: NoticeView
    waves: tuple[Time, ...]
    jobs: tuple[JobView, ...]


class ReceiptView(View, frozen=True, kw_only=True):
    """What happened to one notice. `repeated`: it came before.

    `scans`: which subscriptions are scanned.
    """

    id: str
    outcome: Outcome
    repeated: bool
    reason: str
    scans: tuple[str, ...]


class ReceiptList(View, frozen=True, kw_only=True):
    """What happened to each notice of a call."""

    notices: tuple[ReceiptView, ...]


class EventGridValidation(View, frozen=True, kw_only=True):
    """The answer to the validation of an Event Grid subscription."""

    validation_response: str


def notice_view(entry: NoticeRecord) -> NoticeView:
    """One notice on record."""
    notice = entry.notice
    return NoticeView(
        id=entry.id,
        at=entry.at,
        source=notice.source,
        subscriptions=notice.subscriptions,
        tracking_id=notice.tracking_id,
        communication_id=notice.communication_id,
        stage=notice.stage,
        title=notice.title,
        services=notice.services,
        regions=notice.regions,
        starts=notice.starts,
        ends=notice.ends,
        delivered_by=_authentication(entry.authentication),
        sender=None if entry.sender is None else _authentication(entry.sender),
        outcome=entry.outcome,
        reason=entry.reason,
        scans=tuple(
            ScanView(subscription=each.subscription, trigger_id=each.trigger_id)
            for each in entry.scans
        ),
        count=entry.count,
    )


def notice_list(page: NoticePage) -> NoticeList:
    """Notices in the given order."""
    return NoticeList(notices=tuple(map(notice_view, page.notices)), next=page.next)


def notice_trace(found: Trace) -> NoticeTrace:
    """One notice with what came of it."""
    return NoticeTrace(
        notice=notice_view(found.entry),
        waves=tuple(sorted({each.wave for each in found.jobs})),
        jobs=tuple(map(job_view, found.jobs)),
    )


def receipt_list(receipts: Iterable[Receipt]) -> ReceiptList:
    """Receipts in the given order.

    A sender learns the id of its notice and nothing of other senders.
    """
    return ReceiptList(notices=tuple(map(_receipt, receipts)))


def _receipt(receipt: Receipt) -> ReceiptView:
    entry = receipt.entry
    return ReceiptView(
        id=entry.id,
        outcome=entry.outcome,
        repeated=receipt.repeated,
        reason=entry.reason,
        scans=tuple(each.subscription for each in entry.scans),
    )


def _authentication(authentication: Authentication) -> AuthenticationView:
    return AuthenticationView(method=authentication.method, identity=authentication.identity)
