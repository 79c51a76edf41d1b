"""The settings as the Functions host fills the environment: what is missing or wrong is told at once, and no secret is shown."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.urls import PUBLIC_CLOUD
from shared.errors import SettingsError
from shared.settings import Connection, Settings

ROOT = Path(__file__).parents[2]
ONE, OTHER = "00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000b"
SECRET = "c2VjcmV0"
LEAST = {
    "FORESTALL_SUBSCRIPTIONS": "*",
    "StateStorage": f"AccountName=a;AccountKey={SECRET}",
    "ServiceBusConnection": f"Endpoint=sb://127.0.0.1;SharedAccessKey={SECRET}",
}


def problems(env: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(env)
    return raised.value.problems


def test_the_least_that_must_be_set_observes_every_subscription_with_the_default_policy() -> None:
    settings = Settings.from_env(LEAST)

    assert settings.mode is Mode.OBSERVE
    assert settings.subscriptions == ()
    assert settings.policy == Policy()
    assert (settings.arm_endpoint, settings.arm_audience) == (PUBLIC_CLOUD, PUBLIC_CLOUD.url)
    assert (settings.table_prefix, settings.client_id) == ("forestall", None)


def test_everything_that_can_be_set_is_read() -> None:
    settings = Settings.from_env(
        {
            "FORESTALL_SUBSCRIPTIONS": f" {ONE}, {OTHER},",
            "FORESTALL_MODE": " ACT",
            "FORESTALL_POLICY": '{"limits": {"slots": 3}}',
            "FORESTALL_ARM_ENDPOINT": "https://management.usgovcloudapi.net/",
            "FORESTALL_ARM_AUDIENCE": "https://management.core.usgovcloudapi.net",
            "FORESTALL_TABLE_PREFIX": "prod1",
            "AZURE_CLIENT_ID": "me",
            "StateStorage__tableServiceUri": "https://a.table.core.windows.net",
            "ServiceBusConnection__fullyQualifiedNamespace": "b.servicebus.windows.net",
        }
    )

    assert settings.subscriptions == (ONE.lower(), OTHER)
    assert settings.mode is Mode.ACT
    assert settings.policy.limits.slots == 3
    assert settings.arm_endpoint.url == "https://management.usgovcloudapi.net"
    assert settings.arm_audience == "https://management.core.usgovcloudapi.net"
    assert (settings.table_prefix, settings.client_id) == ("prod1", "me")
    assert settings.state == Connection(endpoint="https://a.table.core.windows.net")
    assert settings.service_bus == Connection(endpoint="b.servicebus.windows.net")


def test_every_problem_is_told_at_once_and_names_its_setting() -> None:
    found = problems(
        {
            "FORESTALL_MODE": "go",
            "FORESTALL_POLICY": "{",
            "FORESTALL_ARM_ENDPOINT": "management.azure.com",
            "FORESTALL_TABLE_PREFIX": "1st",
        }
    )

    names = [each.split()[0].rstrip(":") for each in found]
    assert names == [
        "FORESTALL_ARM_ENDPOINT",
        "FORESTALL_SUBSCRIPTIONS",
        "FORESTALL_MODE",
        "FORESTALL_POLICY",
        "neither",
        "neither",
        "FORESTALL_TABLE_PREFIX",
    ]
    assert "StateStorage nor StateStorage__tableServiceUri" in found[4]
    assert "ServiceBusConnection nor ServiceBusConnection__fullyQualifiedNamespace" in found[5]


def test_the_message_has_a_line_for_each_problem() -> None:
    with pytest.raises(SettingsError, match=r"2 problem\(s\)") as raised:
        Settings.from_env(LEAST | {"FORESTALL_MODE": "go", "FORESTALL_TABLE_PREFIX": "-"})
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("FORESTALL_SUBSCRIPTIONS", "", "or to *"),
        ("FORESTALL_SUBSCRIPTIONS", " , ", "or to *"),
        ("FORESTALL_SUBSCRIPTIONS", f"{ONE},*", "'*' is no subscription id"),
        ("FORESTALL_SUBSCRIPTIONS", "production", "'production' is no subscription id (a GUID)"),
        ("FORESTALL_MODE", "on", "use observe (plan only) or act"),
        ("FORESTALL_POLICY", '{"limit": {}}', "limit is no rule; known here: change_windows"),
        ("FORESTALL_POLICY", "[" * 100_000, "not JSON"),
        ("FORESTALL_TABLE_PREFIX", "for-estall", "letters and digits"),
        ("FORESTALL_TABLE_PREFIX", "a" * 41, "up to 40"),
    ],
)
def test_a_bad_value_is_told_with_what_to_do(name: str, value: str, advice: str) -> None:
    (problem,) = problems(LEAST | {name: value})
    assert problem.startswith(name)
    assert advice in problem


@pytest.mark.parametrize(
    "url",
    ["http://management.azure.com", "management.azure.com", "https://management.azure.com/subscriptions"],
)
def test_a_token_is_sent_to_no_doubtful_endpoint(url: str) -> None:
    (problem,) = problems(LEAST | {"FORESTALL_ARM_ENDPOINT": url})
    assert problem.startswith("FORESTALL_ARM_ENDPOINT")
    assert "https://" in problem


def test_no_secret_is_shown_in_the_settings_or_in_a_problem() -> None:
    assert SECRET not in repr(Settings.from_env(LEAST))
    assert SECRET not in "".join(problems(LEAST | {"FORESTALL_MODE": "go"}))


def test_the_example_for_laptops_is_complete() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    settings = Settings.from_env(example)
    assert settings.mode is Mode.OBSERVE
    assert settings.client_id is None
