"""App settings as the host sees them.

Local.settings.json, the environment, %NAME% in bindings, connections.

Names are case-insensitive, as .NET's configuration is. Nothing here opens a connection.
"""

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.strict_json import read_json

PERCENT = re.compile(r"%([^%]+)%")


def load_local_settings(app_dir: Path, environment: MutableMapping[str, str]) -> int | None:
    """Put the `Values` of local.settings.json into `environment`.

    An existing name wins, as in func. Returns `Host.LocalHttpPort` of that file, if given. A
    missing file is no error.

    {"IsEncrypted": false, "Values": {"ServiceBusConnection": "Endpoint=..."}, "Host":
    {"LocalHttpPort": 7071}}
    """
    path = app_dir / "local.settings.json"
    if not path.exists():
        return None
    document = read_json_object(path)
    if document.get("IsEncrypted"):
        raise ConfigurationError(f"{path} is encrypted: run `func settings decrypt` first.")
    values = document.get("Values", {})
    if not isinstance(values, dict):
        raise ConfigurationError(f'{path}: "Values" must be an object of names and texts.')
    for name, value in values.items():
        environment.setdefault(name, _text(path, name, value))
    return _port(path, document.get("Host"))


def _text(path: Path, name: str, value: object) -> str:
    if isinstance(value, dict | list) or value is None:
        raise ConfigurationError(
            f'{path}: the value of "{name}" must be a text; write nested JSON as a text.'
        )
    return value if isinstance(value, str) else json.dumps(value)


def _port(path: Path, host: object) -> int | None:
    port = host.get("LocalHttpPort") if isinstance(host, dict) else None
    if port is not None and not isinstance(port, int):
        raise ConfigurationError(f'{path}: "Host.LocalHttpPort" must be a number.')
    return port


def read_json_object(path: Path) -> dict[str, object]:
    """The JSON object in a file; ConfigurationError names the place where it is not one."""
    try:
        document = read_json(path.read_text("utf-8-sig"))
    except (ValueError, OSError) as exc:
        raise ConfigurationError(f"{path} cannot be read as JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} must hold a JSON object.")
    return document


class AppSettings:
    """The environment as app settings.

    Names without regard to case, an empty value counts as missing.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in environment.items() if value}

    def get(self, name: str) -> str | None:
        """The setting's value, or None."""
        return self._values.get(name.lower())

    def resolve(self, text: str) -> str:
        """`text` with every %NAME% replaced; ConfigurationError names all that are missing."""
        missing = [name for name in PERCENT.findall(text) if self.get(name) is None]
        if missing:
            raise ConfigurationError(
                *(f"app setting {name} is missing: %{name}% in {text!r}" for name in missing)
            )
        return PERCENT.sub(lambda match: self.get(match[1]) or "", text)

    def is_disabled(self, function: str) -> bool:
        """Whether AzureWebJobs.NAME.Disabled, or the same with _ for ., disables the function."""
        names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
        return any((self.get(name) or "").lower() in ("true", "1") for name in names)

    def connection(self, name: str) -> "Connection":
        """The Service Bus connection that a binding names.

        As the host: the setting AzureWebJobs<name> before <name>; of each first the connection
        string, then
        <name>__fullyQualifiedNamespace. An empty name means AzureWebJobsServiceBus.
        """
        for candidate in (f"AzureWebJobs{name or 'ServiceBus'}", *([name] if name else [])):
            text = self.get(candidate)
            if text:
                return ConnectionString(name=candidate, text=text)
            namespace = self.get(f"{candidate}__fullyQualifiedNamespace")
            if namespace:
                return self._identity(candidate, namespace)
        shown = name or "AzureWebJobsServiceBus"
        raise ConfigurationError(
            f"app setting {shown} is missing: give it a Service Bus connection string, "
            f"or set {shown}__fullyQualifiedNamespace to use an identity"
        )

    def _identity(self, prefix: str, namespace: str) -> "Identity":
        return Identity(
            name=prefix,
            namespace=namespace,
            credential=self.get(f"{prefix}__credential"),
            client_id=self.get(f"{prefix}__clientId"),
            client_secret=self.get(f"{prefix}__clientSecret"),
            tenant_id=self.get(f"{prefix}__tenantId"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionString:
    """A connection by shared key; `name` is the setting it was found in."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A connection by identity, from the settings <name>__*."""

    name: str
    namespace: str
    credential: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    tenant_id: str | None = None


type Connection = ConnectionString | Identity
