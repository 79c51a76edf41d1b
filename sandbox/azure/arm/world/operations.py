"""A long-running operation: what was accepted with 202, and what came of it.

Who moves the machines is `redeploys`; this is only the record that pollers read.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sandbox.azure.arm.world.machines import Machine


class Verb(Enum):
    """The two ways of moving a machine, spelled as in the URL."""

    PERFORM_MAINTENANCE = "performMaintenance"
    REDEPLOY = "redeploy"


class OperationStatus(Enum):
    """`status` of an operation."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why something failed, as `error.code` and `error.message`."""

    code: str
    message: str


@dataclass(kw_only=True, slots=True)
class Operation:
    """An accepted request; it ends when the last of its machines has."""

    id: str
    tracking_id: str
    """The `p` of the operation's URL."""
    verb: Verb
    by: str
    subscription: str
    location: str
    started: datetime
    machines: tuple[Machine, ...]
    pending: set[str]
    """Keys of the machines still under way."""
    status: OperationStatus = OperationStatus.IN_PROGRESS
    ended: datetime | None = None
    problem: Problem | None = None
