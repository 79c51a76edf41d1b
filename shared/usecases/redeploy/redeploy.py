"""One redeploy, from a waiting job to Azure's response: gates, claim, locks, checks, record, call, response.

The time-line::

    claim ─► locks ─► save ADMITTED ─► record intent ─► read the machine ─► save called_at ─► POST ─► handle the response
                           │                                                      │             │
                           └─────── crash: nothing was started, for certain ──────┘             └ crash: not known; the machine is asked

Each save is a fence: a worker whose job somebody else has taken further loses it, and goes no further.
"""

from datetime import datetime

from shared.domain.job.decision import Decision, put_off
from shared.domain.job.job import HeldLease, Job
from shared.domain.job.states import Event
from shared.domain.lock.semaphore import Busy
from shared.domain.redeploy.gates import Circumstances, not_its_turn, pass_gates, wait_for_canary
from shared.domain.redeploy.last_checks import LastLook, act_within, before_call, too_late_to_call
from shared.errors import AzureUnavailable, Unavailable
from shared.ports import Stored
from shared.usecases.app import App
from shared.usecases.jobs.locks import acquire_all, withdraw_all
from shared.usecases.jobs.transitions import apply, save, with_look
from shared.usecases.redeploy.check_health import ask_health
from shared.usecases.redeploy.check_neighbours import why_a_neighbour_keeps_it
from shared.usecases.redeploy.handle_response import handle_response
from shared.usecases.redeploy.wait_for_canaries import canary_ahead


async def redeploy(app: App, stored: Stored[Job]) -> None:
    """Take a waiting job as far as it can go now: to a reason to wait, to its end, or to a call that was made once."""
    # Before anything is asked, so that a worker that stood still afterwards calls on no old answer.
    since = app.now()
    closed = await _closed_gate(app, stored.value)
    if closed is not None:
        await apply(app, stored, closed)
        return

    claimed = await _claim(app, stored, since)
    if claimed is None:
        return
    locks = await acquire_all(app, claimed.value)
    if isinstance(locks, Busy):
        await apply(app, claimed, not_its_turn(locks, app.policy, app.now()))
        return
    admitted = await _admit(app, claimed, locks)
    if admitted is None:
        await _give_back_what_is_ours(app, claimed.value, locks)
        return

    checked, obstacle = await _record_intent_and_check(app, admitted)
    if obstacle is not None:
        await apply(app, checked, obstacle)
        return

    calling = await _save_calling(app, checked)
    if calling is None:
        return
    # The last look at the clock comes after the last save: between it and the request lies nothing that takes time.
    too_late = too_late_to_call(app.policy, since, app.now())
    if too_late is not None:
        await apply(app, calling, too_late)
        return
    await handle_response(app, calling, await app.azure.perform_maintenance(calling.value.machine))


async def _closed_gate(app: App, job: Job) -> Decision | None:
    circumstances = Circumstances(
        mode=app.mode, watched=app.watches(job.subscription), pauses=await app.pauses.all()
    )
    closed = pass_gates(job, circumstances, app.policy, app.now())
    if closed is not None:
        return closed
    ahead = await canary_ahead(app, job)
    return None if ahead is None else wait_for_canary(ahead, app.policy, app.now())


async def _claim(app: App, stored: Stored[Job], now: datetime) -> Stored[Job] | None:
    """Make the next step ours alone, before anything is taken for it; None if another worker has it.

    Without this, two deliveries of one message could share a lease, and one give back what the other works under.
    """
    job = stored.value
    due = now + act_within(app.policy.pace)
    return await save(app, stored, job.with_changes(now, step=job.step + 1, due=due))


async def _admit(app: App, claimed: Stored[Job], leases: tuple[HeldLease, ...]) -> Stored[Job] | None:
    """None if somebody saved the job meanwhile: another worker, a scan, or a person who cancelled it."""
    now = app.now()
    due = now + act_within(app.policy.pace)
    admitted = claimed.value.on(
        Event.ADMITTED, now, leases=leases, called_at=None, due=due, reason="admitted"
    )
    return await save(app, claimed, admitted)


async def _give_back_what_is_ours(app: App, job: Job, leases: tuple[HeldLease, ...]) -> None:
    """Leases that were taken just now, so nothing moves under them. Where another worker took them over, our tokens are stale."""
    if not job.leases:
        await withdraw_all(app, job.id, leases)


async def _record_intent_and_check(app: App, stored: Stored[Job]) -> tuple[Stored[Job], Decision | None]:
    """The intent is on record first (I7), and the machine's own instance view is read last (I3).

    A check that cannot be made counts as "no" (I6).
    """
    job = stored.value
    leases = " ".join(f"{each.scope}#{each.token}" for each in job.leases)
    try:
        await app.record(
            job.id, "about_to_call", machine=job.machine, attempt=job.attempts + 1, leases=leases
        )
        neighbour = await why_a_neighbour_keeps_it(app, job)
        health = await ask_health(app, job)
        machine = await app.azure.read_machine(job.machine)
        seen = await app.azure.observe(job.machine)
    except Unavailable as outage:
        return stored, _cannot_be_checked(app, outage)
    looked = with_look(stored, seen)
    if neighbour is not None:
        return looked, put_off(neighbour, app.now() + app.policy.pace.recheck_every)
    look = LastLook(health=health, machine=machine, seen=seen)
    return looked, before_call(looked.value, look, app.policy, app.now())


def _cannot_be_checked(app: App, outage: Unavailable) -> Decision:
    wait = None
    reason = f"a store cannot be asked: {outage}"
    if isinstance(outage, AzureUnavailable):
        wait, reason = outage.retry_after, f"Azure cannot be asked: {outage}"
    return put_off(reason, app.now() + (wait or app.policy.pace.recheck_every))


async def _save_calling(app: App, stored: Stored[Job]) -> Stored[Job] | None:
    """Put on record that the call may be made from here on; None if somebody took the job further."""
    job = stored.value
    now = app.now()
    return await save(
        app, stored, job.with_changes(now, called_at=now, attempts=job.attempts + 1, reason="calling")
    )
