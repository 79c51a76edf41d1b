"""The app's own identity, as the platform offers it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.domain.guid import read_guid
from shared.settings.reading.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which identity the app has, and where its tokens come from."""

    #: of the user-assigned identity; None: the system-assigned one, or a developer's own login
    client_id: str | None = None
    #: whether the platform offers a managed identity
    is_managed: bool = False
    #: hosts that hand out the app's own tokens, in lower case: no health check is ever sent there
    hosts: frozenset[str] = frozenset()


def read_identity(reader: Reader) -> Identity:
    """The identity. The platform sets the endpoints, so their form is not checked."""
    endpoint = reader.text("IDENTITY_ENDPOINT")
    urls = (endpoint, reader.text("MSI_ENDPOINT"), reader.text("IMDS_ENDPOINT"))
    return Identity(
        client_id=reader.value("AZURE_CLIENT_ID", read_guid, None),
        is_managed=bool(endpoint),
        hosts=frozenset(host for host in map(_host, urls) if host),
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
