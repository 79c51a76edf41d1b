"""The present state of machines whose news waited: a message must not be untrue."""

from collections.abc import Mapping

from shared.domain.job.job import Job, JobId
from shared.domain.outbox.events import OutboxEvent
from shared.domain.outbox.mailbox import Topic
from shared.errors import RowUnreadable
from shared.usecases.app import App


async def notes_on(app: App, topic: Topic) -> Mapping[str, str]:
    """By the name of a machine, what is so now; only where that is other than the news.

    Looks at the machines that the message names.
    """
    notes: dict[str, str] = {}
    halting = await _halting(app) if topic.news.event is OutboxEvent.HALTED else frozenset()
    for name, subject in zip(topic.names, topic.subjects, strict=False):
        job = await _job(app, subject)
        if job is None:
            continue
        if topic.news.event is OutboxEvent.HALTED:
            if job.id not in halting:
                notes[name] = "its halt is lifted"
        elif (
            topic.news.event in (OutboxEvent.ATTENTION, OutboxEvent.AT_RISK) and job.state.is_final
        ):
            notes[name] = f"now {job.state}"
    return notes


async def _halting(app: App) -> frozenset[str]:
    return frozenset(
        halt.job for semaphore in await app.semaphores.all() for halt in semaphore.halts
    )


async def _job(app: App, subject: str) -> Job | None:
    try:
        stored = await app.jobs.get(JobId(subject))
    except (ValueError, RowUnreadable):
        return None
    return None if stored is None else stored.value
