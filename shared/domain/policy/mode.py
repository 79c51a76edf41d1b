"""Whether the app acts, or only records what it would do."""

from enum import StrEnum


class Mode(StrEnum):
    """What the app does with its decisions."""

    OBSERVE = "observe"  # records them, and calls nothing that changes a machine
    ACT = "act"
