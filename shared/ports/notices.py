"""What notices need: their store, the proof of a sender, mails and their subscription."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.domain.notices.http import Handshake, MailDelivery, Refusal, WebhookRequest
from shared.domain.notices.mail.graph_subscription import MailSubscription
from shared.domain.notices.notice import Authentication, NoticeId
from shared.domain.notices.place import NoticePlace
from shared.domain.notices.record import NoticeRecord
from shared.ports.stored import Listing, Stored, UnreadableRow, Version


class NoticeRows(StrEnum):
    """The kinds of rows that the store of notices has."""

    NOTICES = "notices"
    TOKENS = "tokens"
    #: scans that notices joined
    SCANS = "scans"


class NoticeListing(Listing[NoticeRecord]):
    """Some notices, newest first, and the place of the last row; None: no row follows."""

    def __init__(
        self,
        notices: Iterable[NoticeRecord] = (),
        unreadable: Iterable[UnreadableRow] = (),
        last: NoticePlace | None = None,
    ) -> None:
        super().__init__(notices, unreadable)
        self.last = last


class Notices(Protocol):
    """The recorded notices, and the claims by which several of them share one request."""

    async def insert(self, entry: NoticeRecord) -> Version | None:
        """Store a new notice; None if one with this id is there already (nothing changes)."""
        ...

    async def get(self, notice: NoticeId) -> Stored[NoticeRecord] | None:
        """The notice as stored now."""
        ...

    async def save(self, entry: NoticeRecord, version: Version) -> Version | None:
        """Replace the notice if it is still the version read.

        None if somebody was faster (nothing changes).
        """
        ...

    async def newest(
        self, start: datetime, after: NoticePlace | None, at_most: int
    ) -> NoticeListing:
        """At most so many notices that came at an instant or later, newest first, behind a place.

        Reads no older ones. A page may have fewer, and still not be the last one.
        """
        ...

    async def remove_older(self, kind: NoticeRows, before: datetime, at_most: int) -> int:
        """Remove rows of a kind that were stored before an instant, at most so many; how many."""
        ...

    async def bind(self, token: str, digest: str, now: datetime) -> str:
        """The digest that the token was first bound to: this one, if nobody came earlier.

        Atomic.
        """
        ...

    async def join_scan(self, scan: str, now: datetime, within: timedelta) -> datetime:
        """The instant of the scan that a notice joins.

        The instant that was requested less than `join` ago, otherwise now. Atomic.

        `scan` names what is asked for: notices that ask for different things join different scans.
        Every caller within `join` of that instant gets the same one, also concurrent callers.
        """
        ...


class Worker(Protocol):
    """Does long computations, such as parsing, so that the event loop stays free."""

    async def run[T](self, work: Callable[[], T]) -> T:
        """What the work returns or raises.

        It is done once, in the order in which it was asked for, and shares nothing.
        """
        ...


class Authenticator(Protocol):
    """The callers of a webhook that has one way to authenticate."""

    async def authenticate(self, call: WebhookRequest) -> Authentication | Refusal:
        """Who calls and what proves it, judged without reading the body.

        A refusal where nothing does.
        """
        ...


class MailService(Protocol):
    """One inbound-mail service: its own proof, its own form."""

    async def read_mails(self, call: WebhookRequest) -> MailDelivery | Handshake | Refusal:
        """The mails of a call, after it authenticated.

        UnreadableNotice where they make no sense.
        """
        ...


class MailSubscriptions(Protocol):
    """The subscriptions by which a mail service tells our webhook of mails.

    They end unless they are renewed.
    """

    async def all(self) -> Sequence[MailSubscription]:
        """Every one that our identity made and that has not ended, in no particular order.

        Others' webhooks included.
        """
        ...

    async def create(self, until: datetime) -> MailSubscription:
        """Make Graph call our webhook for new mails until an instant. Two calls make two."""
        ...

    async def renew(self, subscription: str, until: datetime) -> bool:
        """Let it last until an instant; False if there is none with this id any more."""
        ...

    async def remove(self, subscription: str) -> None:
        """End it; nothing happens where there is none with this id."""
        ...
