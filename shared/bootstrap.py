"""Wires the adapters to the use cases; the only place that knows the concrete classes. Decides nothing.

Nothing is read or connected at import: the Functions host imports the app to index it, and a fault then would take every
function down. The first invocation builds the house, and the process keeps it.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.clock import SystemClock
from shared.adapters.health.http_checks import HttpProbes
from shared.adapters.mail.graph.client import GraphClient
from shared.adapters.mail.graph.subscription import GraphWatches
from shared.adapters.mail.graph.webhook import Graph
from shared.adapters.mail.mailgun import Mailgun
from shared.adapters.mail.plain import PlainJson
from shared.adapters.mail.postmark import Postmark
from shared.adapters.mail.sendgrid import SendGrid
from shared.adapters.mail.ses_sns import SesOverSns
from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.adapters.tables.account import Tables
from shared.adapters.tables.audit import TableTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.notices import TableNotices
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.semaphores import TableSemaphores
from shared.adapters.tables.sightings import TableSightings
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.adapters.webhooks.shared_secrets import FunctionKey, SharedSecret
from shared.domain.notices.trusted_senders import Trust
from shared.ports import CallerCheck, Clock, MailDoor
from shared.settings.identity import Identity
from shared.settings.settings import Settings
from shared.telemetry import hush_sdks, say, warn
from shared.usecases.app import App
from shared.usecases.notices.inbox import Inbox, Mailbox
from shared.usecases.scan.watched_subscriptions import Watched

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What app and inbox both stand on."""

    settings: Settings
    credential: "AsyncTokenCredential"
    clock: Clock
    tables: Tables


_built: App | None = None
_inbox: Inbox | None = None
_ground: Ground | None = None
_building = asyncio.Lock()


async def house() -> App:
    """The app of this process, built at the first call; raises SettingsError that names every problem at once.

    A failed attempt is not remembered: the next invocation tries again.
    """
    global _built, _ground
    async with _building:
        if _built is None:
            hush_sdks()
            ground = prepare(os.environ)
            _built, _ground = await build(ground), ground
    return _built


async def inbox() -> Inbox:
    """The doors for notices of this process, built at the first call; raises as `house` does."""
    global _inbox  # noqa: PLW0603 - as above: keys and certificates of senders are kept between invocations
    app = await house()
    if _inbox is None:
        _inbox = open_doors(app, _ground or prepare(os.environ))
    return _inbox


def prepare(env: Mapping[str, str]) -> Ground:
    """Settings, identity, clock and tables from an environment. Opens nothing."""
    settings = Settings.from_env(env)
    credential = _credential(settings.identity)
    tables = Tables(
        connection_string=settings.state.connection_string or "",
        endpoint=settings.state.endpoint or "",
        credential=credential,
        prefix=settings.table_prefix,
    )
    return Ground(
        settings=settings,
        credential=credential,
        clock=SystemClock(),
        tables=tables,
    )


async def build(ground: Ground) -> App:
    """A new app. Its tables are created where they are not there yet."""
    settings, credential, clock, tables = ground.settings, ground.credential, ground.clock, ground.tables
    await tables.create_all()
    if settings.unknown:
        warn("settings.unknown", names=",".join(settings.unknown))
    say(
        "app.built",
        mode=settings.mode,
        arm=settings.arm_endpoint.url,
        subscriptions=len(settings.subscriptions),
    )
    return App(
        azure=ArmAzure(
            endpoint=settings.arm_endpoint, audience=settings.arm_audience, credential=credential, clock=clock
        ),
        jobs=TableJobs(tables=tables),
        semaphores=TableSemaphores(tables=tables),
        pauses=TablePauses(tables=tables),
        sightings=TableSightings(tables=tables),
        probes=HttpProbes(never=settings.identity.hosts),
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


def open_doors(app: App, ground: Ground) -> Inbox:
    """The doors for notices, each with its own check; one without its setting refuses everybody."""
    trust = ground.settings.trust
    return Inbox(
        app=app,
        notices=TableNotices(tables=ground.tables),
        watched=Watched(app=app),
        service_health=_service_health_check(trust, ground.clock),
        event_grid=SharedSecret(
            secret=trust.event_grid_secret, setting="FORESTALL_EVENT_GRID_SECRET", what="Event Grid"
        ),
        mail=_mail_doors(trust, ground),
        senders=trust.mail_senders,
        mailbox=_mailbox(trust, ground),
    )


def _service_health_check(trust: Trust, clock: Clock) -> CallerCheck:
    """The strongest that is set: a token of Entra, a shared word, else the function key, which the host checks anyway."""
    if trust.tenant:
        return EntraTokens(
            tenant=trust.tenant,
            audiences=trust.audiences,
            caller=trust.caller,
            authority=trust.authority,
            clock=clock,
        )
    if trust.service_health_secret:
        return SharedSecret(
            secret=trust.service_health_secret,
            setting="FORESTALL_SERVICE_HEALTH_SECRET",
            what="Service Health",
        )
    return FunctionKey()


def _mail_doors(trust: Trust, ground: Ground) -> dict[str, MailDoor]:
    clock = ground.clock
    return {
        "sendgrid": SendGrid(key=trust.sendgrid_key, clock=clock),
        "mailgun": Mailgun(key=trust.mailgun_key, clock=clock),
        "postmark": Postmark(login=trust.postmark_login),
        "ses": SesOverSns(topics=trust.ses_topics, clock=clock),
        "graph": Graph(
            client_state=trust.graph_client_state,
            client=GraphClient(endpoint=trust.graph_endpoint, credential=ground.credential),
        ),
        "plain": PlainJson(secret=trust.plain_secret),
    }


def _mailbox(trust: Trust, ground: Ground) -> Mailbox | None:
    """None where nobody said which: then whoever made the subscription renews it."""
    if not trust.graph_mailbox:
        return None
    watches = GraphWatches(
        client=GraphClient(endpoint=trust.graph_endpoint, credential=ground.credential),
        mailbox=trust.graph_mailbox,
        url=trust.graph_url,
        client_state=trust.graph_client_state,
    )
    return Mailbox(watches=watches, name=trust.graph_mailbox, url=trust.graph_url)


def _credential(identity: Identity) -> "AsyncTokenCredential":
    """One for everything, so that each token is fetched once a process."""
    if identity.is_managed:
        # Where the platform offers an identity, nothing else is tried: quicker, and never somebody else's login.
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415 - its import is half a cold start

        return ManagedIdentityCredential(client_id=identity.client_id)
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - as above

    return DefaultAzureCredential(managed_identity_client_id=identity.client_id)
