"""What the use cases of notices are given besides the house: the doors, and the record. Wired in bootstrap, or in a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.ports import CallerCheck, MailDoor, MailWatches, Notices
from shared.usecases.app import App
from shared.usecases.scan.watched_subscriptions import Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The mailbox that Microsoft Graph watches for us."""

    watches: MailWatches
    #: its address or id
    name: str
    #: of our door, with the key that opens it
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where notices come in."""

    app: App
    notices: Notices
    watched: Watched
    service_health: CallerCheck
    event_grid: CallerCheck
    #: by the provider's name in the path
    mail: Mapping[str, MailDoor]
    #: addresses and `@domain`s that may send notices by mail
    senders: tuple[str, ...]
    #: None: whoever made the subscription of Microsoft Graph, if there is one, renews it
    mailbox: Mailbox | None = None
