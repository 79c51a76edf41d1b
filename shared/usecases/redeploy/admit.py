"""A job that waits: through the gates, to its leases, and on to the call. Follows nothing afterwards."""

from datetime import datetime

from shared.domain.job.job import HeldLease, Job, JobId, job_id
from shared.domain.job.states import Event
from shared.domain.lock.semaphore import Busy
from shared.domain.redeploy.gates import Admit, Defer, Refuse, pass_gates
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import acquire_all, withdraw_all
from shared.usecases.jobs.transitions import defer, finish, go_on
from shared.usecases.notify.operators import notify
from shared.usecases.redeploy.call import call, time_to_act


async def admit(app: App, stored: Stored[Job]) -> None:
    """Take a waiting job as far as it can go now: to a reason to wait, or to a call that was made."""
    job = stored.value
    since = app.now()
    verdict = pass_gates(
        job,
        mode=app.mode,
        watched=app.watches(job.subscription),
        policy=app.policy,
        pauses=await app.pauses.all(),
        now=app.now(),
    )
    match verdict:
        case Refuse():
            await _give_up(app, stored, verdict)
        case Defer():
            await _wait(app, stored, verdict)
        case Admit() if (ahead := await _canary_ahead(app, job)) is not None:
            reason = f"a canary goes first: {ahead.machine} is {ahead.state.value}"
            await _wait(app, stored, Defer(reason=reason, until=app.now() + app.policy.pace.recheck_every))
        case Admit():
            await _to_the_call(app, stored, since)


async def _canary_ahead(app: App, job: Job) -> Job | None:
    """A canary that the owner chose and that has not ended; one that failed has halted the scope, which is looked at later."""
    for canary in job.behind:
        stored = await _or_its_follower(app, canary)
        if stored is not None and not stored.value.state.is_final:
            return stored.value
    return None


async def _or_its_follower(app: App, job: JobId) -> Stored[Job] | None:
    """The job; or, where it lapsed and Azure showed its wave again, the one that stands in its place now."""
    found = await app.jobs.get(job)
    lapses = 0
    while found is not None and found.value.may_be_followed:
        lapses += 1
        follower = await app.jobs.get(job_id(found.value.machine, found.value.wave, lapses))
        if follower is None:
            break
        found = follower
    return found


async def _give_up(app: App, stored: Stored[Job], verdict: Refuse) -> None:
    """End the job, and tell a person where nobody wanted that: Azure will restart this machine at a time of its own."""
    if verdict.exempt:
        await finish(app, stored, Event.WITHDRAWN, verdict.reason, lapsed=True)
        return
    event, kind = (Event.CLOSED, "job.missed") if verdict.missed else (Event.WITHDRAWN, "job.given_up")
    if await finish(app, stored, event, verdict.reason):
        await notify(app, kind, stored.value, verdict.reason)


async def _to_the_call(app: App, stored: Stored[Job], since: datetime) -> None:
    """`since`: before the pauses were asked for, so that a worker that stood still afterwards calls on no old answer."""
    claimed = await _claim(app, stored, since)
    if claimed is None:
        return
    leases = await acquire_all(app, claimed.value)
    if isinstance(leases, Busy):
        until = leases.until or app.now() + app.policy.pace.recheck_every
        await _wait(app, claimed, Defer(reason=str(leases), until=until))
        return
    admitted = await _save_admitted(app, claimed, leases)
    if admitted is not None:
        await call(app, admitted, since)
    elif not claimed.value.leases:
        # Taken just now, so nothing moves under them. Where another worker took them over, our tokens are stale.
        await withdraw_all(app, claimed.value.id, leases)


async def _claim(app: App, stored: Stored[Job], now: datetime) -> Stored[Job] | None:
    """Make the next step ours alone, before anything is taken for it; None if another worker has it.

    Without this, two deliveries of one message could share a lease, and one give back what the other works under.
    """
    job = stored.value
    due = now + time_to_act(app.policy.pace)
    asking = job.with_changes(now, step=job.step + 1, due=due)
    version = await app.jobs.save(asking, stored.version)
    return None if version is None else Stored(value=asking, version=version)


async def _save_admitted(app: App, claimed: Stored[Job], leases: tuple[HeldLease, ...]) -> Stored[Job] | None:
    """None if somebody saved the job meanwhile: another worker, a scan, or a person who cancelled it."""
    now = app.now()
    job = claimed.value
    due = now + time_to_act(app.policy.pace)
    admitted = job.on(Event.ADMITTED, now, leases=leases, called_at=None, due=due, reason="admitted")
    version = await app.jobs.save(admitted, claimed.version)
    return None if version is None else Stored(value=admitted, version=version)


async def _wait(app: App, stored: Stored[Job], verdict: Defer) -> None:
    job = stored.value
    if job.leases:
        # A person had this job retried while its leases were still held.
        await defer(app, stored, verdict.reason, verdict.until)
        return
    waiting = job.on(Event.DEFERRED, app.now(), reason=verdict.reason)
    await go_on(app, stored, waiting, verdict.until)
