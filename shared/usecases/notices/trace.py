"""What operators ask of notices: which came, and which jobs each of them led to.

Changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta

from shared.concurrency import map_concurrently
from shared.domain.job.job import Job
from shared.domain.messages import Cause
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.place import NoticePlace, is_notice_id, notice_place
from shared.domain.notices.record import NoticeRecord, Outcome
from shared.errors import InvalidCursor
from shared.usecases.notices.dropped import STORED_ONE_BY_ONE
from shared.usecases.notices.inbox import Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A notice, and the jobs that its scans planned or ended, each of which names its wave."""

    entry: NoticeRecord
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """Some notices, newest first."""

    notices: tuple[NoticeRecord, ...]
    #: what to give as `after` for the next ones; None: there are no more
    next: str | None


async def recent_notices(
    inbox: Inbox, within: timedelta, *, at_most: int, after: str | None = None
) -> NoticePage:
    """At most so many notices of a stretch of time that ends now, newest first.

    `after` is `next` of the page before. What comes meanwhile is on the first page of another call,
    and on no later one. InvalidCursor if `after` is no such place.
    """
    place = None if after is None else _place_of(after)
    start = inbox.app.now() - within
    shown = list[NoticeRecord]()
    while len(shown) <= at_most:
        # One more than is shown tells whether there is a next page.
        found = await inbox.notices.newest(start, place, at_most + 1 - len(shown))
        shown += [each for each in found if not _says_nothing_new(each)]
        place = found.last
        if place is None:
            break
    page = shown[:at_most]
    more = len(shown) > len(page)
    return NoticePage(notices=tuple(page), next=_after(page[-1]) if more and page else None)


def _says_nothing_new(entry: NoticeRecord) -> bool:
    """Whether it counts only mails that are on record one by one."""
    return entry.outcome is Outcome.COUNTED and entry.count <= STORED_ONE_BY_ONE


def _after(entry: NoticeRecord) -> str:
    return str(NoticePlace(entry.at, entry.id))


def _place_of(after: str) -> NoticePlace:
    place = notice_place(after)
    if place is None:
        raise InvalidCursor(
            "after is no place in the list of notices: take `next` of the last answer"
        )
    return place


async def trace_notice(inbox: Inbox, notice: str) -> Trace | None:
    """A notice with what came of it; None if there is none with this id.

    A job belongs to it if a scan that it asked for planned the job, or ended it because its wave
    was over: the job's own trail names the cause of either. Jobs that existed before, and continue,
    belong to earlier scans.
    """
    stored = await inbox.notices.get(NoticeId(notice)) if is_notice_id(notice) else None
    if stored is None:
        return None
    entry = stored.value
    causes = {each.subscription: f"{Cause.NOTICE.value} {each.trigger_id}" for each in entry.scans}

    async def touched_by_it(job: Job) -> Job | None:
        trail = await inbox.app.audit_trail.of(job.id)
        return (
            job
            if causes[job.subscription] in {line.detail.get("cause") for line in trail}
            else None
        )

    jobs = [job for each in causes for job in await inbox.app.jobs.of_subscription(each)]
    found = [job for job in await map_concurrently(touched_by_it, jobs) if job is not None]
    return Trace(entry=entry, jobs=tuple(sorted(found, key=lambda job: job.machine)))
