"""Duplicate detection: which message ids were seen within the window.

Does not decide what happens to a duplicate.
"""

from collections import OrderedDict
from typing import Any


class DuplicateHistory:
    """Message ids with the time at which each is dropped; the window is in seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._forget_at: OrderedDict[Any, float] = OrderedDict()

    def seen_before(self, message_id: Any, now: float) -> bool:
        """True for an id seen within the window; otherwise store it from now on.

        No id is never a duplicate.
        """
        if message_id is None:
            return False
        self._forget(now)
        if message_id in self._forget_at:
            return True
        self._forget_at[message_id] = now + self._window
        return False

    def _forget(self, now: float) -> None:
        # Every id stays for the same time, so the oldest is always first.
        while self._forget_at and next(iter(self._forget_at.values())) <= now:
            self._forget_at.popitem(last=False)
