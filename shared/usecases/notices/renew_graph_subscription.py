"""The mailbox stays watched.

Creates and renews Microsoft Graph's subscription, and creates it again where it ended. Reads no
mail.

A mail that Graph did not report could only have started a scan. So where mails may be missing,
everything watched is scanned, and no mailbox is searched.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.notices.mail.graph_subscription import (
    LIFETIME,
    SubscriptionActions,
    required_actions,
)
from shared.domain.notices.notice import Authentication, Notice, Source
from shared.errors import Unavailable
from shared.telemetry import log_event, log_warning
from shared.usecases.notices.inbox import Inbox, WatchedMailbox
from shared.usecases.notices.receipt import Receipt
from shared.usecases.notices.receive import receive

#: events after which mails may be missing (change-notifications-lifecycle-events)
_LEAVES_A_GAP = {"missed", "subscriptionremoved"}
_OWN_CHECK = Authentication(method="own-check", identity="forestall")


async def renew_graph_subscription(inbox: Inbox) -> None:
    """See that the subscription is there and lasts, if there is a mailbox to watch.

    For a timer, so an outage is only told.

    Idempotent. A healthy one costs one read. Where none was there, what is watched is scanned.
    """
    if inbox.mailbox is None:
        return
    try:
        if not await _ensure_subscription(inbox, inbox.mailbox):
            await _scan_for(inbox, "the mailbox was not watched", _OWN_CHECK)
    except Unavailable as outage:
        log_warning("mailbox.subscription_failed", mailbox=inbox.mailbox.name, reason=outage)


async def handle_lifecycle_events(
    inbox: Inbox, events: Sequence[str], authentication: Authentication
) -> list[Receipt]:
    """What Graph reports of the subscription: keep it, and scan where mails may be missing.

    Unavailable where either cannot be done now, so that Graph tells us again.
    """
    if not events:
        return []
    log_event("mailbox.lifecycle_event", events=", ".join(events))
    if inbox.mailbox is None:
        log_warning(
            "mailbox.subscription_failed",
            reason="Graph asks to renew a mail subscription that is not made here",
        )
    else:
        await _ensure_subscription(inbox, inbox.mailbox)
    gaps = [each for each in events if each.lower() in _LEAVES_A_GAP]
    return [
        await _scan_for(inbox, f"Graph reports its subscription: {each}", authentication)
        for each in gaps
    ]


async def _ensure_subscription(inbox: Inbox, mailbox: WatchedMailbox) -> bool:
    """Whether there was one already."""
    now = inbox.app.now()
    found = await mailbox.subscriptions.all()
    todo = required_actions(found, mailbox=mailbox.name, url=mailbox.url, now=now)
    was_there = await _renewed(mailbox, todo, now)
    if not was_there:
        made = await mailbox.subscriptions.create(now + LIFETIME)
        log_event(
            "mailbox.subscription_created",
            mailbox=mailbox.name,
            subscription=made.id,
            until=made.expires.isoformat(),
        )
    # Last, so that at no time there is none.
    for each in todo.remove:
        await mailbox.subscriptions.remove(each.id)
        log_event("mailbox.subscription_removed", mailbox=mailbox.name, subscription=each.id)
    return was_there


async def _renewed(mailbox: WatchedMailbox, todo: SubscriptionActions, now: datetime) -> bool:
    """Whether the one to keep is there, and lasts.

    False where it ended while we looked, or there is none.
    """
    if todo.keep is None:
        return False
    if not todo.renew:
        return True
    until = now + LIFETIME
    lasts = await mailbox.subscriptions.renew(todo.keep.id, until)
    if lasts:
        log_event(
            "mailbox.subscription_renewed",
            mailbox=mailbox.name,
            subscription=todo.keep.id,
            until=until.isoformat(),
        )
    return lasts


async def _scan_for(inbox: Inbox, reason: str, authentication: Authentication) -> Receipt:
    """A notice without subscriptions: all that are watched are scanned.

    At most one an hour for each reason.
    """
    hour = inbox.app.now().strftime("%Y-%m-%dT%H")
    gap = Notice(
        source=Source.EMAIL,
        communication_id=f"{reason} {hour}",
        title=f"Mails may have been missed: {reason}",
    )
    return await receive(inbox, gap, authentication)
