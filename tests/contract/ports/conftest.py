"""What the suites of the ports are run over.

Every fixture here gives the fake first, then the real thing.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from azure.identity.aio import ManagedIdentityCredential

from sandbox.azure.arm.background import Running
from sandbox.azure.arm.pytest_plugin import start_arm  # noqa: F401 - a fixture
from sandbox.azure.azurite.pytest_plugin import azurite  # noqa: F401 - a fixture
from sandbox.azure.fleets.fleet import Fleet
from sandbox.azure.servicebus.pytest_plugin import new_queue, service_bus  # noqa: F401 - fixtures
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.memory import (
    MemoryAuditTrail,
    MemoryExemptions,
    MemoryInventory,
    MemoryJobs,
    MemoryMarks,
    MemoryOutbox,
    MemoryPauses,
    MemoryQueues,
    MemoryQuotas,
    MemoryScans,
    MemorySemaphores,
    SettableClock,
)
from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.adapters.tables.account import Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.marks import TableMarks
from shared.adapters.tables.outbox import TableOutbox
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.quotas import TableQuotas
from shared.adapters.tables.scanned.exemptions import TableExemptions
from shared.adapters.tables.scanned.inventory import TableInventory
from shared.adapters.tables.scanned.scans import TableScans
from shared.adapters.tables.semaphores import TableSemaphores
from shared.domain.urls import Endpoint
from shared.ports import (
    AuditTrail,
    Exemptions,
    Inventory,
    Jobs,
    Marks,
    Outbox,
    Pauses,
    Quotas,
    Scans,
    Semaphores,
)
from tests.contract.ports.azure.azure_setup import FLEET, AzureSetup, scripted, simulated
from tests.contract.ports.samples import NOW
from tests.contract.ports.service_bus.queue_ends import (
    DEAD_LETTERS,
    NOTIFICATIONS,
    SCANS,
    STEPS,
    QueuesUnderTest,
    peek_memory_queues,
    peek_service_bus_queues,
)

type Kind = str
type Simulate = Callable[[Fleet], tuple[Running, ArmAzure]]
BOTH: tuple[Kind, Kind] = ("memory", "tables")


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Which of the two stores a test runs over."""
    return str(request.param)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(now=NOW)


@pytest.fixture
async def tables(request: pytest.FixtureRequest) -> AsyncIterator[Tables]:
    """Tables of their own for one test, as Azure takes 40 s to free a name again."""
    tables = Tables(
        connection_string=request.getfixturevalue("azurite").connection_string,
        prefix=f"t{secrets.token_hex(6)}",
    )
    await tables.create_all()
    yield tables
    await tables.close()


@pytest.fixture
def jobs(kind: Kind, request: pytest.FixtureRequest) -> Jobs:
    return MemoryJobs() if kind == "memory" else TableJobs(tables=request.getfixturevalue("tables"))


@pytest.fixture
def scans(kind: Kind, request: pytest.FixtureRequest) -> Scans:
    return (
        MemoryScans() if kind == "memory" else TableScans(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def outbox(kind: Kind, request: pytest.FixtureRequest) -> Outbox:
    return (
        MemoryOutbox()
        if kind == "memory"
        else TableOutbox(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def quotas(kind: Kind, request: pytest.FixtureRequest) -> Quotas:
    return (
        MemoryQuotas()
        if kind == "memory"
        else TableQuotas(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def semaphores(kind: Kind, request: pytest.FixtureRequest) -> Semaphores:
    return (
        MemorySemaphores()
        if kind == "memory"
        else TableSemaphores(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def pauses(kind: Kind, request: pytest.FixtureRequest) -> Pauses:
    return (
        MemoryPauses()
        if kind == "memory"
        else TablePauses(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def marks(kind: Kind, request: pytest.FixtureRequest) -> Marks:
    if kind == "memory":
        return MemoryMarks(
            clock=SettableClock(now=NOW),
            pauses=request.getfixturevalue("pauses"),
            rows=lambda: [each.text for each in request.getfixturevalue("jobs")._cells.texts()],
            started=False,
            counts_by_itself=False,
        )
    return TableMarks(tables=request.getfixturevalue("tables"))


@pytest.fixture
def inventory(kind: Kind, request: pytest.FixtureRequest) -> Inventory:
    return (
        MemoryInventory()
        if kind == "memory"
        else TableInventory(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def exemptions(kind: Kind, request: pytest.FixtureRequest) -> Exemptions:
    return (
        MemoryExemptions()
        if kind == "memory"
        else TableExemptions(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture
def audit_trail(kind: Kind, request: pytest.FixtureRequest) -> AuditTrail:
    return (
        MemoryAuditTrail()
        if kind == "memory"
        else TableAuditTrail(tables=request.getfixturevalue("tables"))
    )


@pytest.fixture(params=("memory", "service bus"))
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[QueuesUnderTest]:
    if request.param == "memory":
        clock = SettableClock(now=NOW)
        fake = MemoryQueues(clock=clock)
        yield QueuesUnderTest(queues=fake, clock=clock, peek=peek_memory_queues(fake, clock))
        return
    make = request.getfixturevalue("new_queue")
    names = {
        SCANS: make(requires_duplicate_detection=True),
        STEPS: make(),
        NOTIFICATIONS: make(),
        DEAD_LETTERS: make(),
    }
    connection_string = request.getfixturevalue("service_bus").connection_string
    queues = ServiceBusQueues(
        clock=SystemClock(),
        connection_string=connection_string,
        scans=names[SCANS],
        redeploys=names[STEPS],
        notifications=names[NOTIFICATIONS],
        dead_letters=names[DEAD_LETTERS],
    )
    peek = peek_service_bus_queues(connection_string, names)
    yield QueuesUnderTest(queues=queues, clock=SystemClock(), peek=peek)
    await queues.close()


@pytest.fixture
async def simulate(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Simulate]:
    """Start a simulator of a fleet, and the adapter for it, with its credential of Azure."""
    start = request.getfixturevalue("start_arm")
    async with AsyncExitStack() as opened:

        def build(fleet: Fleet) -> tuple[Running, ArmAzure]:
            arm = start(fleet)
            for name, value in arm.environment.items():
                monkeypatch.setenv(name, value)
            credential = ManagedIdentityCredential()
            azure = ArmAzure(
                credential=credential, clock=SystemClock(), endpoint=Endpoint.parse(arm.base_url)
            )
            opened.push_async_callback(credential.close)
            opened.push_async_callback(azure.close)
            return arm, azure

        yield build


@pytest.fixture(params=("memory", "simulator"))
def setup(request: pytest.FixtureRequest) -> AzureSetup:
    if request.param == "memory":
        return scripted(SettableClock(now=NOW))
    simulate: Simulate = request.getfixturevalue("simulate")
    return simulated(*simulate(FLEET))
