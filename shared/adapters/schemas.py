"""The schema of each kind of value that a store keeps.

A change that an older release must not touch adds an upcaster here.

Golden rows of every release are in `tests/golden`; a test reads each of them with these schemas.
"""

from collections.abc import Mapping

from shared.domain.audit import AuditRecord
from shared.domain.clocks import ClockStatus
from shared.domain.generation import Mark
from shared.domain.hints.status import HintStatus
from shared.domain.job.job import Job
from shared.domain.lock.semaphore import Semaphore
from shared.domain.machine.instance_view import Observation
from shared.domain.machine.inventory_entry import InventoryEntry
from shared.domain.machine.machine import Machine
from shared.domain.notices.record import NoticeRecord
from shared.domain.outbox.calendar_feed import CalendarFeed
from shared.domain.outbox.mailbox import Mailbox
from shared.domain.outbox.news import News
from shared.domain.outbox.waves import Watch
from shared.domain.quota.level import Level
from shared.domain.redeploy.pauses import Pause
from shared.domain.scan.exempt_machine import ExemptMachine
from shared.domain.scan.status import ScanStatus
from shared.domain.schema import Schema

type Schemas = Mapping[type, Schema]
"""By kind of value."""

SCHEMAS: Schemas = {
    AuditRecord: Schema(),
    CalendarFeed: Schema(),
    ClockStatus: Schema(),
    ExemptMachine: Schema(),
    HintStatus: Schema(),
    InventoryEntry: Schema(),
    Job: Schema(),
    Level: Schema(),
    Machine: Schema(),
    Mailbox: Schema(),
    News: Schema(),
    Mark: Schema(),
    NoticeRecord: Schema(),
    Observation: Schema(),
    Pause: Schema(),
    ScanStatus: Schema(),
    Semaphore: Schema(),
    Watch: Schema(),
}
