"""What an operator should know.

For now: the audit trail and a warning in the log, where an alert sees it.

Mail and chat are not here yet.
"""

from shared.domain.messages import Notification
from shared.telemetry import log_warning
from shared.usecases.app import App


async def deliver_notification(app: App, notification: Notification) -> None:
    """Put a notification on record and log it as a warning."""
    log_warning(
        "notification", kind=notification.kind, subject=notification.subject, text=notification.text
    )
    await app.record(
        notification.subject,
        "notification.delivered",
        kind=notification.kind,
        text=notification.text,
    )
