"""Which client a connection setting gives."""

import pytest
from azure.identity.aio import (
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from sandbox.azure.functions_host.errors import ConfigurationError
from sandbox.azure.functions_host.settings import ConnectionString, Identity
from sandbox.azure.functions_host.triggers.connections import Client, check, credential
from sandbox.azure.functions_host.triggers.web import BODY_LIMIT, body_limit

KEY = "SharedAccessKeyName=a;SharedAccessKey=b;UseDevelopmentEmulator=true;"


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, DefaultAzureCredential),
        ({"credential": "managedidentity", "client_id": "c"}, ManagedIdentityCredential),
        ({"tenant_id": "t", "client_id": "c", "client_secret": "s"}, ClientSecretCredential),
    ],
)
async def test_an_identity_gets_the_credential_that_its_settings_describe(
    settings: dict[str, str], kind: type
) -> None:
    async with credential(Identity(name="Bus", namespace="n", **settings)) as found:
        assert type(found) is kind


async def test_a_connection_string_names_its_namespace() -> None:
    client = Client(
        ConnectionString(name="Bus", text=f"Endpoint=sb://127.0.0.1:5672;{KEY}"), retries=0
    )
    assert client.bus.fully_qualified_namespace == "127.0.0.1:5672"
    await client.close()


async def test_an_identity_names_its_namespace() -> None:
    client = Client(Identity(name="Bus", namespace="n.servicebus.windows.net"), retries=0)
    assert client.bus.fully_qualified_namespace == "n.servicebus.windows.net"
    await client.close()


def test_a_text_that_is_no_connection_string_is_refused_by_the_name_of_its_setting() -> None:
    with pytest.raises(
        ConfigurationError, match="app setting Bus is no Service Bus connection string"
    ):
        check(ConnectionString(name="Bus", text="https://example.org"))


def test_the_body_limit_is_the_hosts_unless_a_setting_says_otherwise() -> None:
    assert body_limit({}) == BODY_LIMIT
    assert body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10"}) == 10
    with pytest.raises(ConfigurationError, match="must be a number of bytes, not '10MB'"):
        body_limit({"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10MB"})
