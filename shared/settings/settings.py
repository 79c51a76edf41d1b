"""Every setting of the app, checked.

Reads the environment that it is given, and connects to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain.access.sign_in import SignIn
from shared.domain.notices.trusted_senders import TrustedSenders
from shared.domain.outbox.targets import Outside
from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.quota.limits import Shares
from shared.domain.urls import Endpoint
from shared.domain.utc import in_utc
from shared.errors import SettingsError
from shared.settings.azure.connections import Connection, read_service_bus, read_state
from shared.settings.azure.endpoints import read_resource_manager
from shared.settings.azure.identity import Identity, read_identity
from shared.settings.azure.quota import read_shares
from shared.settings.azure.subscriptions import read_subscriptions
from shared.settings.container import read_container
from shared.settings.notices import read_trusted_senders
from shared.settings.policy import POLICY, read_policy_files, read_policy_setting
from shared.settings.reading.names import misspelt, unknown
from shared.settings.reading.reader import Reader
from shared.settings.reading.references import unresolved
from shared.settings.sign_in import read_sign_in
from shared.settings.table_prefix import DEFAULT_TABLE_PREFIX, read_table_prefix
from shared.settings.targets import read_outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, checked; docs/configuration.md explains each."""

    #: lower-cased ids; empty: every subscription that our identity can see
    subscriptions: tuple[str, ...]
    #: those that are left out of what our identity can see
    excluded_subscriptions: tuple[str, ...]
    mode: Mode
    #: until when empty tables mean a new installation, in the mode act
    new_until: datetime | None
    policy: Policy
    #: what is wrong with FORESTALL_POLICY: nothing new starts, and what runs is followed
    policy_problems: tuple[str, ...]
    #: the platform file, the folder of all policy files, or the URL of the container in which
    #: versions are published; empty: `policy` counts
    policy_files: str
    arm_endpoint: Endpoint
    arm_audience: str
    state: Connection
    service_bus: Connection
    table_prefix: str
    #: the container to which the audit trail is exported; empty: it is not
    trail_export: str
    #: of Azure's request limits
    quota_shares: Shares
    identity: Identity
    #: whom notices are accepted from
    trusted_senders: TrustedSenders
    #: where messages go
    outside: Outside = field(default_factory=Outside)
    #: how people sign in
    sign_in: SignIn = field(default_factory=SignIn)
    #: names that begin with FORESTALL_ and that nothing reads
    unknown: tuple[str, ...] = ()

    @property
    def installation(self) -> str:
        """The name of this installation: its storage account, and the prefix of its tables.

        Apps with the same tables share their locks, so they are one installation.
        """
        return f"{self.state.account}/{self.table_prefix}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings; raises SettingsError that names every problem.

        A policy that cannot be read alone is no error: it stops new starts, and nothing else.
        """
        reader = Reader(env)
        arm, audience = read_resource_manager(reader)
        watched, excluded = read_subscriptions(reader)
        settings = cls(
            subscriptions=watched,
            excluded_subscriptions=excluded,
            mode=reader.value("FORESTALL_MODE", _mode, Mode.OBSERVE),
            new_until=reader.value("FORESTALL_NEW_UNTIL", _instant, None),
            policy=read_policy_setting(reader),
            policy_problems=(),
            policy_files=read_policy_files(reader),
            arm_endpoint=arm,
            arm_audience=audience,
            state=read_state(reader),
            service_bus=read_service_bus(reader),
            table_prefix=reader.value(
                "FORESTALL_TABLE_PREFIX", read_table_prefix, DEFAULT_TABLE_PREFIX
            ),
            trail_export=reader.value("FORESTALL_TRAIL_EXPORT", read_container, ""),
            quota_shares=read_shares(reader),
            identity=read_identity(reader),
            trusted_senders=read_trusted_senders(reader),
            outside=read_outside(reader),
            sign_in=read_sign_in(reader),
        )
        _require_schedules(reader)
        problems = [*unresolved(env, reader.names), *misspelt(env, reader.names), *reader.problems]
        of_policy = tuple(each for each in problems if each.startswith(f"{POLICY}: "))
        if len(of_policy) < len(problems):
            raise SettingsError(problems)
        unread = unknown(env, reader.names)
        return replace(settings, unknown=unread, policy_problems=of_policy)


def _mode(text: str) -> Mode:
    try:
        return Mode(text.lower())
    except ValueError:
        raise ValueError(
            f"{text!r} is not a mode. Write observe, which only plans, or act, which redeploys."
        ) from None


def _instant(text: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is not an instant with a time zone. Write it as 2026-11-30T18:00:00Z."
        ) from None


def _require_schedules(reader: Reader) -> None:
    """The host reads them. Without one it leaves that timer out, and nothing else would say so."""
    for name, example in (
        ("SCAN_SCHEDULE", "0 */15 * * * *"),
        ("RECOVER_SCHEDULE", "30 */5 * * * *"),
    ):
        if not reader.is_set(name):
            reader.problem(
                name, f"it is not set. Write when the timer runs, in UTC, such as {example}."
            )
