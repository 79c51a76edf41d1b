"""Connections to Table Storage and Service Bus.

Each correct form is accepted; each other one is reported with what to write.
"""

import pytest

from shared.settings.azure.connections import Connection
from shared.settings.settings import Settings
from tests.unit.settings.samples import KEY, LEAST, SERVICE_BUS, STORAGE, problems

AZURITE = (
    f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={KEY};"
    "TableEndpoint=http://127.0.0.1:10002/a;"
)
EMULATOR = (
    f"Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey={KEY};"
    "UseDevelopmentEmulator=true;"
)


@pytest.mark.parametrize(
    "text",
    [
        STORAGE,
        f"{STORAGE};",
        "UseDevelopmentStorage=true",
        AZURITE,
        f"accountname=a;accountkey={KEY}",
        "TableEndpoint=https://a.table.core.windows.net/;SharedAccessSignature=sv=2024&sig=x%3d",
    ],
)
def test_connection_strings_of_storage_are_taken_as_they_are(text: str) -> None:
    assert Settings.from_env({**LEAST, "StateStorage": text}).state.connection_string == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret", "it is not a connection string. One looks like NAME=VALUE;NAME=VALUE."),
        (
            f"=a;AccountKey={KEY}",
            "it is not a connection string. One looks like NAME=VALUE;NAME=VALUE.",
        ),
        (
            f"AccountKey={KEY}",
            "it lacks AccountName. Copy the whole connection string of the storage account.",
        ),
        (
            "AccountName=a",
            "it lacks AccountKey. Copy the whole connection string of the storage account.",
        ),
        (
            AZURITE.replace("127.0.0.1", "azurite"),
            (
                "its TableEndpoint must begin with https://. "
                "Only 127.0.0.1, [::1] and localhost may use http."
            ),
        ),
    ],
)
def test_other_texts_for_storage_are_refused(text: str, said: str) -> None:
    assert problems({**LEAST, "StateStorage": text}) == (f"StateStorage: {said}",)


@pytest.mark.parametrize(
    "text",
    [
        SERVICE_BUS,
        f"{SERVICE_BUS};",
        EMULATOR,
        EMULATOR.replace("127.0.0.1", "localhost"),
        (
            "Endpoint=sb://b.servicebus.windows.net/;SharedAccessSignature=SharedAccessSignature "
            "sr=b&sig=x&se=1&skn=app"
        ),
    ],
)
def test_connection_strings_of_service_bus_are_taken_as_they_are(text: str) -> None:
    assert (
        Settings.from_env({**LEAST, "ServiceBusConnection": text}).service_bus.connection_string
        == text
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "sb://b.servicebus.windows.net",
            "it is not a connection string. One looks like NAME=VALUE;NAME=VALUE.",
        ),
        (
            f"SharedAccessKeyName=app;SharedAccessKey={KEY}",
            "it lacks an Endpoint such as sb://NAME.servicebus.windows.net/.",
        ),
        (
            f"Endpoint=nonsense;SharedAccessKeyName=app;SharedAccessKey={KEY}",
            "it lacks an Endpoint such as sb://NAME.servicebus.windows.net/.",
        ),
        (
            f"Endpoint=sb://[b;SharedAccessKeyName=app;SharedAccessKey={KEY}",
            "it lacks an Endpoint such as sb://NAME.servicebus.windows.net/.",
        ),
        (
            f"Endpoint=sb://b.example/;SharedAccessKey={KEY}",
            (
                "it lacks SharedAccessKeyName or SharedAccessKey. "
                "Copy the whole connection string of the namespace."
            ),
        ),
        (
            f"{SERVICE_BUS};EntityPath=scans",
            (
                "it is of one queue, as it has EntityPath. "
                "Copy the connection string of the namespace instead."
            ),
        ),
        (
            EMULATOR.replace("127.0.0.1", "b.servicebus.windows.net"),
            (
                "UseDevelopmentEmulator=true turns encryption off. It is for 127.0.0.1, "
                "[::1] and localhost only."
            ),
        ),
    ],
)
def test_other_texts_for_service_bus_are_refused(text: str, said: str) -> None:
    assert problems({**LEAST, "ServiceBusConnection": text}) == (f"ServiceBusConnection: {said}",)


@pytest.mark.parametrize(
    ("name", "other", "value"),
    [
        ("StateStorage", "StateStorage__tableServiceUri", "https://a.table.core.windows.net"),
        (
            "ServiceBusConnection",
            "ServiceBusConnection__fullyQualifiedNamespace",
            "b.servicebus.windows.net",
        ),
    ],
)
def test_one_way_of_two_must_be_chosen(name: str, other: str, value: str) -> None:
    assert problems({**LEAST, other: value}) == (
        f"{name}: {other} is set too. Remove one of them.",
    )
    (problem,) = problems({**LEAST, name: ""})
    assert problem.startswith(f"{other}: it is not set. Set it to")
    assert f"or set {name} to a connection string." in problem


@pytest.mark.parametrize(
    "text",
    [
        "b",
        "sb://b.servicebus.windows.net",
        "b.servicebus.windows.net/",
        "b.servicebus.windows.net:5671",
        "a b.c",
    ],
)
def test_a_namespace_is_a_host_name(text: str) -> None:
    name = "ServiceBusConnection__fullyQualifiedNamespace"
    assert problems({**LEAST, "ServiceBusConnection": "", name: text}) == (
        f"{name}: {text!r} must be a host name only, such as NAME.servicebus.windows.net.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "http://a.table.core.windows.net",
        "https://a.table.core.windows.net/?sv=2024&sig=secret",
    ],
)
def test_an_endpoint_of_tables_is_https_and_no_more_than_a_host(text: str) -> None:
    name = "StateStorage__tableServiceUri"
    (problem,) = problems({**LEAST, "StateStorage": "", name: text})
    assert problem.startswith(f"{name}: ")
    assert "https://" in problem
    assert "secret" not in problem


@pytest.mark.parametrize(
    ("state", "account"),
    [
        (Connection(endpoint="https://stshop.table.core.windows.net"), "stshop"),
        (Connection(connection_string="AccountKey=eA==;AccountName=StShop;"), "stshop"),
        (Connection(connection_string="UseDevelopmentStorage=true"), "local"),
    ],
)
def test_the_account_is_known_by_either_form(state: Connection, account: str) -> None:
    assert state.account == account
