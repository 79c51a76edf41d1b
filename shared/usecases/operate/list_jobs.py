"""The jobs, as an operator asks for them."""

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.ports import Listing
from shared.usecases.app import App


async def list_jobs(
    app: App, *, subscription: SubscriptionId | None = None, state: State | None = None
) -> Listing[Job]:
    """Jobs in order of machine, then wave, final ones included.

    Each filter that is given leaves others out.

    Jobs whose rows cannot be read are named in every case, as their state is not certain. A
    subscription is one partition and is read alone. Without one, the whole table is read. Changes
    nothing.
    """
    jobs = await (
        app.jobs.all() if subscription is None else app.jobs.of_subscription(subscription)
    )
    found = [job for job in jobs if state in (None, job.state)]
    ordered = sorted(found, key=lambda job: (job.machine, job.wave, job.id))
    return Listing(ordered, sorted(jobs.unreadable, key=lambda row: row.key))
