"""A call whose response was lost: the machine itself shows its outcome. Makes no call."""

from shared.domain.job.job import Job
from shared.domain.redeploy.after_loss import may_have_called
from shared.domain.redeploy.unknown_outcome import after_unknown_outcome, never_called
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.generation.marks import current_mark
from shared.usecases.jobs.transitions import apply, with_observation


async def resolve_unknown_outcome(app: App, stored: Stored[Job]) -> None:
    """Find out whether an admitted job's call was made, and whether Azure accepted it."""
    if stored.value.called_at is None:
        loss = (await current_mark(app)).loss
        stored = Stored(value=may_have_called(stored.value, loss), version=stored.version)
    if stored.value.called_at is None:
        await apply(app, stored, never_called(app.now()))
        return
    seen = await app.azure.observe(stored.value.machine)
    looked = with_observation(stored, seen)
    await apply(
        app,
        looked,
        after_unknown_outcome(looked.value, seen, app.policy_of(looked.value), app.now()),
    )
