"""A notice on record: what came, from whom, how it was authenticated, and what it started.

Stores nothing itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.machine.machine import SubscriptionId
from shared.domain.notices.notice import Authentication, Notice, NoticeId
from shared.domain.utc import require_aware


class Outcome(StrEnum):
    """What happened to a notice."""

    RECEIVED = "received"  # on record; its scans are about to be asked for, or their asking failed
    SCANNING = "scanning"  # its scans are queued
    IGNORED = "ignored"  # nothing to scan, with the reason
    DROPPED = "dropped"  # nothing proves who sent it
    COUNTED = "counted"  # stands for the dropped mails of an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedScan:
    """One scan that a notice asked for; several notices may share one."""

    subscription: SubscriptionId
    #: the `tick` of its request; the audit trail of each job that the scan planned has it with the
    #: cause
    trigger_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """One notice as it is kept, once however often it came."""

    id: NoticeId
    at: datetime
    notice: Notice
    #: who handed it to us, and how that was proved
    authentication: Authentication
    #: what proves the sender of a mail; None where the one who handed it over is the sender
    sender: Authentication | None = None
    outcome: Outcome = Outcome.RECEIVED
    reason: str = ""
    scans: tuple[RequestedScan, ...] = ()
    #: how many mails this record stands for, where they are counted and not stored
    count: int = 1

    def __post_init__(self) -> None:
        require_aware(at=self.at)
