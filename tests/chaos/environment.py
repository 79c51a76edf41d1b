"""Everything around the hosts, in this process's loop.

Azure's simulator, the broker, and the proxies; Azurite beside it.

One loop, so that a fault hits between two bytes and not some time later. The hosts are `workers`.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sandbox.azure.arm.simulator import Simulator
from sandbox.azure.azurite.launcher import Azurite, Ports
from sandbox.azure.servicebus.config import load_config
from sandbox.azure.servicebus.server import Server
from sandbox.demo.options import ROOT
from tests.chaos.azure_proxy import azure_proxy
from tests.chaos.faults import QUEUES
from tests.chaos.fleet import Segment, fleet_of
from tests.chaos.options import Options
from tests.chaos.storage_proxy import StorageProxy, storage_proxy
from tests.chaos.targeted_signals import TargetedSignals

#: the shortest that Service Bus allows, so that what a dead process had locked comes again soon,
#: and stops outlast it
LOCK_SECONDS = 5.0
_SCANS = "scans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the hosts live in."""

    simulator: Simulator
    broker: Server
    storage: StorageProxy
    targeted_signals: TargetedSignals
    settings: Mapping[str, str]
    azure_url: str

    def messages_left(self) -> dict[str, int]:
        """How many messages each queue and dead-letter queue holds, in any state.

        Only those with any. Scheduled messages in the queue of scans do not count. The tick of the
        second clock is always on its way. So are scans that wait for quota: the timer asks for a
        set more often than it may be listed.
        """
        queues = {name: self.broker.namespace.queue(name) for name in QUEUES}
        counts = {name: len(queue) for name, queue in queues.items()}
        counts[_SCANS] -= queues[_SCANS].scheduled_count
        counts |= {
            f"{name}/$deadletterqueue": len(queue.dead_letters) for name, queue in queues.items()
        }
        return {name: count for name, count in counts.items() if count}


@asynccontextmanager
async def start_environment(
    options: Options, segments: tuple[Segment, ...], policy: str
) -> AsyncIterator[Environment]:
    """Set it up for the parks, and take it down at the end of the block."""
    targeted_signals = TargetedSignals()
    simulator = Simulator(fleet_of(segments), seed=options.seed, events=options.events)
    async with (
        Azurite() as azurite,
        storage_proxy(azurite.ports.table, targeted_signals) as (storage, table_port),
        azure_proxy(simulator, targeted_signals) as azure_url,
        _broker() as broker,
    ):
        ports = azurite.ports
        connection = Ports(blob=ports.blob, queue=ports.queue, table=table_port).connection_string()
        yield Environment(
            simulator=simulator,
            broker=broker,
            storage=storage,
            targeted_signals=targeted_signals,
            settings=_settings(connection, broker.connection_string, azure_url, policy),
            azure_url=azure_url,
        )


@asynccontextmanager
async def _broker() -> AsyncIterator[Server]:
    server = Server()
    for queue in load_config(ROOT / "sandbox/demo/servicebus.json").queues:
        server.namespace.create_queue(
            queue.name, replace(queue.properties, lock_duration=LOCK_SECONDS)
        )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _settings(storage: str, service_bus: str, azure: str, policy: str) -> Mapping[str, str]:
    return {
        "AzureWebJobsStorage": storage,
        "StateStorage": storage,
        "ServiceBusConnection": service_bus,
        "FORESTALL_ARM_ENDPOINT": azure,
        "IDENTITY_ENDPOINT": f"{azure}/msi/token",
        "IDENTITY_HEADER": "sandbox",
        "FORESTALL_SUBSCRIPTIONS": "*",
        "FORESTALL_MODE": "act",
        "FORESTALL_NEW_UNTIL": "2100-01-01T00:00:00Z",
        "FORESTALL_POLICY": policy,
        "FORESTALL_TABLE_PREFIX": f"t{secrets.token_hex(6)}",
        # More scans than Azure lets list a set: the checks before a call must get their part.
        "SCAN_SCHEDULE": "*/5 * * * * *",
        "RECOVER_SCHEDULE": "*/3 * * * * *",
        "FUNCTIONS_WORKER_RUNTIME": "python",
    }
