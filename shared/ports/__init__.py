"""What the use cases need from outside, as protocols.

Each port has one contract suite. It runs over the fake and over the real adapter.

All instants are aware and in UTC. Every method raises `errors.Unavailable` (a subclass) where the
outside cannot be reached; what can be expected is a value. Where one row is asked for and cannot be
read, `errors.RowUnreadable` is raised; where many are, those that can be read are in the Listing.
"""

from shared.ports.azure import Azure, HealthChecks, Quotas
from shared.ports.clock import Clock
from shared.ports.notices import (
    Authenticator,
    MailService,
    MailSubscriptions,
    NoticeListing,
    NoticeRows,
    Notices,
    Worker,
)
from shared.ports.outbox import Outbox, Poster
from shared.ports.policies import Policies, PolicyName
from shared.ports.queues import Queues
from shared.ports.scans import Exemptions, Inventory, Scans
from shared.ports.state import AuditTrail, Jobs, Marks, PauseListing, Pauses, Semaphores
from shared.ports.stored import Listing, Page, Stored, UnreadableRow, Version
from shared.ports.trail import TrailExport
from shared.ports.trials import StoreTrials

__all__ = [
    "AuditTrail",
    "Authenticator",
    "Azure",
    "Clock",
    "Exemptions",
    "HealthChecks",
    "Inventory",
    "Jobs",
    "Listing",
    "MailService",
    "MailSubscriptions",
    "Marks",
    "NoticeListing",
    "NoticeRows",
    "Notices",
    "Outbox",
    "Page",
    "PauseListing",
    "Pauses",
    "Policies",
    "PolicyName",
    "Poster",
    "Queues",
    "Quotas",
    "Scans",
    "Semaphores",
    "StoreTrials",
    "Stored",
    "TrailExport",
    "UnreadableRow",
    "Version",
    "Worker",
]
