"""Operators get the notifications of one cause as one: a warning in the log, which an alert sees.

The news are collected in a mailbox of the outbox, as those of a target are.
"""

from shared.domain.outbox.mailbox import Topic, due_topics, told
from shared.domain.outbox.news import News
from shared.domain.outbox.wordings import wording_of
from shared.telemetry import log_warning
from shared.usecases.app import App

#: no target has this name
OPERATORS = "(operators)"


def is_for_operators(news: News) -> bool:
    """Whether the news waits for `tell_operators`; all other is logged when it comes."""
    return bool(news.kind) and wording_of(news.kind).is_collected


async def tell_operators(app: App) -> int:
    """Log one warning for each cause and subscription with something new; how many.

    It is logged first, and that is stored afterwards: a crash in between may log it twice.
    """
    stored = await app.outbox.mailbox(OPERATORS)
    now = app.now()
    keys = due_topics(stored.value, now)
    if not keys:
        return 0
    for key in keys:
        topic = stored.value.topics[key]
        log_warning(
            "notification",
            kind=topic.news.kind,
            subject=topic.news.subject,
            count=topic.count,
            text=_text(topic),
        )
    await app.outbox.store_mailbox(told(stored.value, keys, now), stored.version)
    return len(keys)


def _text(topic: Topic) -> str:
    """How many machines, the first of them, the cause, and what a person does next."""
    news = topic.news
    title = news.title
    if topic.count > 1:
        more = topic.count - len(topic.names)
        named = ", ".join(topic.names) + (f" and {more:,} more" if more > 0 else "")
        title = f"{news.plural.replace('{n}', f'{topic.count:,}')} ({named})"
    return f"{title}: {news.text.rstrip('. ')}. {news.todo}"
