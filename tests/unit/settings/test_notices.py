"""The settings of the webhooks.

What is wrong is reported with what to do, and no secret is ever shown.
"""

import pytest

from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS
from shared.domain.notices.trusted_senders import ACTION_GROUPS, ENTRA, GRAPH, TrustedSenders
from shared.settings.notices import read_trusted_senders
from shared.settings.reading.reader import Reader
from shared.settings.settings import Settings
from tests.unit.notices.signers import TENANT
from tests.unit.settings.samples import LEAST
from tests.unit.settings.samples import problems as problems_of

DOOR = "https://app.azurewebsites.net/api/notices/email/graph?code=KEY"
WORD = "a-word-of-sixteen-and-more"


def problems(**env: str) -> list[str]:
    reader = Reader(env)
    read_trusted_senders(reader)
    return reader.problems


def test_without_settings_every_door_is_shut_and_nothing_is_wrong() -> None:
    reader = Reader({})

    assert read_trusted_senders(reader) == TrustedSenders()
    assert reader.problems == []


def test_everything_that_can_be_set_is_read() -> None:
    reader = Reader(
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
        }
    )
    trust = read_trusted_senders(reader)

    assert reader.problems == []
    assert trust == TrustedSenders(
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
    ("name", "value", "said"),
    [
        (
            "FORESTALL_WEBHOOK_CALLER",
            "me",
            "'me' is not a GUID such as 0b1f6471-1bf0-4dda-aec3-cb9272f09590.",
        ),
        (
            "FORESTALL_WEBHOOK_AUTHORITY",
            "http://login.example.com",
            (
                "'http://login.example.com' must begin with https://. "
                "Only 127.0.0.1, [::1] and localhost may use http."
            ),
        ),
        (
            "FORESTALL_WEBHOOK_AUTHORITY",
            "https://login.example.com/common",
            (
                "'https://login.example.com/common' must be a scheme and a host, "
                "such as https://management.azure.com."
            ),
        ),
        (
            "FORESTALL_MAIL_GRAPH_ENDPOINT",
            "https://me:word@graph.example.com",
            "'https://...' must be a scheme and a host, such as https://management.azure.com.",
        ),
        (
            "FORESTALL_SERVICE_HEALTH_SECRET",
            "short",
            "it must have 16 to 1000 characters, and has 5.",
        ),
        (
            "FORESTALL_MAIL_GRAPH_CLIENT_STATE",
            "x" * 129,
            "it must have 16 to 128 characters, and has 129.",
        ),
        (
            "FORESTALL_MAIL_POSTMARK_LOGIN",
            WORD,
            "it must be USER:PASSWORD, and the password must have 16 characters or more.",
        ),
        (
            "FORESTALL_MAIL_POSTMARK_LOGIN",
            "postmark:short",
            "it must be USER:PASSWORD, and the password must have 16 characters or more.",
        ),
        (
            "FORESTALL_MAIL_SES_TOPICS",
            "SES_Inbound",
            (
                "'SES_Inbound' is not the ARN of an SNS topic, "
                "such as arn:aws:sns:us-east-1:111111111111:mails."
            ),
        ),
        (
            "FORESTALL_MAIL_SENDERS",
            "contoso.com",
            "'contoso.com' is neither a mail address nor a domain such as @example.com.",
        ),
    ],
)
def test_a_bad_value_is_told_with_what_to_write(name: str, value: str, said: str) -> None:
    assert problems(**{name: value}) == [f"{name}: {said}"]


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("FORESTALL_WEBHOOK_TENANT", TENANT, ["FORESTALL_WEBHOOK_AUDIENCE"]),
        ("FORESTALL_WEBHOOK_AUDIENCE", "api://forestall", ["FORESTALL_WEBHOOK_TENANT"]),
        (
            "FORESTALL_MAIL_GRAPH_MAILBOX",
            "maintenance@contoso.com",
            ["FORESTALL_MAIL_GRAPH_URL", "FORESTALL_MAIL_GRAPH_CLIENT_STATE"],
        ),
        ("FORESTALL_MAIL_GRAPH_URL", DOOR, ["FORESTALL_MAIL_GRAPH_MAILBOX"]),
    ],
)
def test_settings_that_belong_together_are_missed_one_by_one(
    name: str, value: str, missing: list[str]
) -> None:
    found = problems(**{name: value})

    assert [each.partition(":")[0] for each in found] == missing
    assert all(f"it is not set, and {name} needs it" in each for each in found)


def test_one_that_is_there_and_wrong_is_not_missed_as_well() -> None:
    assert problems(
        FORESTALL_WEBHOOK_TENANT="contoso", FORESTALL_WEBHOOK_AUDIENCE="api://forestall"
    ) == [
        (
            "FORESTALL_WEBHOOK_TENANT: "
            "'contoso' is not a GUID such as 0b1f6471-1bf0-4dda-aec3-cb9272f09590."
        )
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://app.azurewebsites.net/api/notices/email/plain?code=KEY",
        "http://app.azurewebsites.net/api/notices/email/graph?code=KEY",
        "https://app.azurewebsites.net/api/notices/email/graph#KEY",
        "https://app.azurewebsites.net/?/api/notices/email/graph",
        "https://app.azurewebsites.net/x://y/api/notices/email/graph",
        "https://me:word@app.azurewebsites.net/api/notices/email/graph",
        "KEY",
    ],
)
def test_graph_calls_one_address_of_ours_only(url: str) -> None:
    env = {
        "FORESTALL_MAIL_GRAPH_MAILBOX": "m@contoso.com",
        "FORESTALL_MAIL_GRAPH_CLIENT_STATE": WORD,
    }

    assert problems(**env, FORESTALL_MAIL_GRAPH_URL=url) == [
        (
            "FORESTALL_MAIL_GRAPH_URL: "
            "it must be https://APP.azurewebsites.net/api/notices/email/graph?code=KEY."
        )
    ]


@pytest.mark.parametrize("mailbox", ["../users", "contoso", "a@b/c", "a@b?c"])
def test_a_mailbox_is_an_address_or_an_id(mailbox: str) -> None:
    env = {"FORESTALL_MAIL_GRAPH_URL": DOOR, "FORESTALL_MAIL_GRAPH_CLIENT_STATE": WORD}

    assert problems(**env, FORESTALL_MAIL_GRAPH_MAILBOX=mailbox) == [
        f"FORESTALL_MAIL_GRAPH_MAILBOX: {mailbox!r} must be a mail address or the id of a user."
    ]


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
    trust = TrustedSenders()

    assert (trust.authority, trust.graph_endpoint, trust.mail_senders) == (
        ENTRA,
        GRAPH,
        AZURE_SENDERS,
    )


@pytest.mark.parametrize("name", ["FORESTALL_EVENT_GRID_SECRET", "FORESTALL_MAIL_POSTMARK_LOGIN"])
def test_a_setting_has_two_secrets_at_most_and_each_is_long_enough(name: str) -> None:
    first, second = "user:0123456789abcdef", "user:fedcba9876543210"
    for good in (first, f"{first}\n{second}", f"{first}\r\n\n{second}\n"):
        found = Settings.from_env({**LEAST, name: good}).trusted_senders
        assert good.strip() in (found.event_grid_secret, found.postmark_login)
    for bad in (f"{first}\nuser:x", f"x\n{first}", f"{first}\n{second}\n{first}-3"):
        (problem,) = problems_of({**LEAST, name: bad})
        assert problem.startswith(f"{name}: ")
        assert "0123456789abcdef" not in problem
