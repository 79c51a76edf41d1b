"""Whom notices are accepted from, as values; `shared/settings/notices.py` reads them.

A sender without its value is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.notices.mail.sender_authentication import AZURE_SENDERS

#: "AzNS AAD Webhook", the first-party application that action groups call with (azure-monitor-docs
#: action-groups.md)
ACTION_GROUPS = "461e8683-5575-4561-ac7f-899cc907d62a"
ENTRA = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedSenders:
    """Everything that lets a caller in.

    Empty: that webhook refuses every call; for Service Health only the function key protects it.
    """

    tenant: str = ""
    #: application id URI and client id of our app registration: the audiences of a token
    audiences: tuple[str, ...] = ()
    caller: str = ACTION_GROUPS
    authority: str = ENTRA
    service_health_secret: str = field(default="", repr=False)
    event_grid_secret: str = field(default="", repr=False)
    mail_senders: tuple[str, ...] = AZURE_SENDERS
    #: by mail service: the server whose results count in place of the service's own (RFC 8601)
    authserv_ids: Mapping[str, str] = field(default_factory=dict)
    #: public key, base64 of its DER form, as SendGrid shows it
    sendgrid_key: str = ""
    mailgun_key: str = field(default="", repr=False)
    #: `user:password`
    postmark_login: str = field(default="", repr=False)
    #: ARNs of the SNS topics whose mails are accepted
    ses_topics: tuple[str, ...] = ()
    graph_client_state: str = field(default="", repr=False)
    graph_endpoint: str = GRAPH
    #: the mailbox whose subscription the app makes and renews itself, and the address that Graph
    #: calls; empty: it makes none
    graph_mailbox: str = ""
    graph_url: str = field(default="", repr=False)
    plain_secret: str = field(default="", repr=False)
