"""Takes news out of the outbox into the mailboxes of the operators and of each target."""

from collections.abc import Collection, Sequence

from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import take
from shared.domain.outbox.news import News
from shared.telemetry import log_warning
from shared.usecases.app import App
from shared.usecases.notify.tell_operators import OPERATORS, is_for_operators

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
        news = sorted(listed, key=lambda each: (each.at, each.names or (each.name,), each.id))
        if not news:
            break
        for_operators = [each for each in news if is_for_operators(each)]
        stored = [await _take(app, OPERATORS, for_operators, frozenset(OutboxEvent))]
        stored += [await _take(app, each.name, news, each.events) for each in app.outside.targets]
        if not all(stored):
            break
        await app.outbox.remove([each.id for each in news])
        taken += len(news)
    return taken


async def _take(app: App, name: str, news: Sequence[News], events: Collection[OutboxEvent]) -> bool:
    """False where others kept storing the mailbox: then the news stay in the outbox."""
    for _ in range(_TRIES):
        stored = await app.outbox.mailbox(name)
        mailbox = take(stored.value, news, events)
        if mailbox == stored.value:
            return True
        if await app.outbox.store_mailbox(mailbox, stored.version) is not None:
            return True
    return False
