"""How people sign in, as the settings say it."""

import pytest

from shared.errors import SettingsError
from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, ONE, OTHER, names, problems

PAIR = f"{ONE}, {OTHER}"
ROLES = "FORESTALL_DEVELOPMENT_ROLES"
LOCAL = {**LEAST, "FORESTALL_ARM_ENDPOINT": "http://127.0.0.1:8080", ROLES: "Operator, Owner.crm"}


@pytest.mark.parametrize(
    ("pair", "platform", "believed"),
    [
        (PAIR, "True", True),
        (PAIR, "true", True),
        (PAIR, "False", False),
        (PAIR, "1", False),
        (PAIR, "", False),
        ("", "True", False),
    ],
)
def test_the_header_is_believed_where_deployment_and_platform_say_so(
    pair: str, platform: str, believed: bool
) -> None:
    env = {**LEAST, "FORESTALL_SIGN_IN": pair, "WEBSITE_AUTH_ENABLED": platform}
    assert Settings.from_env(env).sign_in.is_believed is believed


@pytest.mark.parametrize("text", [ONE, f"{ONE},", f"{ONE},x", f"{ONE},{OTHER},{OTHER}", ","])
def test_half_a_sign_in_is_a_problem(text: str) -> None:
    assert names(problems({**LEAST, "FORESTALL_SIGN_IN": text})) == ["FORESTALL_SIGN_IN"]


def test_a_developer_gets_the_roles_of_the_setting() -> None:
    assert Settings.from_env(LOCAL).sign_in.development_roles == ("Operator", "Owner.crm")


@pytest.mark.parametrize(
    "azure",
    [
        {"FORESTALL_ARM_ENDPOINT": "https://management.azure.com"},
        {"FORESTALL_ARM_ENDPOINT": ""},
        {"WEBSITE_INSTANCE_ID": "0a1b"},
        {"IDENTITY_ENDPOINT": "http://169.254.255.2:8081/msi/token"},
        {ROLES: "Admin"},
        {ROLES: "Owner."},
    ],
)
def test_roles_of_a_developer_cannot_exist_in_azure(azure: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**LOCAL, **azure})
    assert names(refused.value.problems) == [ROLES]
