"""Reads lists page by page."""

from collections.abc import Callable

from forestall_cli.client import ApiClient
from forestall_cli.responses.jobs import JobList, JobView, MachineList, MachineView
from forestall_cli.responses.locks import PauseList, SemaphoreList, SemaphoreView
from forestall_cli.responses.notices import NoticeList

#: elements that the app answers at a time
PAGE = 1000


def pages[T: JobList | MachineList | NoticeList | PauseList | SemaphoreList](
    app: ApiClient,
    form: type[T],
    path: str,
    count: Callable[[T], int],
    *,
    limit: int | None = None,
    after: str | None = None,
    **query: str | int | None,
) -> list[T]:
    """The pages of a list, until `limit` elements are there or none follows."""
    found: list[T] = []
    left = limit
    while left is None or left > 0:
        size = PAGE if left is None else min(left, PAGE)
        page = app.get(form, path, **query, limit=size, after=after)
        found.append(page)
        left, after = left if left is None else left - count(page), page.next
        if after is None:
            break
    return found


def all_jobs(app: ApiClient) -> list[JobView]:
    """Every job that is not archived."""
    found = pages(app, JobList, "jobs", lambda page: len(page.jobs))
    return [each for page in found for each in page.jobs]


def all_machines(app: ApiClient) -> list[MachineView]:
    """Every machine in an open phase."""
    found = pages(app, MachineList, "machines", lambda page: len(page.machines))
    return [each for page in found for each in page.machines]


def all_semaphores(app: ApiClient) -> list[SemaphoreView]:
    """Every lock."""
    found = pages(app, SemaphoreList, "semaphores", lambda page: len(page.semaphores))
    return [each for page in found for each in page.semaphores]
