"""Composes what one target is to get, and sends it, one message after the other."""

import hashlib
from dataclasses import replace
from datetime import timedelta

from shared.domain.messages import Notification
from shared.domain.outbox.answers import Result, after, began, dropped, is_spent
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import Mailbox, Topic, compose, due, tell
from shared.domain.outbox.message import Message, with_notes
from shared.domain.outbox.news import digest
from shared.domain.outbox.targets import OutsideTarget
from shared.domain.utc import rfc3339
from shared.ports import Stored
from shared.telemetry import log_event, log_warning
from shared.usecases.app import App
from shared.usecases.outbox.post import post_message
from shared.usecases.outbox.present_state import notes_on

#: news that waited longer is compared with the present state before its report
_STALE_AFTER = timedelta(minutes=15)
#: messages of one run and target: Slack takes one a second
_MOST_AT_ONCE = 5


async def deliver(app: App, target: OutsideTarget) -> int:
    """Send what is due to one target; how many messages it accepted.

    Before each try the mailbox is stored, and after it again. So a crash in between is known, and
    the message is sent once more with the same id. Ends where another process stores the mailbox.
    """
    stored: Stored[Mailbox] | None = await _compose(app, target)
    sent = 0
    for _ in range(_MOST_AT_ONCE):
        if stored is None or not _may_try(stored.value, app):
            break
        stored, accepted = await _send_first(app, target, stored)
        sent += accepted
        if not accepted:
            break
    return sent


def _may_try(mailbox: Mailbox, app: App) -> bool:
    is_time = mailbox.next_try is None or app.now() >= mailbox.next_try
    is_off = mailbox.broken_since is not None and mailbox.next_try is None
    return bool(mailbox.waiting) and is_time and not is_off


async def _compose(app: App, target: OutsideTarget) -> Stored[Mailbox] | None:
    """The mailbox with the messages that are due now."""
    now = app.now()
    stored = await app.outbox.mailbox(target.name)
    mailbox = _with_new_settings(stored.value, target)
    keys = due(mailbox, target, now)
    messages = [await _message(app, mailbox.topics[key]) for key in keys]
    mailbox = tell(mailbox, keys, messages, now)
    mailbox = _with_summary(mailbox, app)
    if mailbox == stored.value:
        return stored
    version = await app.outbox.store_mailbox(mailbox, stored.version)
    return None if version is None else Stored(value=mailbox, version=version)


def _with_new_settings(mailbox: Mailbox, target: OutsideTarget) -> Mailbox:
    """A target whose address was changed is tried immediately, as if it had never failed."""
    if mailbox.fingerprint in ("", target.fingerprint):
        return mailbox
    return replace(
        mailbox,
        fingerprint=target.fingerprint,
        failures=0,
        failing_since=None,
        next_try=None,
        broken_since=None,
        unknown=0,
    )


async def _message(app: App, topic: Topic) -> Message:
    """The message of a topic; with the present state of its machines, where it waited long."""
    message = compose(topic, app.outside.link, app.now())
    waited = app.now() - (topic.waiting_since or app.now())
    if waited < _STALE_AFTER:
        return message
    noted = with_notes(message, await notes_on(app, topic))
    since = rfc3339(topic.waiting_since or app.now())
    return replace(noted, text=f"{noted.text} The first news came {since}.")


def _with_summary(mailbox: Mailbox, app: App) -> Mailbox:
    """One message on all that a target was not given: the next try sends it alone."""
    if not mailbox.given_up_count or mailbox.waiting:
        return mailbox
    listed = "; ".join(mailbox.given_up)
    more = mailbox.given_up_count - len(mailbox.given_up)
    count = f"{mailbox.given_up_count:,} message" + ("" if mailbox.given_up_count == 1 else "s")
    summary = Message(
        id=digest("summary", mailbox.target, rfc3339(app.now())),
        event=OutboxEvent.ATTENTION,
        title=f"{count} could not be delivered here",
        text=f"{listed}{f'; and {more:,} more' if more > 0 else ''}.",
        todo="Look at `forestall jobs` for the present state.",
        link=app.outside.link,
        at=app.now(),
    )
    return replace(mailbox, waiting=(summary,), given_up=(), given_up_count=0)


async def _send_first(
    app: App, target: OutsideTarget, stored: Stored[Mailbox]
) -> tuple[Stored[Mailbox] | None, bool]:
    mailbox = stored.value
    if is_spent(mailbox, target.kind):
        return await _store(app, dropped(mailbox), stored), False
    begun = await _store(app, began(mailbox, target), stored)
    if begun is None:
        return None, False
    message = mailbox.waiting[0]
    outcome = await post_message(app, target, message)
    changed = after(begun.value, target.kind, outcome, app.now(), _jitter(message, mailbox))
    accepted = outcome.result is Result.ACCEPTED
    if accepted:
        log_event("message.accepted", target=target.name, message=message.id)
    else:
        log_warning(
            "message.not_accepted",
            target=target.name,
            message=message.id,
            result=outcome.result,
            reason=outcome.reason,
        )
    if changed.broken_since is not None and begun.value.broken_since is None:
        await _report_broken(app, changed)
    return await _store(app, changed, begun), accepted


async def _store(app: App, mailbox: Mailbox, before: Stored[Mailbox]) -> Stored[Mailbox] | None:
    version = await app.outbox.store_mailbox(mailbox, before.version)
    return None if version is None else Stored(value=mailbox, version=version)


async def _report_broken(app: App, mailbox: Mailbox) -> None:
    """People are notified in another way: the alert on notifications, and the other targets."""
    since = rfc3339(mailbox.failing_since or app.now())
    await app.queues.send_notification(
        Notification(
            kind="target.broken",
            subject=f"target:{mailbox.target}",
            text=f"the target {mailbox.target} of FORESTALL_NOTIFY takes no messages since {since}:"
            f" {mailbox.reason}",
        )
    )


def _jitter(message: Message, mailbox: Mailbox) -> float:
    """Between 0 and 1, the same for the same try of the same message."""
    raw = hashlib.sha256(f"{message.id}|{mailbox.failures}".encode()).digest()
    return int.from_bytes(raw[:4]) / 2**32
