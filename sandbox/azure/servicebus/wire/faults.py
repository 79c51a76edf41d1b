"""Faults on request: what Azure does now and then, done here exactly when a test asks.

Never strikes by itself.
"""

from collections import Counter
from enum import Enum


class Fault(Enum):
    """What can go wrong at an entity."""

    SERVER_BUSY = "a send is refused with server-busy, and nothing is stored"
    SEND_RESPONSE_LOST = (
        "a send is stored, and the connection is cut before the sender gets the response"
    )
    SETTLEMENT_RESPONSE_LOST = (
        "a settlement is carried out, "
        "and the connection is cut before the receiver gets the response"
    )


class Faults:
    """How many times each planned fault is still to strike. Entities by path, in any case."""

    def __init__(self) -> None:
        self._planned: Counter[tuple[Fault, str]] = Counter()

    def plan(self, fault: Fault, path: str, times: int = 1) -> None:
        """Let it strike the next `times` times, in addition to what is planned already."""
        self._planned[fault, path.lower()] += times

    def triggers(self, fault: Fault, path: str) -> bool:
        """True when it was planned; one time fewer is left then."""
        if not self._planned[fault, path.lower()]:
            return False
        self._planned[fault, path.lower()] -= 1
        return True
