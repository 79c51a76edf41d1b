"""What an operator should know: the audit trail, a warning in the log, and the outbox.

An alert sees the warning. The targets of FORESTALL_NOTIFY take the news from the outbox.
"""

from shared.domain.messages import Notification
from shared.domain.outbox.news import news_of
from shared.domain.outbox.wordings import wording_of
from shared.telemetry import log_warning
from shared.usecases.app import App


async def deliver_notification(app: App, notification: Notification) -> None:
    """Put a notification on record, and keep it for operators and for the targets, if any.

    It is logged as a warning: immediately, or with others of its cause by `tell_operators`.
    """
    collected = wording_of(notification.kind).is_collected
    if not collected:
        log_warning(
            "notification",
            kind=notification.kind,
            subject=notification.subject,
            text=notification.text,
        )
    await app.record(
        notification.subject,
        "notification.delivered",
        kind=notification.kind,
        text=notification.text,
    )
    if collected or app.outside.targets:
        await app.outbox.add(news_of(notification, app.now()))
