"""Service Bus clients for the connections that bindings name: shared key or identity.

Opens nothing by itself.
"""

from azure.core.credentials_async import AsyncTokenCredential
from azure.servicebus import parse_connection_string
from azure.servicebus.aio import ServiceBusClient

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.settings import Connection, ConnectionString, Identity


class Client:
    """A ServiceBusClient and its credential, closed together."""

    def __init__(self, connection: Connection, *, retries: int) -> None:
        """`retries` is how often the SDK tries again by itself."""
        self._credential: AsyncTokenCredential | None = None
        self.bus = self._open(connection, retries)

    def _open(self, connection: Connection, retries: int) -> ServiceBusClient:
        if isinstance(connection, ConnectionString):
            return ServiceBusClient.from_connection_string(connection.text, retry_total=retries)
        self._credential = credential(connection)
        return ServiceBusClient(connection.namespace, self._credential, retry_total=retries)

    async def close(self) -> None:
        """Close every link and the credential."""
        await self.bus.close()
        if self._credential:
            await self._credential.close()


def check(connection: Connection) -> None:
    """ConfigurationError where the SDK could not read the connection string."""
    if isinstance(connection, ConnectionString):
        try:
            parse_connection_string(connection.text)
        except ValueError as exc:
            raise ConfigurationError(
                f"app setting {connection.name} is no Service Bus connection string: {exc}"
            ) from exc


def credential(identity: Identity) -> AsyncTokenCredential:
    """The credential that the settings <name>__* describe; without any, DefaultAzureCredential."""
    # A quarter of a second that only an identity needs.
    from azure.identity.aio import (  # noqa: PLC0415
        ClientSecretCredential,
        DefaultAzureCredential,
        ManagedIdentityCredential,
    )

    if identity.client_id and identity.client_secret and identity.tenant_id:
        return ClientSecretCredential(
            identity.tenant_id, identity.client_id, identity.client_secret
        )
    if (identity.credential or "").lower() == "managedidentity":
        return ManagedIdentityCredential(client_id=identity.client_id)
    return DefaultAzureCredential(managed_identity_client_id=identity.client_id)
