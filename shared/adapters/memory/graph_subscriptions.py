"""The mail subscriptions of Microsoft Graph in memory. No handshake is made, and nobody is told of mails."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.domain.notices.mail.graph_subscription import MailWatch, resource_of
from shared.errors import Unavailable
from shared.ports import Clock

#: subscription resource type of Microsoft Graph: Outlook message
MOST = timedelta(minutes=10_070)


class MemoryMailWatches:
    """Twin of the port MailWatches."""

    def __init__(self, *, clock: Clock, mailbox: str, url: str) -> None:
        self._clock = clock
        self._mailbox = mailbox
        self._url = url
        self._made = 0
        self._watches: dict[str, MailWatch] = {}
        #: None: reachable; else why not
        self.outage: str | None = None

    async def all(self) -> Sequence[MailWatch]:
        """Every one that has not ended."""
        self._reach()
        return [each for each in self._watches.values() if each.expires > self._clock.now()]

    async def create(self, until: datetime) -> MailWatch:
        """One more."""
        self._reach()
        self._made += 1
        return self.add(f"watch-{self._made}", until)

    async def renew(self, watch: str, until: datetime) -> bool:
        """Let it last longer; False if it ended."""
        self._reach()
        if watch not in {each.id for each in await self.all()}:
            return False
        self.add(watch, until)
        return True

    async def remove(self, watch: str) -> None:
        """End it."""
        self._reach()
        self._watches.pop(watch, None)

    def add(
        self, watch: str, until: datetime, url: str | None = None, resource: str | None = None
    ) -> MailWatch:
        """Somebody makes one, or makes it anew; also one for another door."""
        if until - self._clock.now() > MOST:
            raise Unavailable(
                "Microsoft Graph declines: a subscription on mails lives 10,070 minutes at most"
            )
        self._watches[watch] = MailWatch(
            id=watch, resource=resource or resource_of(self._mailbox), url=url or self._url, expires=until
        )
        return self._watches[watch]

    def _reach(self) -> None:
        if self.outage is not None:
            raise Unavailable(self.outage)
