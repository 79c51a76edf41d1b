"""What a sender learns of its notice, and what the log has of it."""

from dataclasses import dataclass

from shared.domain.notices.record import NoticeRecord
from shared.telemetry import log_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What happened to a notice, and whether it had come before."""

    entry: NoticeRecord
    repeated: bool = False


def log_record(entry: NoticeRecord) -> None:
    """One line for a notice and what happened to it."""
    log_event(
        f"notice.{entry.outcome.value}",
        id=entry.id,
        source=entry.notice.source.value,
        subscriptions=",".join(entry.notice.subscriptions) or None,
        tracking_id=entry.notice.tracking_id or None,
        stage=entry.notice.stage or None,
        authentication=entry.authentication.method,
        reason=entry.reason or None,
    )
