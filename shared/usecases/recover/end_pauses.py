"""Pauses whose time is over are removed, so that the jobs that they held are woken."""

from shared.domain.messages import JobStep
from shared.domain.redeploy.pauses import pause_for, targets_of
from shared.domain.utc import rfc3339
from shared.ports import PauseListing
from shared.usecases.app import App
from shared.usecases.generation.pauses import without_ended


async def end_pauses(app: App) -> PauseListing:
    """Remove the pauses that have ended; all that are in force.

    One that somebody adds again at the same time stays. It is recorded first, so a crash in between
    may record it twice.
    """
    pauses = await app.pauses.all()
    left = without_ended(pauses, app.now())
    ended = [each for each in pauses if each.has_ended(app.now())]
    if ended:
        for job in await app.jobs.waiting():
            targets = targets_of(job)
            if any(each.target in targets for each in ended) and pause_for(job, left):
                # Another pause holds it, and its reason has to name that one.
                await app.queues.send_step(JobStep(job=job.id))
    for each in ended:
        if each.until is not None:
            await app.record(
                f"pause:{each.target}",
                "pause.ended",
                reason=each.reason,
                until=rfc3339(each.until),
                added_by=each.by,
            )
            await app.pauses.remove_unchanged(each)
    return left
