"""Wires the adapters to the use cases; the only place that knows the concrete classes. Decides nothing.

Nothing is read or connected at import: the Functions host imports the app to index it, and a fault then would take every
function down. The first invocation builds the house, and the process keeps it.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.adapters.arm import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.service_bus import ServiceBusQueues
from shared.adapters.table_jobs import TableJobs
from shared.adapters.table_pauses import TablePauses
from shared.adapters.table_semaphores import TableSemaphores
from shared.adapters.table_sightings import TableSightings
from shared.adapters.table_trail import TableTrail
from shared.adapters.tables import Tables
from shared.settings import Settings
from shared.telemetry import say
from shared.usecases.app import App

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_built: App | None = None
_building = asyncio.Lock()


async def house() -> App:
    """The app of this process, built at the first call; raises SettingsError that names every problem at once.

    A failed attempt is not remembered: the next invocation tries again.
    """
    global _built  # noqa: PLW0603 - one house a process: connections and tokens are kept between invocations
    async with _building:
        if _built is None:
            _built = await build(os.environ)
    return _built


async def build(env: Mapping[str, str]) -> App:
    """A new app from an environment. Its tables are created where they are not there yet."""
    settings = Settings.from_env(env)
    credential = _credential(settings, env)
    clock = SystemClock()
    tables = Tables(
        connection_string=settings.state.connection_string or "",
        endpoint=settings.state.endpoint or "",
        credential=credential,
        prefix=settings.table_prefix,
    )
    await tables.create_all()
    say("app.built", mode=settings.mode, arm=settings.arm_endpoint, subscriptions=len(settings.subscriptions))
    return App(
        azure=ArmAzure(
            endpoint=settings.arm_endpoint, audience=settings.arm_audience, credential=credential, clock=clock
        ),
        jobs=TableJobs(tables=tables),
        semaphores=TableSemaphores(tables=tables),
        pauses=TablePauses(tables=tables),
        sightings=TableSightings(tables=tables),
        trail=TableTrail(tables=tables),
        queues=ServiceBusQueues(
            clock=clock,
            connection_string=settings.service_bus.connection_string or "",
            namespace=settings.service_bus.endpoint or "",
            credential=credential,
        ),
        clock=clock,
        policy=settings.policy,
        mode=settings.mode,
        subscriptions=settings.subscriptions,
    )


def _credential(settings: Settings, env: Mapping[str, str]) -> "AsyncTokenCredential":
    """One for everything, so that each token is fetched once a process."""
    if env.get("IDENTITY_ENDPOINT"):
        # Where the platform offers an identity, nothing else is tried: quicker, and never somebody else's login.
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - its import is half a cold start

        return ManagedIdentityCredential(client_id=settings.client_id)
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - as above

    return DefaultAzureCredential(managed_identity_client_id=settings.client_id)
