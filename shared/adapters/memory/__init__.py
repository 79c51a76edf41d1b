"""In-memory fakes of the ports, for tests and for the deterministic simulation.

They promise what the real ones promise.

They keep everything as JSON text, so that nobody can change a stored value by holding on to it, and
nothing that the real stores could not hold. Within one event loop every call is atomic; they are
not for several threads.
"""

from shared.adapters.memory.azure import ScriptedAzure
from shared.adapters.memory.clock import SettableClock
from shared.adapters.memory.graph_subscriptions import MemoryMailSubscriptions
from shared.adapters.memory.health_checks import FakePage, MemoryHealthChecks
from shared.adapters.memory.marks import MemoryMarks
from shared.adapters.memory.notices import MemoryNotices
from shared.adapters.memory.outbox import MemoryOutbox, Posted, ScriptedPoster
from shared.adapters.memory.policies import MemoryPolicies
from shared.adapters.memory.queues import MemoryQueues, Queued
from shared.adapters.memory.quotas import MemoryQuotas
from shared.adapters.memory.scanned.exemptions import MemoryExemptions
from shared.adapters.memory.scanned.inventory import MemoryInventory
from shared.adapters.memory.scanned.scans import MemoryScans
from shared.adapters.memory.stores import (
    MemoryJobs,
    MemoryPauses,
    MemorySemaphores,
)
from shared.adapters.memory.trail import MemoryAuditTrail, MemoryTrailExport
from shared.adapters.memory.trials import MemoryTrials
from shared.adapters.memory.worker import InlineWorker

__all__ = [
    "FakePage",
    "InlineWorker",
    "MemoryAuditTrail",
    "MemoryExemptions",
    "MemoryHealthChecks",
    "MemoryInventory",
    "MemoryJobs",
    "MemoryMailSubscriptions",
    "MemoryMarks",
    "MemoryNotices",
    "MemoryOutbox",
    "MemoryPauses",
    "MemoryPolicies",
    "MemoryQueues",
    "MemoryQuotas",
    "MemoryScans",
    "MemorySemaphores",
    "MemoryTrailExport",
    "MemoryTrials",
    "Posted",
    "Queued",
    "ScriptedAzure",
    "ScriptedPoster",
    "SettableClock",
]
