"""What can be set on a queue or a subscription, with Azure's defaults.

Reads no file (see config.py).
"""

from dataclasses import dataclass

_STANDARD_TIER_MESSAGE = 256 * 1024
_DEFAULT_QUEUE_SIZE = 1024**3  # Azure: 1 GB unless asked otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueProperties:
    """Durations in seconds, sizes in bytes."""

    lock_duration: float = 60.0
    max_delivery_count: int | None = 10  # None: without limit, as in a dead-letter queue
    requires_session: bool = False
    requires_duplicate_detection: bool = False
    duplicate_detection_window: float = 600.0
    default_time_to_live: float | None = None  # None: without end
    dead_letters_expired: bool = False
    #: the queue that gets the dead letters; None: they stay in the queue's own dead-letter queue
    forward_dead_letters_to: str | None = None
    max_message_size: int = _STANDARD_TIER_MESSAGE
    max_size: int = _DEFAULT_QUEUE_SIZE

    def for_dead_letters(self) -> "QueueProperties":
        """A dead-letter queue locks like its queue, and does nothing else by itself.

        No expiry, no limit, no session.
        """
        return QueueProperties(
            lock_duration=self.lock_duration,
            max_delivery_count=None,
            max_message_size=self.max_message_size,
            max_size=self.max_size,
        )
