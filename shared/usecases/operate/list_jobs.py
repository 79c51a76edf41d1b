"""The jobs, as an operator asks for them."""

from collections.abc import Sequence

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.usecases.app import App


async def list_jobs(
    app: App, *, subscription: SubscriptionId | None = None, state: State | None = None
) -> Sequence[Job]:
    """Jobs in order of machine, then wave, final ones included.

    Each filter that is given leaves others out.

    A subscription is one partition and is read alone. Without one, the whole table is read. Changes
    nothing.
    """
    jobs = await (
        app.jobs.all() if subscription is None else app.jobs.of_subscription(subscription)
    )
    found = [job for job in jobs if state in (None, job.state)]
    return sorted(found, key=lambda job: (job.machine, job.wave, job.id))
