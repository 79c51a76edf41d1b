"""The events that a target can choose. Pure."""

from enum import StrEnum


class OutboxEvent(StrEnum):
    """What a message is about."""

    FOUND = "found"  # a wave was found, or has grown
    MOVED = "moved"  # Azure moved the end of the self-service phase
    STARTING = "starting"  # machines of a wave go down soon
    DONE = "done"  # machines came back
    FAILED = "failed"
    HALTED = "halted"
    AT_RISK = "at-risk"
    MISSED = "missed"
    PAUSED = "paused"  # an operator paused or resumed something
    WAVE_DONE = "wave-done"
    ATTENTION = "attention"  # something else needs a person

    @property
    def is_urgent(self) -> bool:
        """Whether quiet hours and digests do not hold it back: afterwards is too late."""
        return self is OutboxEvent.AT_RISK
