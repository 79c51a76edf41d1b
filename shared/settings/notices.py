"""The settings that say whom notices are accepted from.

A sender without its setting is refused.

Each secret has a setting of its own: a Key Vault reference works only as the whole value of a
setting. What is no secret may stand in FORESTALL_MAIL, which is read first.
"""

import re
from collections.abc import Callable

from shared.domain.clouds import AUTHORITIES, GRAPHS
from shared.domain.guid import GUID, read_guid
from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS
from shared.domain.notices.trusted_senders import ACTION_GROUPS, ENTRA, GRAPH, TrustedSenders
from shared.domain.urls import Endpoint, is_secure
from shared.settings.azure.endpoints import one_of_clouds
from shared.settings.mail import read_mail
from shared.settings.reading.reader import Reader

_SHORTEST_SECRET = 16
_LONGEST_SECRET = 1000
#: while a secret is rotated: the new one and the old one
_MOST_SECRETS = 2
_LONGEST_CLIENT_STATE = 128  # microsoft-graph-docs, change-notifications-delivery-webhooks.md

_MAILBOX = re.compile(rf"[\w.+'-]{{1,64}}@[\w.-]{{1,253}}|{GUID}")
_GRAPH_WEBHOOK_URL = re.compile(r"https?://[^/?]+/api/notices/email/graph(\?[!-~]{1,1000})?")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+")
_SENDER = re.compile(r"[^@\s,]*@[^@\s,]+\.[^@\s,]+")


def read_trusted_senders(reader: Reader) -> TrustedSenders:
    """Whom notices are accepted from; the reader keeps every problem."""
    services = read_mail(reader)
    reader.require_together("FORESTALL_WEBHOOK_TENANT", "FORESTALL_WEBHOOK_AUDIENCE")
    reader.require_together("FORESTALL_MAIL_GRAPH_MAILBOX", "FORESTALL_MAIL_GRAPH_URL")
    if reader.is_set("FORESTALL_MAIL_GRAPH_MAILBOX") and not reader.is_set(
        "FORESTALL_MAIL_GRAPH_CLIENT_STATE"
    ):
        reader.problem(
            "FORESTALL_MAIL_GRAPH_CLIENT_STATE",
            "it is not set, and FORESTALL_MAIL_GRAPH_MAILBOX needs it.",
        )
    return TrustedSenders(
        authserv_ids={name: each.authserv_id for name, each in services.items()},
        tenant=reader.value("FORESTALL_WEBHOOK_TENANT", read_guid, ""),
        audiences=reader.values("FORESTALL_WEBHOOK_AUDIENCE", str),
        caller=reader.value("FORESTALL_WEBHOOK_CALLER", read_guid, ACTION_GROUPS),
        authority=reader.value(
            "FORESTALL_WEBHOOK_AUTHORITY",
            one_of_clouds(AUTHORITIES, "Microsoft Entra"),
            Endpoint(ENTRA),
        ).url,
        service_health_secret=reader.value("FORESTALL_SERVICE_HEALTH_SECRET", _secret(), ""),
        event_grid_secret=reader.value("FORESTALL_EVENT_GRID_SECRET", _secret(), ""),
        mail_senders=reader.values("FORESTALL_MAIL_SENDERS", _sender) or AZURE_SENDERS,
        sendgrid_key=reader.text("FORESTALL_MAIL_SENDGRID_KEY"),
        mailgun_key=reader.value("FORESTALL_MAIL_MAILGUN_KEY", _secret(), ""),
        postmark_login=reader.value("FORESTALL_MAIL_POSTMARK_LOGIN", _login, ""),
        ses_topics=reader.values("FORESTALL_MAIL_SES_TOPICS", _topic),
        graph_client_state=reader.value(
            "FORESTALL_MAIL_GRAPH_CLIENT_STATE", _secret(longest=_LONGEST_CLIENT_STATE), ""
        ),
        graph_endpoint=reader.value(
            "FORESTALL_MAIL_GRAPH_ENDPOINT",
            one_of_clouds(GRAPHS, "Microsoft Graph"),
            Endpoint(GRAPH),
        ).url,
        graph_mailbox=reader.value("FORESTALL_MAIL_GRAPH_MAILBOX", _mailbox, ""),
        graph_url=reader.value("FORESTALL_MAIL_GRAPH_URL", _graph_url, ""),
        plain_secret=reader.value("FORESTALL_MAIL_PLAIN_SECRET", _secret(), ""),
    )


def _secret(longest: int = _LONGEST_SECRET) -> Callable[[str], str]:
    """Reads a secret, and never shows it."""

    def read(text: str) -> str:
        for each in _lines(text):
            if not _SHORTEST_SECRET <= len(each) <= longest:
                raise ValueError(
                    f"it must have {_SHORTEST_SECRET} to {longest} characters, and has {len(each)}."
                )
        return text

    return read


def _lines(text: str) -> list[str]:
    """The secrets of a value, one a line: the new one first, and the old one for a rotation."""
    lines = [each.strip() for each in text.split("\n") if each.strip()]
    if len(lines) > _MOST_SECRETS:
        raise ValueError(f"it has {len(lines)} lines. Write the new secret, then the old one.")
    return lines


def _login(text: str) -> str:
    """Never shown, as it holds a password."""
    for each in _lines(text):
        user, _, password = each.partition(":")
        if not user or len(password) < _SHORTEST_SECRET:
            raise ValueError(
                "it must be USER:PASSWORD, "
                f"and the password must have {_SHORTEST_SECRET} characters or more."
            )
    return text


def _mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text):
        raise ValueError(f"{text!r} must be a mail address or the id of a user.")
    return text


def _graph_url(text: str) -> str:
    """Never shown, as it holds a function key."""
    if not (is_secure(text) and _GRAPH_WEBHOOK_URL.fullmatch(text)):
        raise ValueError(
            "it must be https://APP.azurewebsites.net/api/notices/email/graph?code=KEY."
        )
    return text


def _topic(text: str) -> str:
    if not _TOPIC.fullmatch(text):
        raise ValueError(
            f"{text!r} is not the ARN of an SNS topic, "
            "such as arn:aws:sns:us-east-1:111111111111:mails."
        )
    return text


def _sender(text: str) -> str:
    if not _SENDER.fullmatch(text):
        raise ValueError(f"{text!r} is neither a mail address nor a domain such as @example.com.")
    return text.lower()
