"""A process that takes scans from the queue, as the Functions host does.

`python -m benchmarks.tenant.worker PLACES`. It prints a line of JSON for each message. It moves no
machine: the queue of steps is not read.
"""

# ruff: noqa: T201 - a benchmark prints

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import msgspec
from azure.core.credentials import AccessToken
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import AutoLockRenewer, ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import MessageLockLostError

from benchmarks.scan.fleet import subscription_ids, token
from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.adapters.tables.account import Tables
from shared.adapters.tables.quotas import TableQuotas
from shared.domain.messages import ScanRequest, decode
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.quota.limits import Shares
from shared.domain.urls import Endpoint
from shared.usecases.app import App
from shared.usecases.scan.scan_subscription import scan_subscription
from tests.support.table_stores import table_stores

#: messages that a process takes at the same time (host.json)
AT_ONCE = 16


class Places(msgspec.Struct, frozen=True):
    """Where the stand-ins are."""

    arm: str
    tables: str
    bus: str
    prefix: str
    subscriptions: int


class Taken(msgspec.Struct, frozen=True):
    """One message, and how long it took."""

    subscription: str
    seconds: float


class _Credential:
    """The simulator's token."""

    def __init__(self) -> None:
        self._token = AccessToken(token(), 2**33)

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return self._token

    async def close(self) -> None: ...


@asynccontextmanager
async def app_over(places: Places) -> AsyncIterator[App]:
    """The app over the stand-ins, in observe mode. Azure's limits are off in the simulator."""
    clock = SystemClock()
    tables = Tables(connection_string=places.tables, prefix=places.prefix)
    azure = ArmAzure(
        credential=cast("Any", _Credential()),
        clock=clock,
        endpoint=Endpoint.parse(places.arm),
        audience=places.arm,
        quotas=TableQuotas(tables=tables),
        shares=Shares(own=1000.0, shared=1000.0),
    )
    queues = ServiceBusQueues(clock=clock, connection_string=places.bus)
    app = App(
        azure=azure,
        **table_stores(tables),
        poster=cast("Any", None),
        health_checks=cast("Any", None),
        queues=queues,
        clock=clock,
        policy=Policy(),
        mode=Mode.OBSERVE,
        subscriptions=tuple(subscription_ids(places.subscriptions)),
    )
    try:
        yield app
    finally:
        await azure.close()
        await queues.close()
        await tables.close()


async def work(places: Places) -> None:
    """Take messages until the process is ended."""
    async with (
        app_over(places) as app,
        ServiceBusClient.from_connection_string(places.bus) as client,
        client.get_queue_receiver("scans", prefetch_count=0) as receiver,
        AutoLockRenewer(max_lock_renewal_duration=120) as renewer,
    ):
        running: set[asyncio.Task[None]] = set()
        while True:
            free = AT_ONCE - len(running)
            if free:
                for each in await receiver.receive_messages(free, max_wait_time=1):
                    renewer.register(receiver, each)
                    running.add(asyncio.create_task(_take(app, receiver, each)))
            if running:
                _, running = await asyncio.wait(
                    running, timeout=0.2, return_when=asyncio.FIRST_COMPLETED
                )


async def _take(app: App, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
    begun = time.perf_counter()
    request = decode(str(message), ScanRequest)
    try:
        await scan_subscription(app, request)
    except Exception as fault:  # noqa: BLE001 - the queue delivers it again, as for any function
        print(f"{request.subscription}: {fault}", file=sys.stderr, flush=True)
        with suppress(MessageLockLostError):
            await receiver.abandon_message(message)
        return
    # A lock that was lost lets the message come again, and its step is stale then.
    with suppress(MessageLockLostError):
        await receiver.complete_message(message)
    taken = Taken(subscription=request.subscription, seconds=time.perf_counter() - begun)
    print(msgspec.json.encode(taken).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(work(msgspec.json.decode(sys.argv[1], type=Places)))
