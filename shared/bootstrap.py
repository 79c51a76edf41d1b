"""Wires the adapters to the use cases; the only place that knows the concrete classes.

Decides nothing.

Nothing is read or connected at import: the Functions host imports the app to index it, and a fault
then would take every function down. The first invocation builds the app, and the process keeps it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.azure.resource_manager import ArmAzure
from shared.adapters.blob_container import BlobContainer
from shared.adapters.clock import SystemClock
from shared.adapters.health.http_checks import HttpHealthChecks
from shared.adapters.mail.graph.client import GraphClient
from shared.adapters.mail.graph.subscriptions import GraphMailSubscriptions
from shared.adapters.mail.providers.graph import GraphMail
from shared.adapters.mail.providers.mailgun import Mailgun
from shared.adapters.mail.providers.plain import PlainJson
from shared.adapters.mail.providers.postmark import Postmark
from shared.adapters.mail.providers.sendgrid import SendGrid
from shared.adapters.mail.providers.ses import SesOverSns
from shared.adapters.outbox.http_poster import HttpPoster
from shared.adapters.policies.container import ContainerPolicies
from shared.adapters.policies.folder import FolderPolicies
from shared.adapters.service_bus.queues import ServiceBusQueues
from shared.adapters.tables.account import Tables
from shared.adapters.tables.audit import TableAuditTrail
from shared.adapters.tables.jobs import TableJobs
from shared.adapters.tables.marks import TableMarks
from shared.adapters.tables.notices import TableNotices
from shared.adapters.tables.outbox import TableOutbox
from shared.adapters.tables.pauses import TablePauses
from shared.adapters.tables.quotas import TableQuotas
from shared.adapters.tables.scanned.exemptions import TableExemptions
from shared.adapters.tables.scanned.inventory import TableInventory
from shared.adapters.tables.scanned.scans import TableScans
from shared.adapters.tables.semaphores import TableSemaphores
from shared.adapters.tables.trials import TableTrials
from shared.adapters.trail.container import ContainerTrailExport
from shared.adapters.webhooks.entra_tokens import EntraTokens
from shared.adapters.webhooks.shared_secrets import FunctionKey, SharedSecret, secrets_in
from shared.adapters.worker import ThreadWorker
from shared.domain.notices.trusted_senders import TrustedSenders
from shared.domain.redeploy.last_checks import max_call_delay
from shared.ports import Authenticator, Clock, MailService, Policies, TrailExport, Worker
from shared.settings.azure.identity import Identity
from shared.settings.azure.stop_command import stop_command
from shared.settings.settings import Settings
from shared.shared_attempt import SharedAttempt
from shared.telemetry import log_event, log_warning, quiet_sdk_loggers
from shared.usecases.app import App
from shared.usecases.generation.marks import current_mark
from shared.usecases.heard import Heard
from shared.usecases.notices.inbox import Inbox, WatchedMailbox
from shared.usecases.refresh_policy import refresh_policy
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


@dataclass(frozen=True, slots=True, kw_only=True)
class Infrastructure:
    """What both app and inbox need."""

    settings: Settings
    credential: "AsyncTokenCredential"
    clock: Clock
    tables: Tables
    #: for what takes long to parse
    worker: Worker


_app: App | None = None
_inbox: Inbox | None = None
_infrastructure: Infrastructure | None = None
#: how long a failed start answers everybody: long enough for all who wait
_FAILURE_SHARED = timedelta(seconds=5)


async def _start() -> App:
    global _app, _infrastructure
    quiet_sdk_loggers()
    infrastructure = build_infrastructure(os.environ)
    try:
        app = await build_app(infrastructure)
        await current_mark(app)
    except BaseException:
        # The next attempt makes its own connections.
        await infrastructure.tables.close()
        await infrastructure.credential.close()
        raise
    _app, _infrastructure = app, infrastructure
    return app


_starting = SharedAttempt(_start, failure_kept=_FAILURE_SHARED)


async def get_app() -> App:
    """The app of this process, built at the first call.

    Raises SettingsError that names every problem, or StorageUnavailable. All who call meanwhile
    share one attempt, and its failure for some seconds. After that the next call tries again.
    """
    app = await _starting.get() if _app is None else _app
    await refresh_policy(app)
    return app


async def get_inbox() -> Inbox:
    """The webhooks for notices of this process, built at the first call.

    Raises as `get_app` does.
    """
    # One for the process: keys and certificates of senders are kept between invocations.
    global _inbox  # noqa: PLW0603
    app = await get_app()
    if _inbox is None:
        _inbox = build_inbox(app, _infrastructure or build_infrastructure(os.environ))
    return _inbox


def how_to_stop() -> str:
    """The command that stops this app without its storage."""
    return stop_command(os.environ)


def build_infrastructure(env: Mapping[str, str]) -> Infrastructure:
    """Settings, identity, clock and tables from an environment. Opens nothing."""
    settings = Settings.from_env(env)
    credential = _credential(settings.identity)
    tables = Tables(
        connection_string=settings.state.connection_string or "",
        endpoint=settings.state.endpoint or "",
        credential=credential,
        prefix=settings.table_prefix,
    )
    return Infrastructure(
        settings=settings,
        credential=credential,
        clock=SystemClock(),
        tables=tables,
        worker=ThreadWorker(),
    )


async def build_app(infrastructure: Infrastructure) -> App:
    """A new app. Its tables are created where they are not there yet."""
    settings, credential, clock, tables = (
        infrastructure.settings,
        infrastructure.credential,
        infrastructure.clock,
        infrastructure.tables,
    )
    await tables.create_all()
    heard = Heard()
    if settings.unknown:
        log_warning("settings.unknown", names=",".join(settings.unknown))
    if settings.policy_problems:
        log_warning("policy.refused", reason="; ".join(settings.policy_problems))
    log_event(
        "app.built",
        mode=settings.mode,
        installation=settings.installation,
        arm=settings.arm_endpoint.url,
        subscriptions=len(settings.subscriptions),
    )
    return App(
        azure=ArmAzure(
            quotas=TableQuotas(tables=tables),
            shares=settings.quota_shares,
            # A worker that waits for longer uses a token up, and then comes too late to call.
            longest_wait=max_call_delay(settings.policy.timing),
            endpoint=settings.arm_endpoint,
            audience=settings.arm_audience,
            credential=credential,
            clock=clock,
        ),
        jobs=TableJobs(tables=tables),
        semaphores=TableSemaphores(tables=tables),
        pauses=TablePauses(tables=tables),
        marks=TableMarks(tables=tables),
        inventory=TableInventory(tables=tables),
        exemptions=TableExemptions(tables=tables),
        scans=TableScans(tables=tables),
        health_checks=HttpHealthChecks(forbidden=settings.identity.hosts),
        audit_trail=TableAuditTrail(tables=tables, exports=bool(settings.trail_export)),
        queues=ServiceBusQueues(
            clock=clock,
            connection_string=settings.service_bus.connection_string or "",
            namespace=settings.service_bus.endpoint or "",
            credential=credential,
            stamp=heard.stamp,
        ),
        outbox=TableOutbox(tables=tables),
        poster=HttpPoster(forbidden=settings.identity.hosts),
        store_trials=TableTrials(tables=tables),
        clock=clock,
        heard=heard,
        # A thread of its own: mails wait for each other, and no plan waits for mails.
        worker=ThreadWorker(),
        policy=settings.policy,
        policy_problems=settings.policy_problems,
        policies=_policies(settings, credential),
        policy_place=settings.policy_files,
        trail_export=_trail_export(settings, credential),
        mode=settings.mode,
        subscriptions=settings.subscriptions,
        excluded=frozenset(settings.excluded_subscriptions),
        installation=settings.installation,
        outside=settings.outside,
        sign_in=settings.sign_in,
        new_until=settings.new_until,
    )


def _policies(settings: Settings, credential: "AsyncTokenCredential") -> Policies | None:
    """None where no place is set: the policy of the setting counts."""
    place = settings.policy_files
    if not place:
        return None
    if place.startswith("https://"):
        return ContainerPolicies(BlobContainer(url=place, credential=credential))
    return FolderPolicies(Path(place))


def _trail_export(settings: Settings, credential: "AsyncTokenCredential") -> TrailExport | None:
    """None where no place is set: the audit trail stays in its table alone."""
    if not settings.trail_export:
        return None
    place = BlobContainer(url=settings.trail_export, credential=credential)
    return ContainerTrailExport(place)


def build_inbox(app: App, infrastructure: Infrastructure) -> Inbox:
    """The webhooks for notices, each with its own check.

    One without its setting refuses everybody.
    """
    trust = infrastructure.settings.trusted_senders
    return Inbox(
        app=app,
        notices=TableNotices(tables=infrastructure.tables),
        watched=WatchedSubscriptions(app=app),
        worker=infrastructure.worker,
        service_health=_service_health_check(trust, infrastructure.clock),
        event_grid=SharedSecret(
            secret=trust.event_grid_secret, setting="FORESTALL_EVENT_GRID_SECRET", what="Event Grid"
        ),
        mail=_mail_services(trust, infrastructure),
        senders=trust.mail_senders,
        mailbox=_mailbox(trust, infrastructure),
    )


def _service_health_check(trust: TrustedSenders, clock: Clock) -> Authenticator:
    """The strongest that is set.

    A token of Entra; otherwise a shared secret; otherwise the function key, which the host checks
    anyway.
    """
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


def _mail_services(trust: TrustedSenders, infrastructure: Infrastructure) -> dict[str, MailService]:
    clock, worker, ids = infrastructure.clock, infrastructure.worker, trust.authserv_ids
    return {
        "sendgrid": SendGrid(
            key=trust.sendgrid_key,
            clock=clock,
            worker=worker,
            authserv_id=ids.get("sendgrid", ""),
        ),
        "mailgun": Mailgun(
            key=trust.mailgun_key, clock=clock, worker=worker, authserv_id=ids.get("mailgun", "")
        ),
        "postmark": Postmark(
            login=trust.postmark_login, worker=worker, authserv_id=ids.get("postmark", "")
        ),
        "ses": SesOverSns(
            topics=trust.ses_topics, clock=clock, worker=worker, authserv_id=ids.get("ses", "")
        ),
        "graph": GraphMail(
            client_state=trust.graph_client_state,
            client=GraphClient(endpoint=trust.graph_endpoint, credential=infrastructure.credential),
            worker=worker,
            authserv_id=ids.get("graph", ""),
        ),
        "plain": PlainJson(
            secret=trust.plain_secret, worker=worker, authserv_id=ids.get("plain", "")
        ),
    }


def _mailbox(trust: TrustedSenders, infrastructure: Infrastructure) -> WatchedMailbox | None:
    """None where nobody said which: then the operator who created the subscription renews it."""
    if not trust.graph_mailbox:
        return None
    watches = GraphMailSubscriptions(
        client=GraphClient(endpoint=trust.graph_endpoint, credential=infrastructure.credential),
        mailbox=trust.graph_mailbox,
        url=trust.graph_url,
        # A new subscription gets the new secret; one that is there keeps its own.
        client_state=next(iter(secrets_in(trust.graph_client_state)), ""),
    )
    return WatchedMailbox(subscriptions=watches, name=trust.graph_mailbox, url=trust.graph_url)


def _credential(identity: Identity) -> "AsyncTokenCredential":
    """One for everything, so that each token is fetched once a process."""
    if identity.is_managed:
        # Where the platform offers an identity, nothing else is tried: quicker, and never somebody
        # else's login.
        # Its import is half a cold start.
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415

        return ManagedIdentityCredential(client_id=identity.client_id)
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - as above

    return DefaultAzureCredential(managed_identity_client_id=identity.client_id)
