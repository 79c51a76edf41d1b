"""A notice that came in: put on record, and its subscriptions scanned.

It never moves a machine.

The order keeps every notice: on record, then its scans queued, then both noted. After any failure
in between, the sender tries again, finds its notice unfinished, and the app completes it; a scan
that is asked for twice is dropped by the queue.
"""

from dataclasses import replace
from datetime import timedelta

from shared.domain.machine.machine import SubscriptionId
from shared.domain.messages import Cause
from shared.domain.notices.notice import Authentication, Notice
from shared.domain.notices.record import NoticeRecord, Outcome, RequestedScan
from shared.ports import Stored
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt, log_record
from shared.usecases.scan.request_scans import request_scan

#: Notices of one subscription that come this close together share a scan. A scan that had begun
#: when the last of them came may have missed what it tells; the next timed scan finds that, and a
#: self-service phase lasts weeks.
JOIN = timedelta(seconds=15)


async def receive(
    inbox: Inbox,
    notice: Notice,
    authentication: Authentication,
    sender: Authentication | None = None,
) -> Receipt:
    """Put a notice on record and queue the scans it asks for; one that came before changes nothing.

    Unavailable where the record or the queue cannot be reached: the notice must be sent again then.
    """
    fresh = NoticeRecord(
        id=notice.id,
        at=inbox.app.now(),
        notice=notice,
        authentication=authentication,
        sender=sender,
    )
    stored = await _recorded(inbox, fresh)
    if stored is None or stored.value.outcome is not Outcome.RECEIVED:
        return Receipt(entry=stored.value if stored else fresh, repeated=True)
    settled = await _settle(inbox, stored.value)
    await inbox.notices.save(settled, stored.version)
    log_record(settled)
    return Receipt(entry=settled)


async def _recorded(inbox: Inbox, entry: NoticeRecord) -> Stored[NoticeRecord] | None:
    """The notice as it is on record now; None if it was removed in between, which nobody does."""
    version = await inbox.notices.insert(entry)
    if version is not None:
        return Stored(value=entry, version=version)
    return await inbox.notices.get(entry.id)


async def _settle(inbox: Inbox, entry: NoticeRecord) -> NoticeRecord:
    notice = entry.notice
    if notice.ignored:
        return replace(entry, outcome=Outcome.IGNORED, reason=notice.ignored)
    named = notice.subscriptions
    subscriptions = await inbox.watched.among(named) if named else await inbox.watched.all()
    if not subscriptions:
        return replace(
            entry, outcome=Outcome.IGNORED, reason="none of its subscriptions is watched"
        )
    scans = [await _scan(inbox, each, again=notice.changes_the_plan) for each in subscriptions]
    return replace(entry, outcome=Outcome.SCANNING, scans=tuple(scans))


async def _scan(inbox: Inbox, subscription: SubscriptionId, *, again: bool) -> RequestedScan:
    """Ask for a scan, or join one.

    What takes a plan back never joins a scan that the plan itself asked for.
    """
    kind = "again" if again else "first"
    asked = await inbox.notices.join_scan(f"{subscription} {kind}", inbox.app.now(), JOIN)
    occasion = f"{asked.isoformat(timespec='microseconds')} {kind}"
    await request_scan(inbox.app, subscription, Cause.NOTICE, occasion)
    return RequestedScan(subscription=subscription, trigger_id=occasion)
