"""The settings as the Functions host fills the environment.

Every problem in one round, with what to write, without a secret.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy.mode import Mode
from shared.domain.policy.policy import Policy
from shared.domain.urls import PUBLIC_CLOUD
from shared.errors import SettingsError
from shared.settings.azure.connections import Connection
from shared.settings.azure.identity import Identity
from shared.settings.settings import Settings
from tests.unit.settings.samples import KEY, LEAST, ONE, OTHER, SERVICE_BUS, names, problems

ROOT = Path(__file__).parents[3]


def test_the_least_that_must_be_set_observes_every_subscription_with_the_default_policy() -> None:
    settings = Settings.from_env(LEAST)

    assert settings.mode is Mode.OBSERVE
    assert settings.subscriptions == ()
    assert settings.policy == Policy()
    assert (settings.arm_endpoint, settings.arm_audience) == (PUBLIC_CLOUD, PUBLIC_CLOUD.url)
    assert (settings.table_prefix, settings.identity, settings.unknown) == (
        "forestall",
        Identity(),
        (),
    )


def test_everything_that_can_be_set_is_read() -> None:
    settings = Settings.from_env(
        {
            "FORESTALL_SUBSCRIPTIONS": f" {ONE}, {OTHER},{ONE.lower()}",
            "FORESTALL_MODE": " ACT",
            "FORESTALL_POLICY": '{"limits": {"slots": 3}}',
            "FORESTALL_ARM_ENDPOINT": "https://management.usgovcloudapi.net/",
            "FORESTALL_ARM_AUDIENCE": "https://management.core.usgovcloudapi.net/",
            "FORESTALL_TABLE_PREFIX": "prod1",
            "AZURE_CLIENT_ID": ONE,
            "IDENTITY_ENDPOINT": "http://169.254.130.2:8081/msi/token",
            "IMDS_ENDPOINT": "http://Tokens.test:80",
            "StateStorage__tableServiceUri": "https://a.table.core.windows.net/",
            "ServiceBusConnection__fullyQualifiedNamespace": "b.servicebus.windows.net",
            "SCAN_SCHEDULE": "0 */15 * * * *",
            "RECOVER_SCHEDULE": "30 */5 * * * *",
        }
    )

    assert settings.subscriptions == (ONE.lower(), OTHER)
    assert settings.mode is Mode.ACT
    assert settings.policy.limits.slots == 3
    assert settings.arm_endpoint.url == "https://management.usgovcloudapi.net"
    assert settings.arm_audience == "https://management.core.usgovcloudapi.net/"
    assert settings.table_prefix == "prod1"
    assert settings.identity == Identity(
        client_id=ONE.lower(), is_managed=True, hosts=frozenset({"169.254.130.2", "tokens.test"})
    )
    assert settings.state == Connection(endpoint="https://a.table.core.windows.net")
    assert settings.service_bus == Connection(endpoint="b.servicebus.windows.net")


def test_every_problem_is_told_at_once_and_names_its_setting() -> None:
    found = problems(
        {
            "FORESTALL_MODE": "go",
            "FORESTALL_POLICY": "{",
            "FORESTALL_ARM_ENDPOINT": "management.azure.com",
            "FORESTALL_ARM_AUDIENCE": "management.azure.com",
            "FORESTALL_TABLE_PREFIX": "1st",
            "FORESTALL_MAIL_SENDERS": "contoso.com",
            "AZURE_CLIENT_ID": "me",
        }
    )

    assert sorted(names(found)) == [
        "AZURE_CLIENT_ID",
        "FORESTALL_ARM_AUDIENCE",
        "FORESTALL_ARM_ENDPOINT",
        "FORESTALL_MAIL_SENDERS",
        "FORESTALL_MODE",
        "FORESTALL_POLICY",
        "FORESTALL_SUBSCRIPTIONS",
        "FORESTALL_TABLE_PREFIX",
        "RECOVER_SCHEDULE",
        "SCAN_SCHEDULE",
        "ServiceBusConnection__fullyQualifiedNamespace",
        "StateStorage__tableServiceUri",
    ]


@pytest.mark.parametrize(
    ("env", "heading"),
    [
        ({"FORESTALL_MODE": "go"}, "1 problem"),
        ({"FORESTALL_MODE": "go", "FORESTALL_TABLE_PREFIX": "-"}, "2 problems"),
    ],
)
def test_the_message_has_a_line_for_each_problem(env: dict[str, str], heading: str) -> None:
    with pytest.raises(
        SettingsError, match=f"^Forestall cannot start: {heading} in its settings\n"
    ) as raised:
        Settings.from_env({**LEAST, **env})
    assert len(str(raised.value).splitlines()) == 1 + len(env)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "FORESTALL_SUBSCRIPTIONS",
            "",
            (
                "it is not set. Write subscription ids, separated by commas, "
                "or * for all that the app's identity can see."
            ),
        ),
        (
            "FORESTALL_SUBSCRIPTIONS",
            " , ",
            (
                "it is not set. Write subscription ids, separated by commas, "
                "or * for all that the app's identity can see."
            ),
        ),
        (
            "FORESTALL_SUBSCRIPTIONS",
            f"{ONE},*",
            "* stands for all subscriptions. Write it alone, or leave it out.",
        ),
        (
            "FORESTALL_SUBSCRIPTIONS",
            "production",
            (
                "'production' is not the id of a subscription. "
                "`az account list --output table` shows the ids. Separate them by commas."
            ),
        ),
        (
            "FORESTALL_SUBSCRIPTIONS",
            f"{ONE};{OTHER}",
            (
                f"'{ONE};{OTHER}' is not the id of a subscription. "
                "`az account list --output table` shows the ids. Separate them by commas."
            ),
        ),
        (
            "FORESTALL_MODE",
            "on",
            "'on' is not a mode. Write observe, which only plans, or act, which redeploys.",
        ),
        (
            "FORESTALL_ARM_ENDPOINT",
            "management.azure.com",
            (
                "'management.azure.com' must be a scheme and a host, "
                "such as https://management.azure.com."
            ),
        ),
        (
            "FORESTALL_ARM_ENDPOINT",
            "http://management.azure.com",
            (
                "'http://management.azure.com' must begin with https://. "
                "Only 127.0.0.1, [::1] and localhost may use http."
            ),
        ),
        (
            "FORESTALL_TABLE_PREFIX",
            "for-estall",
            "'for-estall' must begin with a letter and have 1 to 40 letters and digits.",
        ),
        (
            "FORESTALL_TABLE_PREFIX",
            "a" * 41,
            f"'{'a' * 41}' must begin with a letter and have 1 to 40 letters and digits.",
        ),
        (
            "FORESTALL_TABLE_PREFIX",
            "für",
            "'für' must begin with a letter and have 1 to 40 letters and digits.",
        ),
        (
            "AZURE_CLIENT_ID",
            "forestall-identity",
            "'forestall-identity' is not a GUID such as 0b1f6471-1bf0-4dda-aec3-cb9272f09590.",
        ),
        (
            "SCAN_SCHEDULE",
            "",
            "it is not set. Write when the timer runs, in UTC, such as 0 */15 * * * *.",
        ),
    ],
)
def test_a_bad_value_is_told_with_what_to_write(name: str, value: str, said: str) -> None:
    assert problems({**LEAST, name: value}) == (f"{name}: {said}",)


@pytest.mark.parametrize("text", ["", " ", "{}"])
def test_an_empty_policy_is_the_default(text: str) -> None:
    assert Settings.from_env({**LEAST, "FORESTALL_POLICY": text}).policy == Policy()


def test_no_secret_is_shown_in_the_settings_or_in_a_problem() -> None:
    assert KEY not in repr(Settings.from_env(LEAST))
    assert KEY not in "".join(problems({**LEAST, "FORESTALL_MODE": "go"}))


_SECRET_ONES = (
    "StateStorage", "ServiceBusConnection", "FORESTALL_SERVICE_HEALTH_SECRET",
    "FORESTALL_EVENT_GRID_SECRET", "FORESTALL_MAIL_MAILGUN_KEY", "FORESTALL_MAIL_POSTMARK_LOGIN",
    "FORESTALL_MAIL_GRAPH_CLIENT_STATE", "FORESTALL_MAIL_GRAPH_URL", "FORESTALL_MAIL_PLAIN_SECRET",
)  # fmt: skip
_SECRETS = st.text(alphabet="\u0429\u0416\u042f=;:/@?.", min_size=4, max_size=2000)
_VALUES = st.text() | st.sampled_from(
    ["[", "{", '{"a": {}}', "http://[", "@Microsoft.KeyVault(", "*"]
)
_NAMES = sorted(
    {
        *LEAST,
        *_SECRET_ONES,
        "FORESTALL_MODE",
        "FORESTALL_POLICY",
        "FORESTALL_ARM_ENDPOINT",
        "IDENTITY_ENDPOINT",
        "WEBSITE_KEYVAULT_REFERENCES",
    }
)
#: named where the one that was chosen instead is missing, or needs them
_NAMED_FOR_OTHERS = {
    "StateStorage__tableServiceUri",
    "ServiceBusConnection__fullyQualifiedNamespace",
    "FORESTALL_MAIL_GRAPH_MAILBOX",
}


def said_of(env: dict[str, str]) -> tuple[str, ...]:
    try:
        return (repr(Settings.from_env({**LEAST, **env})),)
    except SettingsError as refused:
        return refused.problems


@given(st.dictionaries(st.sampled_from(_SECRET_ONES), _SECRETS, min_size=1))
def test_whatever_stands_in_the_place_of_a_secret_is_never_shown(env: dict[str, str]) -> None:
    assert not re.search("[\u0429\u0416\u042f]", "".join(said_of(env)))


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_any_environment_is_read_or_refused_with_problems_that_name_settings(
    env: dict[str, str],
) -> None:
    found = said_of(env)
    assert found
    if not found[0].startswith("Settings("):
        assert set(names(found)) <= {*LEAST, *env, *_NAMED_FOR_OTHERS}


def test_the_problems_are_short_sentences() -> None:
    everything_wrong = problems(
        {
            "FORESTALL_SUBSCRIPTIONS": "production,*",
            "FORESTALL_MODE": "go",
            "FORESTALL_POLICY": '{"limits": {"slots": "2"}, "paces": {}}',
            "FORESTALL_POLICYS": "{}",
            "FORESTALL_ARM_ENDPOINT": "http://management.azure.com",
            "FORESTALL_TABLE_PREFIX": "1st",
            "FORESTALL_WEBHOOK_TENANT": "contoso",
            "FORESTALL_MAIL_GRAPH_URL": "https://app.example",
            "FORESTALL_MAIL_POSTMARK_LOGIN": "me",
            "FORESTALL_MAIL_SES_TOPICS": "mails",
            "FORESTALL_MAIL_SENDERS": "contoso.com",
            "FORESTALL_MAIL_PLAIN_SECRET": "short",
            "StateStorage": "@Microsoft.KeyVault(SecretUri=https://kv.example/secrets/x)",
            "ServiceBusConnection": SERVICE_BUS + ";EntityPath=scans",
        }
    )
    assert len(everything_wrong) >= 15
    for problem in everything_wrong:
        assert problem.endswith((".", "?")), problem
        for sentence in re.split(r"(?<=[.?]) ", problem):
            assert len(sentence.split()) <= 25, sentence


def test_the_example_for_laptops_is_complete() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    settings = Settings.from_env(example)
    assert settings.mode is Mode.OBSERVE
    assert settings.identity == Identity()
    assert settings.unknown == ()


POLICY_FILE = """
version: 1
time_zone: Europe/Berlin
defaults:
  windows: [{ monthly: second tue, after: 2, from: 20:00, to: 24:00 }]
  limits: { slots: 2, per_zone: none }
blackouts: [{ name: close, from: 2026-12-23 18:00, to: 2027-01-02 06:00 }]
"""


@pytest.mark.parametrize(
    "text",
    [
        POLICY_FILE,
        (
            '{"version": 1, "time_zone": "Europe/Berlin", "defaults": {"limits": {"slots": 2,'
            ' "per_zone": "none"}, "windows": [{"monthly": "second tue", "after": 2,'
            ' "from": "20:00", "to": "24:00"}]},'
            ' "blackouts": [{"name": "close", "from": "2026-12-23 18:00",'
            ' "to": "2027-01-02 06:00"}]}'
        ),
    ],
)
def test_the_policy_may_be_a_platform_file_in_yaml_or_json(text: str) -> None:
    policy = Settings.from_env({**LEAST, "FORESTALL_POLICY": text}).policy

    assert (policy.limits.slots, policy.limits.per_zone, policy.limits.per_region) == (2, None, 20)
    opens = policy.change_windows.next_opening(datetime(2026, 12, 9, tzinfo=UTC))
    assert opens == datetime(2026, 12, 10, 19, tzinfo=UTC)
    assert policy.change_windows.why_closed(datetime(2026, 12, 24, tzinfo=UTC)) == (
        "in the blackout close"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "version: 1\ndefaults:\n  limits: { slots: many, totl: 1 }\n",
            (
                "line 3, column 20: `limits.slots` is many. Write a whole number.",
                (
                    "FORESTALL_POLICY: line 3, column 26: `limits.totl` is not a rule."
                    " Did you mean `limits.total`?"
                ),
            ),
        ),
        (
            "version: 1\ngroups: [{ name: crm, match: { id: x } }]\n",
            (
                (
                    "FORESTALL_POLICY: line 2, column 10: `crm` is a group,"
                    " and groups have no effect here. Remove it."
                ),
            ),
        ),
        ("a: [", ("FORESTALL_POLICY: line 1, column 5: is not YAML",)),
    ],
)
def test_every_problem_of_a_policy_file_has_its_line(text: str, said: tuple[str, ...]) -> None:
    settings = Settings.from_env({**LEAST, "FORESTALL_POLICY": text})

    found = "\n".join(settings.policy_problems)
    assert all(each in found for each in said), found


def test_a_broken_policy_alone_is_no_reason_not_to_run() -> None:
    broken = {**LEAST, "FORESTALL_POLICY": "{"}
    assert Settings.from_env(broken).policy == Policy()
    assert len(Settings.from_env(broken).policy_problems) == 1
    assert Settings.from_env(LEAST).policy_problems == ()

    with pytest.raises(SettingsError) as raised:
        Settings.from_env({**broken, "FORESTALL_MODE": "go"})
    assert sorted(names(raised.value.problems)) == ["FORESTALL_MODE", "FORESTALL_POLICY"]
