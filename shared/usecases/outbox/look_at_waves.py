"""Looks at waves and pauses, and stores what there is to say of them."""

from shared.domain.outbox.waves import look
from shared.usecases.app import App
from shared.usecases.generation.pauses import without_ended


async def look_at_waves(app: App) -> int:
    """Store the news of waves and pauses; how many. Reads the whole table of jobs.

    The news are stored first, and what was said afterwards. A crash in between stores the same news
    with the same ids again.
    """
    stored = await app.outbox.watch()
    news, after = look(
        stored.value,
        await app.jobs.all(),
        without_ended(await app.pauses.all(), app.now()),
        app.now(),
        app.outside.zone,
    )
    for each in news:
        await app.outbox.add(each)
    if after != stored.value:
        await app.outbox.store_watch(after, stored.version)
    return len(news)
