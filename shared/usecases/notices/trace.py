"""What operators ask of notices: which came, and which jobs each of them led to.

Changes nothing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.domain.job.job import Job
from shared.domain.messages import Cause
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.record import NoticeRecord, Outcome
from shared.errors import InvalidCursor
from shared.usecases.concurrency import map_concurrently
from shared.usecases.notices.dropped import STORED_ONE_BY_ONE
from shared.usecases.notices.inbox import Inbox

_ID = re.compile(r"[0-9a-f]{32}")


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
    found = await inbox.notices.since(inbox.app.now() - within)
    shown = [each for each in found if not _says_nothing_new(each)]
    if after is not None:
        last = _place_of(after)
        shown = [each for each in shown if _place(each) < last]
    page = shown[:at_most]
    more = len(shown) > len(page)
    return NoticePage(notices=tuple(page), next=_after(page[-1]) if more and page else None)


def _says_nothing_new(entry: NoticeRecord) -> bool:
    """Whether it counts only mails that are on record one by one."""
    return entry.outcome is Outcome.COUNTED and entry.count <= STORED_ONE_BY_ONE


def _place(entry: NoticeRecord) -> tuple[datetime, str]:
    return entry.at, entry.id


def _after(entry: NoticeRecord) -> str:
    return f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z~{entry.id}"


def _place_of(after: str) -> tuple[datetime, str]:
    at, _, notice = after.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not _ID.fullmatch(notice):
        raise InvalidCursor(
            "after is no place in the list of notices: take `next` of the last answer"
        )
    return moment, notice


async def trace_notice(inbox: Inbox, notice: str) -> Trace | None:
    """A notice with what came of it; None if there is none with this id.

    A job belongs to it if a scan that it asked for planned the job, or ended it because its wave
    was over: the job's own trail names the cause of either. Jobs that existed before, and continue,
    belong to earlier scans.
    """
    stored = await inbox.notices.get(NoticeId(notice)) if _ID.fullmatch(notice) else None
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
