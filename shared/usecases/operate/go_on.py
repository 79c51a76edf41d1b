"""An operator allows starts again, after stored state was lost."""

from shared.domain.generation import Mark
from shared.domain.utc import rfc3339
from shared.usecases.app import App
from shared.usecases.generation.marks import STATE, current_mark, store_mark
from shared.usecases.generation.pauses import without_ended
from shared.usecases.jobs.lines import wake_lines
from shared.usecases.operate.job_commands import CommandRejected


async def go_on(
    app: App, *, by: str, reason: str, immediately: bool = False
) -> Mark | CommandRejected:
    """Let jobs start again: the operator has set the pauses and halts that are needed.

    They start once everything that was in flight at the loss must have ended. `immediately` leaves
    that time out: the operator knows that nothing is in flight. Refused where nothing is held. A
    second command may shorten the time.
    """
    mark = await current_mark(app)
    now = app.now()
    if mark.loss is None or not mark.holds(now):
        return CommandRejected(reason="nothing is held: no loss of stored state was found")
    found = mark.loss.reason
    await app.record(STATE, "about_to_go_on", by=by, reason=reason, found=found)
    lifted = Mark(
        generation=mark.generation,
        number=mark.number + 1,
        at=now,
        loss=mark.loss.lift(by, now, immediately=immediately),
    )
    if not await store_mark(app, lifted):
        return CommandRejected(reason="the marks changed at the same time; try again")
    starts_at = rfc3339(max(now, lifted.loss.rests_until)) if lifted.loss else None
    await app.record(STATE, "state.went_on", by=by, reason=reason, starts_at=starts_at)
    if not lifted.holds(now):
        pauses = without_ended(await app.pauses.all(), app.now())
        await wake_lines(app, await app.semaphores.all(), await app.jobs.waiting(), pauses)
    return lifted
