"""All stores of an app over tables, for tests and benchmarks that need no other real adapter.

The app itself gets them in `shared.bootstrap`, which imports every adapter. A benchmark that
imported that would measure the memory of all of them.
"""

from typing import TypedDict

from shared.adapters.tables.account import Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.marks import TableMarks
from shared.adapters.tables.outbox import TableOutbox
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.scanned.exemptions import TableExemptions
from shared.adapters.tables.scanned.inventory import TableInventory
from shared.adapters.tables.scanned.scans import TableScans
from shared.adapters.tables.semaphores import TableSemaphores
from shared.adapters.tables.trials import TableTrials


class TableStores(TypedDict):
    """The stores by their names in `App`."""

    jobs: TableJobs
    semaphores: TableSemaphores
    pauses: TablePauses
    marks: TableMarks
    inventory: TableInventory
    exemptions: TableExemptions
    scans: TableScans
    audit_trail: TableAuditTrail
    outbox: TableOutbox
    store_trials: TableTrials


def table_stores(tables: Tables) -> TableStores:
    """Every store over these tables: `App(**table_stores(tables), ...)`, or with `replace`."""
    return TableStores(
        jobs=TableJobs(tables=tables),
        semaphores=TableSemaphores(tables=tables),
        pauses=TablePauses(tables=tables),
        marks=TableMarks(tables=tables),
        inventory=TableInventory(tables=tables),
        exemptions=TableExemptions(tables=tables),
        scans=TableScans(tables=tables),
        audit_trail=TableAuditTrail(tables=tables),
        outbox=TableOutbox(tables=tables),
        store_trials=TableTrials(tables=tables),
    )
