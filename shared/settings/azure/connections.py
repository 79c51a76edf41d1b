"""How the app reaches Table Storage and Service Bus. Connects to nothing.

Samples::

    StateStorage=DefaultEndpointsProtocol=https;AccountName=a;AccountKey=...;EndpointSuffix=...
    StateStorage__tableServiceUri=https://a.table.core.windows.net
    ServiceBusConnection=Endpoint=sb://b.example/;SharedAccessKeyName=app;SharedAccessKey=...
    ServiceBusConnection__fullyQualifiedNamespace=b.servicebus.windows.net
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.domain.urls import Endpoint, is_loopback, is_secure
from shared.settings.reading.reader import Reader

_NAMESPACE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a service.

    By connection string (local), or by its endpoint and our identity (Azure).
    """

    connection_string: str | None = field(default=None, repr=False)
    endpoint: str | None = None

    @property
    def account(self) -> str:
        """The name of a storage account, in lower case."""
        if self.endpoint is not None:
            return (urlsplit(self.endpoint).hostname or "").partition(".")[0]
        for part in (self.connection_string or "").split(";"):
            name, _, value = part.partition("=")
            if name.strip().lower() == "accountname":
                return value.strip().lower()
        return "local"


def read_state(reader: Reader) -> Connection:
    """The storage account with the app's tables."""
    _require_one_of(
        reader,
        "StateStorage",
        "StateStorage__tableServiceUri",
        "https://ACCOUNT.table.core.windows.net",
    )
    endpoint = reader.value("StateStorage__tableServiceUri", Endpoint.parse, None)
    return Connection(
        connection_string=reader.value("StateStorage", _storage_string, None),
        endpoint=None if endpoint is None else endpoint.url,
    )


def read_service_bus(reader: Reader) -> Connection:
    """The Service Bus namespace with the app's queues; `endpoint` is its host name."""
    _require_one_of(
        reader,
        "ServiceBusConnection",
        "ServiceBusConnection__fullyQualifiedNamespace",
        "NAME.servicebus.windows.net",
    )
    return Connection(
        connection_string=reader.value("ServiceBusConnection", _service_bus_string, None),
        endpoint=reader.value("ServiceBusConnection__fullyQualifiedNamespace", _namespace, None),
    )


def _require_one_of(reader: Reader, by_string: str, by_identity: str, example: str) -> None:
    there = [each for each in (by_string, by_identity) if reader.is_set(each)]
    if not there:
        reader.problem(
            by_identity,
            (
                f"it is not set. Set it to {example} to use the app's identity, "
                f"or set {by_string} to a connection string."
            ),
        )
    elif len(there) > 1:
        reader.problem(by_string, f"{by_identity} is set too. Remove one of them.")


def _namespace(text: str) -> str:
    if not _NAMESPACE.fullmatch(text):
        raise ValueError(
            f"{text[:200]!r} must be a host name only, such as NAME.servicebus.windows.net."
        )
    return text


def _storage_string(text: str) -> str:
    """A connection string of an account; nothing of it is shown, as it holds the account's key."""
    parts = _parts(text)
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return text
    endpoint = parts.get("tableendpoint")
    if endpoint is not None and not is_secure(endpoint):
        raise ValueError(
            "its TableEndpoint must begin with https://. "
            "Only 127.0.0.1, [::1] and localhost may use http."
        )
    if not (endpoint or parts.get("accountname")):
        raise ValueError(
            "it lacks AccountName. Copy the whole connection string of the storage account."
        )
    if not (
        parts.get("sharedaccesssignature") or (parts.get("accountname") and parts.get("accountkey"))
    ):
        raise ValueError(
            "it lacks AccountKey. Copy the whole connection string of the storage account."
        )
    return text


def _service_bus_string(text: str) -> str:
    """A connection string of a namespace; nothing of it is shown, as it holds a key."""
    parts = _parts(text)
    host = _host(parts.get("endpoint", ""))
    if not host:
        raise ValueError("it lacks an Endpoint such as sb://NAME.servicebus.windows.net/.")
    if "entitypath" in parts:
        raise ValueError(
            "it is of one queue, as it has EntityPath. "
            "Copy the connection string of the namespace instead."
        )
    if not (
        parts.get("sharedaccesssignature")
        or (parts.get("sharedaccesskeyname") and parts.get("sharedaccesskey"))
    ):
        raise ValueError(
            "it lacks SharedAccessKeyName or SharedAccessKey. "
            "Copy the whole connection string of the namespace."
        )
    if parts.get("usedevelopmentemulator", "").lower() == "true" and not is_loopback(host):
        raise ValueError(
            "UseDevelopmentEmulator=true turns encryption off. It is for 127.0.0.1, "
            "[::1] and localhost only."
        )
    return text


def _parts(text: str) -> dict[str, str]:
    """The fields by their lower-cased names; the SDKs read the names in any casing too."""
    pairs = [each.partition("=") for each in text.split(";") if each.strip()]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ValueError("it is not a connection string. One looks like NAME=VALUE;NAME=VALUE.")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _host(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""
