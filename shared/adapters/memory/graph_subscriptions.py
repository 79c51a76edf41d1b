"""The mail subscriptions of Microsoft Graph in memory.

It makes no handshake, and notifies nobody of mails.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.notices.mail.graph_subscription import MailSubscription, resource_of
from shared.errors import Unavailable
from shared.ports import Clock

#: subscription resource type of Microsoft Graph: Outlook message
MOST = timedelta(minutes=10_070)


class MemoryMailSubscriptions:
    """Fake of the port MailSubscriptions."""

    def __init__(self, *, clock: Clock, mailbox: str, url: str) -> None:
        self._clock = clock
        self._mailbox = mailbox
        self._url = url
        self._made = 0
        self._watches: dict[str, MailSubscription] = {}
        #: None: reachable; otherwise why not
        self.outage: str | None = None

    async def all(self) -> Sequence[MailSubscription]:
        """Every one that has not ended."""
        self._require_reachable()
        return [each for each in self._watches.values() if each.expires > self._clock.now()]

    async def create(self, until: datetime) -> MailSubscription:
        """One more."""
        self._require_reachable()
        self._made += 1
        return self.add(f"watch-{self._made}", until)

    async def renew(self, subscription: str, until: datetime) -> bool:
        """Let it last longer; False if it ended."""
        self._require_reachable()
        if subscription not in {each.id for each in await self.all()}:
            return False
        self.add(subscription, until)
        return True

    async def remove(self, subscription: str) -> None:
        """End it."""
        self._require_reachable()
        self._watches.pop(subscription, None)

    def add(
        self,
        subscription: str,
        until: datetime,
        url: str | None = None,
        resource: str | None = None,
    ) -> MailSubscription:
        """Somebody creates one, or creates it again; also one for another webhook."""
        if until - self._clock.now() > MOST:
            raise Unavailable(
                "Microsoft Graph declines: a subscription on mails lives 10,070 minutes at most"
            )
        self._watches[subscription] = MailSubscription(
            id=subscription,
            resource=resource or resource_of(self._mailbox),
            url=url or self._url,
            expires=until,
        )
        return self._watches[subscription]

    def _require_reachable(self) -> None:
        if self.outage is not None:
            raise Unavailable(self.outage)
