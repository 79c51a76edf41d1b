"""The settings of the doors: what is wrong is told with what to do, and no secret is ever shown."""

import pytest

from shared.domain.notices.mail.sender_proof import AZURE_SENDERS
from shared.domain.notices.trusted_senders import ACTION_GROUPS, ENTRA, GRAPH, Trust, read_trust
from tests.unit.notices.signers import TENANT

DOOR = "https://app.azurewebsites.net/api/notices/email/graph?code=KEY"
WORD = "a-word-of-sixteen-and-more"


def problems(**env: str) -> list[str]:
    found: list[str] = []
    read_trust(env, found)
    return found


def test_without_settings_every_door_is_shut_and_nothing_is_wrong() -> None:
    found: list[str] = []

    assert read_trust({}, found) == Trust()
    assert found == []


def test_everything_that_can_be_set_is_read() -> None:
    found: list[str] = []
    trust = read_trust(
        {
            "FORESTALL_WEBHOOK_TENANT": TENANT.upper(),
            "FORESTALL_WEBHOOK_AUDIENCE": "api://forestall, client-id",
            "FORESTALL_WEBHOOK_CALLER": ACTION_GROUPS.upper(),
            "FORESTALL_WEBHOOK_AUTHORITY": "https://login.microsoftonline.us",
            "FORESTALL_SERVICE_HEALTH_SECRET": f" {WORD} ",
            "FORESTALL_EVENT_GRID_SECRET": WORD,
            "FORESTALL_MAIL_SENDERS": "@Contoso.com, azure@example.com",
            "FORESTALL_MAIL_SENDGRID_KEY": "MFkw",
            "FORESTALL_MAIL_MAILGUN_KEY": WORD,
            "FORESTALL_MAIL_POSTMARK_LOGIN": f"postmark:{WORD}",
            "FORESTALL_MAIL_SES_TOPICS": "arn:aws:sns:us-east-1:111111111111:SES_Inbound",
            "FORESTALL_MAIL_GRAPH_CLIENT_STATE": WORD,
            "FORESTALL_MAIL_GRAPH_MAILBOX": "maintenance@contoso.com",
            "FORESTALL_MAIL_GRAPH_URL": DOOR,
            "FORESTALL_MAIL_PLAIN_SECRET": WORD,
        },
        found,
    )

    assert found == []
    assert trust == Trust(
        tenant=TENANT,
        audiences=("api://forestall", "client-id"),
        caller=ACTION_GROUPS,
        authority="https://login.microsoftonline.us",
        service_health_secret=WORD,
        event_grid_secret=WORD,
        mail_senders=("@contoso.com", "azure@example.com"),
        sendgrid_key="MFkw",
        mailgun_key=WORD,
        postmark_login=f"postmark:{WORD}",
        ses_topics=("arn:aws:sns:us-east-1:111111111111:SES_Inbound",),
        graph_client_state=WORD,
        graph_endpoint=GRAPH,
        graph_mailbox="maintenance@contoso.com",
        graph_url=DOOR,
        plain_secret=WORD,
    )
    assert WORD not in repr(trust)
    assert "KEY" not in repr(trust)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("FORESTALL_WEBHOOK_TENANT", "contoso", "a tenant id"),
        ("FORESTALL_WEBHOOK_TENANT", TENANT, "belong together"),
        ("FORESTALL_WEBHOOK_AUDIENCE", "api://forestall", "belong together"),
        ("FORESTALL_WEBHOOK_CALLER", "me", "a client id"),
        ("FORESTALL_WEBHOOK_AUTHORITY", "http://login.example.com", "must begin with https://"),
        ("FORESTALL_WEBHOOK_AUTHORITY", "https://login.example.com/common", "a scheme and a host"),
        ("FORESTALL_MAIL_GRAPH_ENDPOINT", "https://me:word@graph.example.com", "a scheme and a host"),
        ("FORESTALL_SERVICE_HEALTH_SECRET", "short", "16 to"),
        ("FORESTALL_MAIL_GRAPH_CLIENT_STATE", "x" * 129, "to 128"),
        ("FORESTALL_MAIL_GRAPH_MAILBOX", "maintenance@contoso.com", "belong together"),
        ("FORESTALL_MAIL_GRAPH_MAILBOX", "maintenance@contoso.com", "needs FORESTALL_MAIL_GRAPH_CLIENT_STATE"),
        ("FORESTALL_MAIL_GRAPH_MAILBOX", "../users", "a mail address or a user's id"),
        ("FORESTALL_MAIL_GRAPH_URL", DOOR, "belong together"),
        ("FORESTALL_MAIL_GRAPH_URL", "https://app.azurewebsites.net/api/notices/email/plain?code=KEY", "must be https://"),
        ("FORESTALL_MAIL_GRAPH_URL", "http://app.azurewebsites.net/api/notices/email/graph?code=KEY", "must be https://"),
        ("FORESTALL_MAIL_POSTMARK_LOGIN", WORD, "user:password"),
        ("FORESTALL_MAIL_POSTMARK_LOGIN", "postmark:short", "user:password"),
        ("FORESTALL_MAIL_SES_TOPICS", "SES_Inbound", "no ARN"),
        ("FORESTALL_MAIL_SENDERS", "contoso.com", "neither an address nor @domain"),
        ("FORESTALL_MAIL_PLAIN_SECRET", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)", "not resolved"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_with_what_to_do(name: str, value: str, advice: str) -> None:
    found = problems(**{name: value})

    assert any(name in each and advice in each for each in found), found


def test_no_secret_is_shown_in_a_problem() -> None:
    shown = "".join(
        problems(
            FORESTALL_SERVICE_HEALTH_SECRET="shortword",
            FORESTALL_MAIL_POSTMARK_LOGIN="shortword",
            FORESTALL_MAIL_GRAPH_URL="https://shortword",
        )
    )

    assert "shortword" not in shown


def test_the_defaults_are_azures_own() -> None:
    trust = Trust()

    assert (trust.authority, trust.graph_endpoint, trust.mail_senders) == (ENTRA, GRAPH, AZURE_SENDERS)
