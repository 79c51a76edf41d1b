"""Whom notices are accepted from: the settings of the doors, checked. A door without its setting stays shut.

Reads the mapping it is given and nothing else.
"""

import re
from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass, field

from shared.domain.guid import GUID
from shared.domain.notices.mail.sender_proof import AZURE_SENDERS
from shared.domain.urls import Endpoint, is_secure

#: "AzNS AAD Webhook", the first-party application that action groups call with (azure-monitor-docs action-groups.md)
ACTION_GROUPS = "461e8683-5575-4561-ac7f-899cc907d62a"
ENTRA = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"

_SHORTEST_SECRET = 16
_UNRESOLVED = "@Microsoft.KeyVault("
_LONGEST_CLIENT_STATE = 128  # microsoft-graph-docs, change-notifications-delivery-webhooks.md
_TENANT = re.compile(GUID)
_MAILBOX = re.compile(rf"[\w.+'-]{{1,64}}@[\w.-]{{1,253}}|{GUID}")
_DOOR = re.compile(r"[^?]*://[^/?]+/api/notices/email/graph(\?[!-~]{1,1000})?")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+")
_SENDER = re.compile(r"[^@\s,]*@[^@\s,]+\.[^@\s,]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Everything that lets a caller in. Empty: that door is shut, or, for Service Health, left to the function key."""

    tenant: str = ""
    #: application id URI and client id of our app registration: what a token may be made out to
    audiences: tuple[str, ...] = ()
    caller: str = ACTION_GROUPS
    authority: str = ENTRA
    service_health_secret: str = field(default="", repr=False)
    event_grid_secret: str = field(default="", repr=False)
    mail_senders: tuple[str, ...] = AZURE_SENDERS
    #: public key, base64 of its DER form, as SendGrid shows it
    sendgrid_key: str = ""
    mailgun_key: str = field(default="", repr=False)
    #: `user:password`
    postmark_login: str = field(default="", repr=False)
    #: ARNs of the SNS topics whose mails are accepted
    ses_topics: tuple[str, ...] = ()
    graph_client_state: str = field(default="", repr=False)
    graph_endpoint: str = GRAPH
    #: the mailbox whose subscription the app makes and renews itself, and the address that Graph calls; empty: it makes none
    graph_mailbox: str = ""
    graph_url: str = field(default="", repr=False)
    plain_secret: str = field(default="", repr=False)


def read_trust(env: Mapping[str, str], problems: MutableSequence[str]) -> Trust:
    """The doors' settings; every problem is added to `problems`, with what to do."""
    reader = _Reader(env, problems)
    tenant = reader.matching("FORESTALL_WEBHOOK_TENANT", "", _TENANT, "a tenant id (a GUID)")
    audiences = reader.words("FORESTALL_WEBHOOK_AUDIENCE")
    if bool(tenant) != bool(audiences):
        problems.append(
            "FORESTALL_WEBHOOK_TENANT and FORESTALL_WEBHOOK_AUDIENCE belong together: set both or neither"
        )
    mailbox, url = reader.mailbox()
    return Trust(
        tenant=tenant.lower(),
        audiences=audiences,
        caller=reader.matching("FORESTALL_WEBHOOK_CALLER", ACTION_GROUPS, _TENANT, "a client id").lower(),
        authority=reader.endpoint("FORESTALL_WEBHOOK_AUTHORITY", ENTRA),
        service_health_secret=reader.secret("FORESTALL_SERVICE_HEALTH_SECRET"),
        event_grid_secret=reader.secret("FORESTALL_EVENT_GRID_SECRET"),
        mail_senders=reader.senders(),
        sendgrid_key=reader.text("FORESTALL_MAIL_SENDGRID_KEY"),
        mailgun_key=reader.secret("FORESTALL_MAIL_MAILGUN_KEY"),
        postmark_login=reader.login("FORESTALL_MAIL_POSTMARK_LOGIN"),
        ses_topics=reader.topics(),
        graph_client_state=reader.secret("FORESTALL_MAIL_GRAPH_CLIENT_STATE", longest=_LONGEST_CLIENT_STATE),
        graph_endpoint=reader.endpoint("FORESTALL_MAIL_GRAPH_ENDPOINT", GRAPH),
        graph_mailbox=mailbox,
        graph_url=url,
        plain_secret=reader.secret("FORESTALL_MAIL_PLAIN_SECRET"),
    )


class _Reader:
    """Collects problems instead of stopping at the first."""

    def __init__(self, env: Mapping[str, str], problems: MutableSequence[str]) -> None:
        self._env = env
        self._problems = problems

    def text(self, name: str) -> str:
        text = (self._env.get(name) or "").strip()
        if text.startswith(_UNRESOLVED):
            # App Service leaves the reference itself as the value, which is no secret: anybody could guess it.
            self._problems.append(
                f"{name} is a Key Vault reference that was not resolved: see it in the portal"
            )
            return ""
        return text

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def matching(self, name: str, default: str, form: re.Pattern[str], what: str) -> str:
        text = self.text(name) or default
        if text and not form.fullmatch(text):
            self._problems.append(f"{name} is {text!r}: it must be {what}")
        return text

    def endpoint(self, name: str, default: str) -> str:
        try:
            return Endpoint.parse(self.text(name) or default).url
        except ValueError as fault:
            self._problems.append(f"{name}: {fault}")
            return default

    def secret(self, name: str, longest: int = 1000) -> str:
        """A secret is never shown in a problem."""
        text = self.text(name)
        if text and not _SHORTEST_SECRET <= len(text) <= longest:
            self._problems.append(f"{name} must have {_SHORTEST_SECRET} to {longest} characters")
        return text

    def login(self, name: str) -> str:
        text = self.text(name)
        user, _, word = text.partition(":")
        if text and not (user and len(word) >= _SHORTEST_SECRET):
            self._problems.append(
                f"{name} must be user:password, with {_SHORTEST_SECRET} characters or more after the colon"
            )
        return text

    def mailbox(self) -> tuple[str, str]:
        """The mailbox to watch, and our door's address; the address holds a key, so it is never shown in a problem."""
        name = self.matching("FORESTALL_MAIL_GRAPH_MAILBOX", "", _MAILBOX, "a mail address or a user's id")
        url = self.text("FORESTALL_MAIL_GRAPH_URL")
        if bool(name) != bool(url):
            self._problems.append(
                "FORESTALL_MAIL_GRAPH_MAILBOX and FORESTALL_MAIL_GRAPH_URL belong together: set both or neither"
            )
        if name and not self.text("FORESTALL_MAIL_GRAPH_CLIENT_STATE"):
            self._problems.append("FORESTALL_MAIL_GRAPH_MAILBOX needs FORESTALL_MAIL_GRAPH_CLIENT_STATE")
        if url and not (is_secure(url) and _DOOR.fullmatch(url)):
            self._problems.append(
                "FORESTALL_MAIL_GRAPH_URL must be https://APP.azurewebsites.net/api/notices/email/graph?code=KEY"
            )
        return name, url

    def topics(self) -> tuple[str, ...]:
        topics = self.words("FORESTALL_MAIL_SES_TOPICS")
        self._problems.extend(
            f"FORESTALL_MAIL_SES_TOPICS: {each!r} is no ARN of an SNS topic"
            for each in topics
            if not _TOPIC.fullmatch(each)
        )
        return topics

    def senders(self) -> tuple[str, ...]:
        senders = tuple(each.lower() for each in self.words("FORESTALL_MAIL_SENDERS"))
        self._problems.extend(
            f"FORESTALL_MAIL_SENDERS: {each!r} is neither an address nor @domain"
            for each in senders
            if not _SENDER.fullmatch(each)
        )
        return senders or AZURE_SENDERS
