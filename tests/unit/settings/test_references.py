"""All references that the platform left in place are named.

Nothing else is said of those settings.
"""

import json

import pytest

from shared.settings.reading.references import HOST_SETTINGS
from shared.settings.settings import Settings
from tests.unit.settings.samples import LEAST, names, problems

REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)"
NOT_RESOLVED = (
    "the Key Vault reference was not resolved. Check that the secret exists and that the app's "
    "identity has the role Key Vault Secrets User on the vault."
)

EVERY_SETTING = (
    "AZURE_CLIENT_ID",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureWebJobsStorage",
    "AzureWebJobsStorage__clientId",
    "FORESTALL_ARM_AUDIENCE",
    "FORESTALL_ARM_ENDPOINT",
    "FORESTALL_EVENT_GRID_SECRET",
    "FORESTALL_MAIL",
    "FORESTALL_MAIL_GRAPH_CLIENT_STATE",
    "FORESTALL_MAIL_GRAPH_ENDPOINT",
    "FORESTALL_MAIL_GRAPH_MAILBOX",
    "FORESTALL_MAIL_GRAPH_URL",
    "FORESTALL_MAIL_MAILGUN_KEY",
    "FORESTALL_MAIL_PLAIN_SECRET",
    "FORESTALL_MAIL_POSTMARK_LOGIN",
    "FORESTALL_MAIL_SENDERS",
    "FORESTALL_MAIL_SENDGRID_KEY",
    "FORESTALL_MAIL_SES_TOPICS",
    "FORESTALL_MODE",
    "FORESTALL_OWN_QUOTA_PERCENT",
    "FORESTALL_POLICY",
    "FORESTALL_SERVICE_HEALTH_SECRET",
    "FORESTALL_SHARED_QUOTA_PERCENT",
    "FORESTALL_SUBSCRIPTIONS",
    "FORESTALL_TABLE_PREFIX",
    "FORESTALL_WEBHOOK_AUDIENCE",
    "FORESTALL_WEBHOOK_AUTHORITY",
    "FORESTALL_WEBHOOK_CALLER",
    "FORESTALL_WEBHOOK_TENANT",
    "RECOVER_SCHEDULE",
    "SCAN_SCHEDULE",
    "ServiceBusConnection",
    "ServiceBusConnection__clientId",
    "StateStorage",
)


def test_state_bus_and_policy_are_named_at_once() -> None:
    found = problems(
        {
            "FORESTALL_SUBSCRIPTIONS": "*",
            "SCAN_SCHEDULE": "0 */15 * * * *",
            "RECOVER_SCHEDULE": "30 */5 * * * *",
            "StateStorage": "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)",
            "ServiceBusConnection": "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/y)",
            "FORESTALL_POLICY": "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/z)",
        }
    )

    assert found == tuple(
        f"{name}: {NOT_RESOLVED}"
        for name in ("FORESTALL_POLICY", "ServiceBusConnection", "StateStorage")
    )


def test_every_setting_is_named_at_once_and_once() -> None:
    found = problems(dict.fromkeys(EVERY_SETTING, REFERENCE))

    assert sorted(names(found)) == sorted(EVERY_SETTING)
    assert {each.partition(": ")[2] for each in found} == {NOT_RESOLVED}


@pytest.mark.parametrize("name", EVERY_SETTING)
@pytest.mark.parametrize(
    "text",
    [
        "@Microsoft.KeyVault(VaultName=kv;SecretName=x)",
        " @microsoft.keyvault(SecretUri=https://kv.example/secrets/x/) ",
        "@Microsoft.KeyVault(VaultName=kv;SecretName=x;SecretVersion=1)",
    ],
)
def test_each_form_of_a_reference_is_known_in_each_setting(name: str, text: str) -> None:
    found = problems({**LEAST, name: text})
    assert [each for each in found if each.startswith(f"{name}:")] == [f"{name}: {NOT_RESOLVED}"]


def test_a_reference_to_app_configuration_is_named_too() -> None:
    (problem,) = problems(
        {
            **LEAST,
            "FORESTALL_POLICY": (
                "@Microsoft.AppConfiguration(Endpoint=https://a.azconfig.io; Key=policy)"
            ),
        }
    )
    assert problem.startswith(
        "FORESTALL_POLICY: the App Configuration reference was not resolved. Check"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("StateStorage", f"AccountName=a;AccountKey={REFERENCE}"),
        ("FORESTALL_POLICY", f'"{REFERENCE}"'),
        ("FORESTALL_MAIL_POSTMARK_LOGIN", f"postmark:{REFERENCE}"),
        ("FORESTALL_MAIL_SENDERS", f"{REFERENCE},@example.com"),
    ],
)
def test_a_reference_within_a_value_is_told_for_what_it_is(name: str, text: str) -> None:
    assert problems({**LEAST, name: text}) == (
        (
            f"{name}: the Key Vault reference must be the whole value, "
            "without quotes or other text around it."
        ),
    )


def test_the_reason_that_the_platform_gives_is_shown() -> None:
    report = {
        "StateStorage": {"rawReference": REFERENCE, "status": "AccessToKeyVaultDenied"},
        "FORESTALL_POLICY": {"rawReference": REFERENCE, "status": "Resolved"},
    }
    env = {**LEAST, "StateStorage": REFERENCE, "WEBSITE_KEYVAULT_REFERENCES": json.dumps(report)}

    (problem,) = problems(env)

    assert problem.startswith(
        "StateStorage: the Key Vault reference was not resolved (AccessToKeyVaultDenied). Check"
    )


@pytest.mark.parametrize(
    "report",
    [
        "",
        "{",
        "[]",
        "7",
        '{"StateStorage": 7}',
        '{"StateStorage": {"status": "a b"}}',
        "[" * 100_000,
    ],
)
def test_a_report_that_cannot_be_read_changes_nothing(report: str) -> None:
    env = {**LEAST, "StateStorage": REFERENCE, "WEBSITE_KEYVAULT_REFERENCES": report}
    assert problems(env) == (f"StateStorage: {NOT_RESOLVED}",)


def test_variables_of_the_platform_and_of_others_do_not_count() -> None:
    resolved = f'{{"StateStorage": {{"rawReference": "{REFERENCE}", "status": "Resolved"}}}}'
    Settings.from_env(
        {
            **LEAST,
            "WEBSITE_KEYVAULT_REFERENCES": resolved,
            "APPSETTING_StateStorage": REFERENCE,
            "SOMEBODY_ELSES": REFERENCE,
        }
    )


def test_nothing_of_a_reference_is_shown() -> None:
    assert "kv.example" not in "".join(problems({**LEAST, "StateStorage": REFERENCE}))


def test_the_connections_of_the_triggers_are_among_the_hosts_settings() -> None:
    assert {"ServiceBusConnection", "AzureWebJobsStorage"} <= HOST_SETTINGS


MALFORMED = (
    "@Microsoft.KeyVault[SecretUri=https://kv.example/secrets/x]",
    "@Microsoft.KeyVault{VaultName=kv;SecretName=x}",
    "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x",
    "Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)",
    "@ Microsoft.KeyVault(VaultName=kv;SecretName=x)",
    "@Microsoft_KeyVault(VaultName=kv;SecretName=x)",
    "@MicrosoftKeyVault(VaultName=kv;SecretName=x)",
    "@Microsoft.KeyVault SecretUri=https://kv.example/secrets/x",
)
NOT_REPLACED = (
    "#{SecretOfThePipeline}#",
    "$(SecretOfThePipeline)",
    "${SECRET_OF_THE_PIPELINE}",
    "${{ secrets.OF_THE_PIPELINE }}",
    "__SecretOfThePipeline__",
    "{{ secret_of_the_pipeline }}",
    "%SECRET_OF_THE_PIPELINE%",
    "<secret goes here, please>",
    "[parameters('theSecretOfTheTemplate')]",
)
ADDRESSES = (
    "https://kv.vault.azure.net/secrets/forestall",
    "https://kv.vault.azure.net/secrets/forestall/0123456789abcdef0123456789abcdef",
    "https://kv.vault.usgovcloudapi.net/secrets/forestall",
    "https://kv.vault.azure.cn/secrets/forestall",
    "https://store.azconfig.io/kv/forestall",
    "https://kv.vault.azure.net:443/secrets/forestall",
    "https://hsm.managedhsm.azure.net/keys/forestall",
)


@pytest.mark.parametrize(
    "name", ["FORESTALL_MAIL_PLAIN_SECRET", "StateStorage", "FORESTALL_NOTIFY"]
)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((each, "the Key Vault reference is malformed. Write @Micr") for each in MALFORMED),
        *((each, "it is a placeholder that nothing replaced. Write") for each in NOT_REPLACED),
        *((each, "it is the address of a value, not the value. Wri") for each in ADDRESSES),
    ],
)
def test_a_text_in_place_of_a_value_is_no_value(name: str, text: str, said: str) -> None:
    """As a secret it would let in everybody who guesses it."""
    (problem,) = problems({**LEAST, name: text})

    assert problem.startswith(f"{name}: {said}")
    assert text not in problem


@pytest.mark.parametrize(
    "text",
    [
        "a<b>c 0123456789abcdef",
        "$2b$12$abcdefghijklmnop",
        "{x}{y}0123456789abcd",
        "%41%42%43%44%45%46",
        "__0123456789abcdef__x",
    ],
)
def test_a_secret_that_only_has_such_characters_is_taken(text: str) -> None:
    Settings.from_env({**LEAST, "FORESTALL_MAIL_PLAIN_SECRET": text})


def test_a_mark_of_byte_order_before_a_value_does_not_count() -> None:
    settings = Settings.from_env(
        {**LEAST, "FORESTALL_MODE": "\ufeffact ", "FORESTALL_POLICY": '\ufeff{"limits": {}}'}
    )

    assert settings.mode.value == "act"
    assert settings.policy_problems == ()
