"""Takes news out of the outbox into the mailbox of each target."""

from collections.abc import Sequence

from shared.domain.outbox.mailbox import take
from shared.domain.outbox.news import News
from shared.domain.outbox.targets import OutsideTarget
from shared.telemetry import log_warning
from shared.usecases.app import App

#: news of one round, and rounds of one run
_AT_ONCE, _MOST_ROUNDS = 500, 20
#: a mailbox that somebody else stores at the same time is read again so often
_TRIES = 5


async def collect(app: App) -> int:
    """Put the news into every mailbox, then remove them from the outbox; how many.

    A crash before the removal lets the mailboxes see the same news again, and they take none twice.
    """
    taken = 0
    for _ in range(_MOST_ROUNDS):
        listed = await app.outbox.news(_AT_ONCE)
        for row in listed.unreadable:
            log_warning("row.unreadable", kind=row.kind, key=row.key, reason=row.reason)
        news = sorted(listed, key=lambda each: (each.at, each.id))
        if not news:
            break
        stored = [await _take(app, each, news) for each in app.outside.targets]
        if not all(stored):
            break
        await app.outbox.remove([each.id for each in news])
        taken += len(news)
    return taken


async def _take(app: App, target: OutsideTarget, news: Sequence[News]) -> bool:
    """False where others kept storing the mailbox: then the news stay in the outbox."""
    for _ in range(_TRIES):
        stored = await app.outbox.mailbox(target.name)
        mailbox = take(stored.value, news, target.events)
        if mailbox == stored.value:
            return True
        if await app.outbox.store_mailbox(mailbox, stored.version) is not None:
            return True
    return False
