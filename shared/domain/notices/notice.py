"""A notice as it is understood.

Who is concerned, by which ids it is known again, and whether it asks for a scan.

It names no machine on purpose: no payload of Azure Monitor does, and no mail is trusted that far.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from shared.domain.machine.machine import SubscriptionId
from shared.domain.utc import require_aware

NoticeId = NewType("NoticeId", str)
"""32 hex digits: the same communication has the same id, however often it comes."""


class Source(StrEnum):
    """Which webhook received a notice."""

    SERVICE_HEALTH = "service-health"
    EMAIL = "email"
    EVENT_GRID = "event-grid"


class UnreadableNotice(ValueError):
    """What came is no notice; the text says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """How a notice was authenticated: `method` is our word for it, `who` whom it proves."""

    method: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notice says, as far as it counts."""

    source: Source
    #: lower-cased, in the order they were named; empty: not said, which means all that are watched
    subscriptions: tuple[SubscriptionId, ...] = ()
    tracking_id: str = ""
    #: of this one communication about the event; where the sender gives none, a digest of the
    #: content
    communication_id: str
    stage: str = ""
    title: str = ""
    services: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    #: of the maintenance, where it says so
    starts: datetime | None = None
    ends: datetime | None = None
    #: why it starts no scan; empty: it starts one
    ignored: str = ""
    #: whether it is a service issue of something that a redeploy needs
    is_outage: bool = False

    def __post_init__(self) -> None:
        require_aware(starts=self.starts, ends=self.ends)

    @property
    def changes_the_plan(self) -> bool:
        """Whether its stage (Service Health's term) cancels or moves an earlier notice."""
        return self.stage.lower() in {"canceled", "cancelled", "rescheduled"}

    @property
    def id(self) -> NoticeId:
        """By source, subscriptions, tracking id and communication id.

        What is equal in these is the same notice.

        Azure's ids hold characters that a table key may not (`PYN_-ZL8` is harmless, a mail's
        message id is not), so they are hashed.
        """
        parts = (
            self.source.value,
            *sorted(self.subscriptions),
            self.tracking_id,
            self.communication_id,
        )
        return NoticeId(digest_of("\n".join(parts).encode(errors="replace")))


def digest_of(*content: bytes) -> str:
    """128 bits of a digest of these pieces, one after the other, as 32 hex digits.

    To know content again.
    """
    digest = hashlib.sha256()
    for each in content:
        digest.update(each)
    return digest.hexdigest()[:32]
