"""The jobs, as an operator asks for them."""

from shared.domain.job.job import Job
from shared.domain.job.states import State
from shared.domain.machine.machine import SubscriptionId
from shared.ports import Page
from shared.usecases.app import App

#: jobs of one page where nobody says how many
LARGEST_PAGE = 1_000


async def list_jobs(
    app: App,
    *,
    subscription: SubscriptionId | None = None,
    state: State | None = None,
    after: str | None = None,
    at_most: int = LARGEST_PAGE,
) -> Page[Job]:
    """A page of jobs, final ones included until they are archived. Changes nothing.

    Each filter that is given leaves others out. The pages are in the order of the store, and the
    jobs of a page in order of machine, then wave. Rows that cannot be read are named, too, where
    their columns fit the filters.
    """
    return _in_order(await app.jobs.page(subscription, state, after, at_most))


async def list_archived_jobs(
    app: App,
    subscription: SubscriptionId,
    *,
    state: State | None = None,
    after: str | None = None,
    at_most: int = LARGEST_PAGE,
) -> Page[Job]:
    """A page of the archive of a subscription. With a filter a page may be short."""
    found = await app.jobs.archived(subscription, after, at_most)
    chosen = [job for job in found if state in (None, job.state)]
    return _in_order(Page(chosen, found.unreadable, found.last))


def _in_order(jobs: Page[Job]) -> Page[Job]:
    ordered = sorted(jobs, key=lambda job: (job.machine, job.wave, job.id))
    return Page(ordered, sorted(jobs.unreadable, key=lambda row: row.key), jobs.last)
