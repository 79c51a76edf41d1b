"""Mails that are dropped: the first of an hour are on record one by one, the others are counted.

So nobody fills the table with mails that prove nothing. A mail that comes again counts once, as
long as it is on record.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain.notices.notice import Authentication, Notice, Source
from shared.domain.notices.record import NoticeRecord, Outcome
from shared.telemetry import log_event
from shared.usecases.notices.inbox import Inbox
from shared.usecases.notices.receipt import Receipt, log_record

#: of one mail service in one hour
STORED_ONE_BY_ONE = 5
#: of several calls that count together each round one gets on; a count that fails is left out
_ROUNDS = 5
#: a line of the log for each hundredth mail after the first ones
_LOG_EVERY = 100


async def drop(
    inbox: Inbox, notice: Notice, authentication: Authentication, reason: str
) -> Receipt:
    """Record or count a notice whose sender is not authenticated.

    It starts nothing, and a real one with the same id still may.
    """
    unproved = replace(notice, communication_id=f"unproved {notice.communication_id}")
    entry = NoticeRecord(
        id=unproved.id,
        at=inbox.app.now(),
        notice=unproved,
        authentication=authentication,
        outcome=Outcome.DROPPED,
        reason=reason,
    )
    if await inbox.notices.get(entry.id) is not None:
        return Receipt(entry=entry, repeated=True)
    number = await _count(inbox, entry)
    if number is not None and number <= STORED_ONE_BY_ONE:
        new = await inbox.notices.insert(entry) is not None
        log_record(entry)
        return Receipt(entry=entry, repeated=not new)
    if number is not None and number % _LOG_EVERY == 0:
        by = authentication.method
        log_event("notice.dropped_many", count=number, authentication=by, reason=reason)
    return Receipt(entry=entry)


async def _count(inbox: Inbox, entry: NoticeRecord) -> int | None:
    """Which mail of its hour this is; None if many come together."""
    for _ in range(_ROUNDS):
        fresh = _tally(entry.authentication, entry.at)
        stored = await inbox.notices.get(fresh.id)
        if stored is None:
            if await inbox.notices.insert(fresh) is not None:
                return 1
            continue
        counted = replace(
            stored.value,
            at=max(entry.at, stored.value.at),
            reason=_reason(stored.value.count + 1),
            count=stored.value.count + 1,
        )
        if await inbox.notices.save(counted, stored.version) is not None:
            return counted.count
    return None


def _tally(authentication: Authentication, at: datetime) -> NoticeRecord:
    """The record that counts the mails of an hour which one service hands over."""
    hour = at.strftime("%Y-%m-%dT%H")
    notice = Notice(
        source=Source.EMAIL,
        communication_id=f"dropped in {hour} by {authentication.method}",
        title="Dropped mails of one hour",
    )
    return NoticeRecord(
        id=notice.id,
        at=at,
        notice=notice,
        authentication=authentication,
        outcome=Outcome.COUNTED,
        reason=_reason(1),
    )


def _reason(count: int) -> str:
    return (
        f"at least {count} mails of this hour were dropped; the first {STORED_ONE_BY_ONE} are on"
        " record one by one"
    )
