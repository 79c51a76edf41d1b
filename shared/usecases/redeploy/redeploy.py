"""One redeploy, from a waiting job to Azure's response.

Gates, claim, locks, checks, record, call, response.

The time-line::

    claim ─► locks ─► save ADMITTED ─► record intent ─► read the machine ─► save called_at ─► POST
                           │                                                      │             │
                           └─────── crash: nothing was started, for certain ──────┘             │
                                         crash: not known; the machine is asked ◄───────────────┤
                                                            handle the response ◄───────────────┘

Each save is a fence: a worker whose job somebody else has taken further loses it, and goes no
further.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain import reasons
from shared.domain.job.back_off import view_of
from shared.domain.job.decision import Decision, defer, in_outage
from shared.domain.job.job import HeldLease, Job, StartRules
from shared.domain.job.states import Event
from shared.domain.lock.semaphore import Busy
from shared.domain.machine.instance_view import NotFound, Observation
from shared.domain.machine.placement import Scope
from shared.domain.quota.level import ReadPurpose
from shared.domain.redeploy.after_loss import moved_unseen
from shared.domain.redeploy.gates import (
    check_gates,
    wait_for_canary,
    wait_for_lock,
    wait_for_tier,
)
from shared.domain.redeploy.last_checks import (
    CheckedMachine,
    before_call,
    early_wait,
    max_call_delay,
    too_late_to_call,
)
from shared.errors import AzureUnavailable, Unavailable
from shared.ports import Stored
from shared.ports.reads import reads_for
from shared.usecases.app import App
from shared.usecases.generation.marks import mark_before_call
from shared.usecases.generation.pauses import pauses_in_force, reason_of
from shared.usecases.jobs.gates import gate_inputs
from shared.usecases.jobs.locks import (
    acquire_all,
    join_busy_line,
    leave_line,
    mark_calls,
    release_all_unused,
)
from shared.usecases.jobs.transitions import apply, save, with_observation
from shared.usecases.redeploy.check_health import check_health
from shared.usecases.redeploy.check_neighbours import neighbour_wait
from shared.usecases.redeploy.handle_response import handle_response
from shared.usecases.redeploy.read_neighbours import drop_views
from shared.usecases.redeploy.wait_for_canaries import pending_canary
from shared.usecases.redeploy.wait_for_owner import wait_for_owner
from shared.usecases.redeploy.wait_for_tiers import pending_tier


async def redeploy(app: App, stored: Stored[Job]) -> None:
    """Take a waiting job as far as it can go now.

    To a reason to wait, to its end, or to a call that was made once.
    """
    # Before anything is read, so that a worker that was stopped afterwards makes no call on old
    # data.
    since = app.now()
    if await _waits(app, stored):
        return
    claimed = await _claim(app, stored, since)
    if claimed is None:
        return
    locks = await acquire_all(app, claimed.value)
    if isinstance(locks, Busy):
        await apply(app, claimed, wait_for_lock(locks, app.policy_of(claimed.value), app.now()))
        await _leave_former_line(app, stored.value, locks.scope)
        return
    admitted = await _admit(app, claimed, locks)
    if admitted is None:
        await _release_own_leases(app, claimed.value, locks)
        return

    checked, decision = await _record_intent_and_check(app, admitted)
    if decision is not None:
        await apply(app, checked, decision)
        return

    calling = await _save_calling(app, checked)
    if calling is None:
        return
    spaced = await mark_calls(app, calling.value)
    if spaced is not None:
        await apply(app, calling, defer(str(spaced), spaced.until or app.now()))
        return
    # The last look at the clock comes after the last save: nothing between it and the request takes
    # time.
    too_late = too_late_to_call(app.policy_of(calling.value), since, app.now())
    if too_late is not None:
        await apply(app, calling, too_late)
        return
    drop_views(app, calling.value)
    await handle_response(app, calling, await app.azure.perform_maintenance(calling.value.machine))


async def _waits(app: App, stored: Stored[Job]) -> bool:
    """Whether the job cannot start now, by its gates or by a look at its machine alone."""
    closed = await _closed_gate(app, stored.value)
    if closed is None:
        return await _waits_by_early_look(app, stored)
    if await apply(app, stored, closed):
        await _leave_former_line(app, stored.value)
    return True


async def _closed_gate(app: App, job: Job) -> Decision | None:
    """Why the job cannot start now; None: it may ask its locks."""
    circumstances = gate_inputs(app, job, await pauses_in_force(app))
    policy = app.policy_of(job)
    closed = check_gates(job, circumstances, policy, app.now())
    if closed is not None:
        return closed
    canary = await pending_canary(app, job)
    if canary is not None:
        return wait_for_canary(canary, policy, app.now())
    tier = await pending_tier(app, job)
    if tier is not None:
        return wait_for_tier(tier, policy, app.now())
    if job.waits_for is not None or job.leases:
        return None  # it was woken for its lock, or an operator had it retried
    busy = await join_busy_line(app, job)
    return None if busy is None else wait_for_lock(busy, policy, app.now())


async def _waits_by_early_look(app: App, stored: Stored[Job]) -> bool:
    """After a failed check the job looks at its machine alone, before it asks locks and neighbours.

    Whether it still waits.
    """
    job = stored.value
    if not job.back_off.times or job.leases:
        return False
    with reads_for(ReadPurpose.STEP):
        other = await wait_for_owner(app, job)
        if other is not None:
            return await apply(app, stored, other)
        await app.azure.reserve_reads(job.machine)
        machine = await app.azure.read_machine(job.machine)
        seen = await app.azure.observe(job.machine)
    waits = early_wait(job, machine, seen, app.rules, app.now())
    if waits is None:
        return False
    if await apply(app, _with_view(stored, seen), waits):
        await _leave_former_line(app, job)
    return True


def _with_view(stored: Stored[Job], seen: Observation | NotFound) -> Stored[Job]:
    looked = with_observation(stored, seen)
    view = view_of(seen) if isinstance(seen, Observation) else ""
    return Stored(value=replace(looked.value, last_view=view), version=looked.version)


async def _claim(app: App, stored: Stored[Job], now: datetime) -> Stored[Job] | None:
    """Make the next step ours alone, before anything is taken for it.

    None if another worker has it.

    Without this, two deliveries of one message could share a lease, and one give back what the
    other works under.
    """
    job = stored.value
    due = now + max_call_delay(app.policy_of(job).timing)
    claimed = job.with_changes(now, step=job.step + 1, due=due, waits_for=None, claimed_at=now)
    return await save(app, stored, claimed)


async def _leave_former_line(app: App, job: Job, present: Scope | None = None) -> None:
    """A job that was woken and cannot start must not keep its place: the next one is woken."""
    if job.waits_for is not None and job.waits_for != present:
        await leave_line(app, job.id, job.waits_for)


async def _admit(
    app: App, claimed: Stored[Job], leases: tuple[HeldLease, ...]
) -> Stored[Job] | None:
    """None if somebody saved the job meanwhile.

    Another worker, a scan, or a person who cancelled it.
    """
    now, timing = app.now(), app.policy_of(claimed.value).timing
    due = now + max_call_delay(timing)
    admitted = claimed.value.after_event(
        Event.ADMITTED,
        now,
        leases=leases,
        # They were taken a moment ago, at the earliest when the step was claimed.
        leases_until=claimed.value.changed_at + timing.lease_duration,
        called_at=None,
        start_rules=None,
        claimed_at=None,
        due=due,
        reason="admitted",
    )
    return await save(app, claimed, admitted)


async def _release_own_leases(app: App, job: Job, leases: tuple[HeldLease, ...]) -> None:
    """Leases that were taken just now, so nothing moves under them.

    Where another worker took them over, our tokens are stale.
    """
    if not job.leases:
        await release_all_unused(app, job.id, leases)


async def _record_intent_and_check(
    app: App, stored: Stored[Job]
) -> tuple[Stored[Job], Decision | None]:
    """The intent is on record first (I7), and the machine's own instance view is read last (I3).

    A check that cannot be made counts as "no" (I6). It begins when there is quota for its last
    reads, so it does not end because of them after all its other reads.
    """
    job = stored.value
    try:
        with reads_for(ReadPurpose.STEP):
            other = await wait_for_owner(app, job)
            if other is not None:
                return stored, other
            await app.azure.reserve_reads(job.machine)
            await _record_intent(app, job)
            neighbour = await neighbour_wait(app, job)
            mark = await mark_before_call(app)
            health = await check_health(app, job)
            machine = await app.azure.read_machine(job.machine)
            seen = await app.azure.observe(job.machine)
    except Unavailable as outage:
        return stored, _checks_unavailable(app, outage)
    looked = _with_view(stored, seen)
    if neighbour is not None:
        return looked, defer(neighbour.reason, neighbour.until)
    if mark.loss is not None and mark.holds(app.now()):
        again = app.now() + app.policy_of(job).timing.recheck_interval
        return looked, defer(reason_of(mark.loss), again)
    machine_state = CheckedMachine(health=health, machine=machine, seen=seen)
    decision = before_call(looked.value, machine_state, app.rules, app.now())
    policy = app.policy_of(looked.value)
    return looked, decision or moved_unseen(looked.value, seen, mark.loss, policy)


async def _record_intent(app: App, job: Job) -> None:
    await app.record(
        job.id,
        "about_to_call",
        machine=job.machine,
        attempt=job.attempts + 1,
        leases=" ".join(f"{each.scope}#{each.token}" for each in job.leases),
        harms=", ".join(job.harms) or None,
        policy=app.rules.version,
        group=job.policy_group or None,
    )


def _checks_unavailable(app: App, outage: Unavailable) -> Decision:
    wait = None
    reason = reasons.store_unavailable(outage)
    if isinstance(outage, AzureUnavailable):
        wait, reason = outage.retry_after, reasons.azure_unavailable(outage)
    again = app.now() + (wait or app.rules.platform.timing.recheck_interval)
    return in_outage(defer(reason, again), asked=wait)


async def _save_calling(app: App, stored: Stored[Job]) -> Stored[Job] | None:
    """Put on record that the call may be made from here on.

    None if somebody took the job further.
    """
    job = stored.value
    now, policy = app.now(), app.policy_of(job)
    calling = job.with_changes(
        now,
        called_at=now,
        attempts=job.attempts + 1,
        start_rules=StartRules(timing=policy.timing, health_check=policy.health_check),
        reason="calling",
    )
    return await save(app, stored, calling)
