"""The settings, read from the environment as the Functions host fills it. Reads nothing else, connects to nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.guid import read_guid
from shared.domain.notices.trusted_senders import Trust, read_trust
from shared.domain.policy.mode import Mode
from shared.domain.policy.parsing import read_policy
from shared.domain.policy.policy import Policy
from shared.domain.urls import PUBLIC_CLOUD, Endpoint
from shared.errors import SettingsError

ALL_SUBSCRIPTIONS = "*"

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a service: by connection string (local), or by its endpoint and our identity (Azure)."""

    connection_string: str | None = field(default=None, repr=False)
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, checked; the README's table says what each is for."""

    #: lower-cased ids; empty: every subscription that our identity can see
    subscriptions: tuple[str, ...]
    mode: Mode
    policy: Policy
    arm_endpoint: Endpoint
    arm_audience: str
    state: Connection
    service_bus: Connection
    table_prefix: str
    #: of the user-assigned identity; None: the system-assigned one, or whatever a developer is logged in as
    client_id: str | None
    #: whom notices are accepted from
    trust: Trust

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings; raises SettingsError that names every problem at once."""
        reader = _Reader(env)
        arm = reader.endpoint("FORESTALL_ARM_ENDPOINT", PUBLIC_CLOUD)
        settings = cls(
            subscriptions=reader.subscriptions(),
            mode=reader.mode(),
            policy=reader.policy(),
            arm_endpoint=arm,
            arm_audience=env.get("FORESTALL_ARM_AUDIENCE") or arm.url,
            state=reader.connection("StateStorage", "StateStorage__tableServiceUri"),
            service_bus=reader.connection(
                "ServiceBusConnection", "ServiceBusConnection__fullyQualifiedNamespace"
            ),
            table_prefix=reader.table_prefix(),
            client_id=env.get("AZURE_CLIENT_ID") or None,
            trust=read_trust(env, reader.problems),
        )
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def subscriptions(self) -> tuple[str, ...]:
        text = self._env.get("FORESTALL_SUBSCRIPTIONS", "").strip()
        if text == ALL_SUBSCRIPTIONS:
            return ()
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            self.problems.append(
                "FORESTALL_SUBSCRIPTIONS is missing: set it to subscription ids separated by commas, or to * for all "
                "that the app's identity can see"
            )
        return tuple(dict.fromkeys(filter(None, map(self._subscription, parts))))

    def _subscription(self, text: str) -> str | None:
        try:
            return read_guid(text)
        except ValueError:
            self.problems.append(f"FORESTALL_SUBSCRIPTIONS: {text!r} is no subscription id (a GUID)")
            return None

    def mode(self) -> Mode:
        text = self._env.get("FORESTALL_MODE") or Mode.OBSERVE.value
        try:
            return Mode(text.strip().lower())
        except ValueError:
            self.problems.append(f"FORESTALL_MODE is {text!r}: use observe (plan only) or act")
            return Mode.OBSERVE

    def policy(self) -> Policy:
        try:
            return read_policy(self._env.get("FORESTALL_POLICY", ""))
        except ValueError as fault:
            self.problems.append(f"FORESTALL_POLICY: {fault}")
            return Policy()

    def endpoint(self, name: str, default: Endpoint) -> Endpoint:
        try:
            return Endpoint.parse(self._env.get(name, "").strip() or default.url)
        except ValueError as fault:
            self.problems.append(f"{name}: {fault}")
            return default

    def connection(self, by_string: str, by_identity: str) -> Connection:
        connection = Connection(
            connection_string=self._env.get(by_string) or None, endpoint=self._env.get(by_identity) or None
        )
        if connection == Connection():
            self.problems.append(f"neither {by_string} nor {by_identity} is set: one of them is needed")
        return connection

    def table_prefix(self) -> str:
        text = self._env.get("FORESTALL_TABLE_PREFIX") or "forestall"
        if not _PREFIX.fullmatch(text):
            self.problems.append(
                f"FORESTALL_TABLE_PREFIX is {text!r}: up to 40 letters and digits, a letter first"
            )
        return text
