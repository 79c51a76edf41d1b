"""What the use cases of notices get in addition to the app: the webhooks, and the record.

Wired in bootstrap, or in a test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.ports import Authenticator, MailService, MailSubscriptions, Notices, Worker
from shared.usecases.app import App
from shared.usecases.scan.watched_subscriptions import WatchedSubscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedMailbox:
    """The mailbox that Microsoft Graph watches for us."""

    subscriptions: MailSubscriptions
    #: its address or id
    name: str
    #: of our webhook, with the key that opens it
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where notices come in."""

    app: App
    notices: Notices
    watched: WatchedSubscriptions
    #: for mails, which may take long to read
    worker: Worker
    service_health: Authenticator
    event_grid: Authenticator
    #: by the provider's name in the path
    mail: Mapping[str, MailService]
    #: addresses and `@domain`s that may send notices by mail
    senders: tuple[str, ...]
    #: None: the operator who created the subscription of Microsoft Graph, if there is one, renews
    #: it
    mailbox: WatchedMailbox | None = None
