"""An operator's command: a window for one machine from now on, beside those of its policy."""

from datetime import timedelta

from shared.domain import reasons
from shared.domain.job.decision import after, recheck
from shared.domain.job.job import Job, JobId, OneOffWindow
from shared.domain.job.states import State
from shared.domain.policy.policy import Policy
from shared.domain.policy.values import shown_duration
from shared.domain.utc import rfc3339
from shared.usecases.app import App
from shared.usecases.jobs.transitions import apply
from shared.usecases.operate.job_commands import CommandRejected

#: the longest window of one machine
LONGEST_WINDOW = timedelta(hours=4)
_CAN_START = (State.PLANNED, State.DEFERRED)


async def open_window(
    app: App, job: JobId, *, length: timedelta, by: str, reason: str
) -> Job | CommandRejected:
    """Let a waiting job start within `length` from now, and send its next step immediately.

    It is prioritized, as those before it in its locks may not start now. Blackouts stay closed, and
    every other gate, lock and limit applies as before. Another command replaces the window. It is
    over when its time is, or when the job ends.
    """
    stored = await app.jobs.get(job)
    if stored is None:
        return CommandRejected(reason=f"there is no job {job}", not_found=True)
    now, present = app.now(), stored.value
    window = OneOffWindow(start=now, end=now + length, by=by, reason=reason)
    no = _refused(present, length, app.policy_of(present))
    if no is not None:
        return CommandRejected(reason=no)
    opening = app.policy_of(_with(present, window)).change_windows
    expected = app.policy_of(present).timing.expected_duration
    if not opening.fits(now, expected):
        why = opening.why_closed(now) or f"a blackout comes within {shown_duration(expected)}"
        return CommandRejected(reason=f"nothing may start now, also in a window: {why}")
    end = rfc3339(window.end)
    await app.record(job, "about_to_open_window", by=by, reason=reason, until=end)
    first = recheck(
        reasons.window_opened(end, by, reason),
        now,
        window=window,
        prioritized_at=present.prioritized_at or now,
    )
    if not await apply(app, stored, first):
        return CommandRejected(reason="the job changed at the same time; try again")
    await app.record(job, "job.window_opened", by=by, reason=reason, until=end)
    return after(present, first, now)


def _with(job: Job, window: OneOffWindow) -> Job:
    return job.with_changes(job.changed_at, window=window)


def _refused(job: Job, length: timedelta, policy: Policy) -> str | None:
    if job.state not in _CAN_START:
        return (
            f"the job is {job.state.value}; "
            "only a job that waits for its start can have a window of its own"
        )
    if length > LONGEST_WINDOW:
        return f"a window of one machine lasts {shown_duration(LONGEST_WINDOW)} at most"
    expected = policy.timing.expected_duration
    if length < expected:
        return (
            f"the window is {shown_duration(length)}, and a redeploy is expected to take"
            f" {shown_duration(expected)}: write that or more"
        )
    return None
