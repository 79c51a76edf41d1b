"""What operators ask of notices: which came, and which jobs each of them led to.

Changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.job.job import Job
from shared.domain.messages import Cause
from shared.domain.notices.notice import NoticeId
from shared.domain.notices.record import NoticeRecord
from shared.usecases.concurrency import map_concurrently
from shared.usecases.notices.inbox import Inbox

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A notice, and the jobs that its scans planned or ended, each of which names its wave."""

    entry: NoticeRecord
    jobs: tuple[Job, ...]


async def recent_notices(inbox: Inbox, within: timedelta) -> Sequence[NoticeRecord]:
    """The notices of a stretch of time that ends now, newest first."""
    return await inbox.notices.since(inbox.app.now() - within)


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
